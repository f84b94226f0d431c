"""The critic's verdicts."""

import math

import pytest
import torch

from methods.parts.critic import POOLINGS, Critic, verdict_loss


def test_the_loss_equals_the_loop() -> None:
    judged = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    slow = []
    for n, (no, yes) in enumerate(judged.tolist()):
        right = yes if n < 2 else no
        slow.append(-math.log(math.exp(right) / (math.exp(no) + math.exp(yes))))
    assert verdict_loss(judged, 2).item() == pytest.approx(sum(slow) / 5, rel=1e-5)


def test_a_critic_that_cannot_tell_pays_ln_2() -> None:
    assert verdict_loss(torch.zeros(4, 2), 1).item() == pytest.approx(math.log(2), rel=1e-6)


def test_taking_all_for_labelled_is_right_for_all_and_wrong_for_none() -> None:
    judged = torch.tensor([[-50.0, 50.0]]).expand(3, 2)
    assert verdict_loss(judged, 3).item() == pytest.approx(0)
    assert verdict_loss(judged, 0).item() == pytest.approx(100)


@pytest.mark.parametrize("size", [32, 64, 96, 256])
def test_any_side_that_the_networks_take_and_any_number_of_classes(size: int) -> None:
    critic = Critic(3).eval()
    assert critic(torch.rand(1, 3, size, size), torch.rand(1, 1, size, size)).shape == (1, 2)


def test_it_sees_the_map_and_the_image_slice_by_slice() -> None:
    critic, rng = Critic(2).eval(), torch.Generator().manual_seed(0)
    maps, images = torch.rand(3, 2, 32, 32, generator=rng), torch.rand(3, 1, 32, 32, generator=rng)
    judged = critic(maps, images)
    torch.testing.assert_close(critic(maps.flip(0), images.flip(0)), judged.flip(0))
    assert not torch.allclose(critic(maps.flip(0), images), judged, atol=1e-6)
    assert not torch.allclose(critic(maps, images.flip(0)), judged, atol=1e-6)


def test_windows_of_seven_leave_out_what_does_not_fill_one() -> None:
    features = torch.zeros(1, 1, 16, 16)
    features[0, 0, 14:] = 1.0
    features[0, 0, 0, 0] = 49.0
    assert POOLINGS["windows"](features).flatten().tolist() == [1.0, 0.0, 0.0, 0.0]
    assert POOLINGS["quarters"](features).flatten().tolist() == [49 / 64, 0.0, 0.25, 0.25]


@pytest.mark.parametrize(("side", "window"), [(2, 1), (8, 4), (14, 7), (20, 7), (21, 10)])
def test_where_windows_of_seven_do_not_fit_twice_quarters_are_meant(side: int, window: int) -> None:
    features = torch.rand(2, 3, side, side)
    expected = torch.nn.functional.avg_pool2d(features, window)[..., :2, :2]
    torch.testing.assert_close(POOLINGS["windows"](features), expected)


def test_the_sum_of_map_and_image_goes_on_as_it_is() -> None:
    kinds = [type(part).__name__ for part in Critic(4).deeper]
    assert kinds[:3] == ["Conv2d", "LeakyReLU", "Dropout2d"]
    assert (kinds.count("LeakyReLU"), kinds.count("Dropout2d")) == (3, 2)
    assert [type(part).__name__ for part in Critic(4, "active").deeper][:2] == ["LeakyReLU", "Dropout2d"]


def test_it_has_the_codes_number_of_weights() -> None:
    # 4 x 4 kernels: 4 and 1 to 64, 64 to 128, 128 to 256, 256 to 512, then 2048 to 2
    expected = (4 * 64 + 64 + 64 * 128 + 128 * 256 + 256 * 512) * 16 + 2 * 64 + 128 + 256 + 512 + 2048 * 2 + 2
    assert sum(weight.numel() for weight in Critic(4).parameters()) == expected
