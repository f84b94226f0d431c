"""Jitter and blur as photographs get them: by the slice or by the batch, on 8 bits."""

import pytest
import torch

from data.intensity import Chance, Jitter, Jittering, blurred, jittered


def chance(seed: int = 0, batch: int = 1) -> Chance:
    return Chance(torch.Generator().manual_seed(seed), torch.Generator().manual_seed(batch))


def drawn(brightness: float, contrast: float, brightness_first: bool) -> Jittering:
    one = torch.ones(1)
    return Jittering(one > 0, brightness * one, contrast * one, (one > 0) == brightness_first, one < 0, one)


IMAGE = torch.tensor([[0.2, 0.4], [0.6, 0.8]]).view(1, 1, 2, 2)  # mean 0.5


def test_brightness_and_contrast_come_in_the_order_drawn() -> None:
    """By 1.5 first: 0.3, 0.6, 0.9, 1 about 0.7; by half about the mean first: 0.35 to 0.65, then times 1.5."""
    found = jittered(IMAGE, drawn(1.5, 0.5, True))
    assert found.flatten().tolist() == pytest.approx([0.5, 0.65, 0.8, 0.85])
    found = jittered(IMAGE, drawn(1.5, 0.5, False))
    assert found.flatten().tolist() == pytest.approx([0.525, 0.675, 0.825, 0.975])


def test_values_are_cut_at_0_and_1_between_the_two() -> None:
    found = jittered(IMAGE, drawn(2.0, 0.5, True))  # 0.4, 0.8, 1, 1 about their mean of 0.8
    assert found.flatten().tolist() == pytest.approx([0.6, 0.8, 0.9, 0.9])


def test_a_slice_that_gets_nothing_is_the_stored_one_and_another_is_on_8_bits() -> None:
    images = torch.rand(64, 1, 8, 8, generator=torch.Generator().manual_seed(2))
    jitter = Jitter(jittered=0.5, brightness=0.2, contrast=0.2)
    shaded, untouched = jitter.shaded(images, chance()), ~jitter.draw(64, chance()).jittered
    assert torch.equal(shaded[untouched], images[untouched])
    steps = shaded[~untouched] * 255
    torch.testing.assert_close(steps, steps.round(), atol=1e-3, rtol=0)


def test_a_batch_is_jittered_and_blurred_whole_or_not_at_all() -> None:
    images = torch.rand(8, 1, 32, 32, generator=torch.Generator().manual_seed(2))
    jitter = Jitter(jittered=0.5, brightness=0.2, contrast=0.2, per="batch")
    changed = [(jitter.shaded(images, chance(0, seed)) != images).flatten(1).any(1) for seed in range(20)]
    assert {tuple(one.tolist()) for one in changed} == {(True,) * 8, (False,) * 8}


def test_sharp_is_the_same_without_its_blur() -> None:
    images = torch.rand(8, 1, 32, 32, generator=torch.Generator().manual_seed(2))
    soft = Jitter(jittered=1.0, brightness=0.2, contrast=0.2, blurred=1.0, least_blur_px=8, blur_px=9)
    alone = Jitter(jittered=1.0, brightness=0.2, contrast=0.2)
    assert torch.equal(soft.sharp().shaded(images, chance()), alone.shaded(images, chance()))
    assert not torch.equal(soft.shaded(images, chance()), alone.shaded(images, chance()))


def test_a_factor_is_never_below_0() -> None:
    assert float(Jitter(jittered=1.0, brightness=1.5, contrast=1.5).draw(1000, chance()).brightness.min()) == 0


def test_a_wide_blur_has_a_window_that_holds_it() -> None:
    point = torch.zeros(1, 1, 256, 256)
    point[:, :, 128, 128] = 1
    spread = blurred(point, torch.full((1, 1, 1, 1), 6.0), 6.0)
    across = torch.arange(256.0) - 128
    deviation = float((spread[0, 0].sum(0) * across**2).sum().sqrt())
    assert deviation == pytest.approx(6.0, rel=0.1)  # a window of 3 pixels would leave 2
