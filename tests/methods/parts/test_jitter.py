"""Jitter and blur of 8-bit slices: values by hand, shares, and what they leave alone."""

import pytest
import torch

from methods.parts.jitter import between, blur, brightened, contrasted, jitter, jitter_and_blur, unaltered


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def each(*values: float) -> torch.Tensor:
    return torch.tensor(values).view(-1, 1, 1, 1)


def test_brightness_multiplies_and_stays_in_range() -> None:
    levels = torch.tensor([0.0, 100.0, 201.0, 255.0]).view(1, 1, 1, 4)
    assert brightened(levels, each(1.25)).flatten().tolist() == [0, 125, 251, 255]
    assert brightened(levels, each(0.75)).flatten().tolist() == [0, 75, 150, 191]


def test_contrast_multiplies_the_distance_to_the_mean() -> None:
    levels = torch.tensor([0.0, 100.0, 200.0]).view(1, 1, 1, 3)  # mean 100
    assert contrasted(levels, each(1.25)).flatten().tolist() == [0, 100, 225]
    assert contrasted(levels, each(0.75)).flatten().tolist() == [25, 100, 175]


def test_the_order_of_jitter_matters_where_it_clips() -> None:
    levels = torch.tensor([0.0, 220.0]).view(1, 1, 1, 2).expand(2, 1, 1, 2)
    found = jitter(levels, each(1.25, 1.25), each(0.75, 0.75), torch.tensor([True, False]).view(2, 1, 1, 1))
    assert found[0].flatten().tolist() == [32, 223]  # to 0 and 255, mean 128
    assert found[1].flatten().tolist() == [33, 240]  # to 27 and 192, mean 110


def test_a_blur_keeps_what_is_even_and_spreads_a_point_as_a_gaussian() -> None:
    even = torch.full((2, 1, 9, 9), 77.0)
    torch.testing.assert_close(blur(even, each(0.2, 1.1)), even)
    point = torch.zeros(2, 1, 15, 15)
    point[:, :, 7, 7] = 1
    spread = blur(point, each(1.0, 0.05))
    assert spread[0].sum().item() == pytest.approx(1, abs=1e-5)
    assert (spread[0, 0, 7, 8] / spread[0, 0, 7, 7]).item() == pytest.approx(torch.exp(torch.tensor(-0.5)).item())
    assert (spread[0, 0, 9, 7] / spread[0, 0, 7, 7]).item() == pytest.approx(torch.exp(torch.tensor(-2.0)).item())
    assert torch.equal(spread[1], point[1])  # each slice has its own sigma; this one is too narrow to reach a neighbour


def test_a_quarter_of_the_slices_is_neither_jittered_nor_blurred() -> None:
    checks = 64.0 + 128 * (torch.arange(4).view(4, 1) + torch.arange(256)).remainder(2)
    changed = (jitter_and_blur(checks.expand(4000, 1, 4, 256) / 255 + 1e-4, rng(1)) * 255 - checks).abs()
    still = (changed < 1e-3).all(-1).all(-1).float().mean().item()
    least = 0.3  # px: a narrower blur is lost in rounding even here, so these 0.15 of all blurs can't be seen
    assert 0.25 - 0.03 < still < 0.25 + 0.25 * (least - 0.15) + 0.03  # four standard errors


def test_results_are_whole_levels_in_range_and_the_same_from_the_same_numbers() -> None:
    images = 1.5 * torch.rand(32, 1, 32, 32, generator=rng()) - 0.2
    before = images.clone()
    found = jitter_and_blur(images, rng(2))
    levels = found * 255
    torch.testing.assert_close(levels, levels.round(), atol=1e-4, rtol=0)
    assert found.min() >= 0 and found.max() <= 1
    assert torch.equal(found, jitter_and_blur(images, rng(2)))
    assert not torch.equal(found, jitter_and_blur(images, rng(3)))
    assert torch.equal(images, before)
    assert jitter_and_blur(images.double(), rng()).dtype == torch.float64


def test_nothing_is_altered_where_nothing_is_asked() -> None:
    images = torch.rand(2, 1, 4, 4)
    assert unaltered(images, rng()) is images


def test_between_runs_from_the_lower_to_the_upper_limit() -> None:
    assert between((0.75, 1.25), torch.tensor([0.0, 0.5, 1.0])).tolist() == [0.75, 1.0, 1.25]


def test_mixed_precision_leaves_the_blur_as_it_is() -> None:
    images = (255 * torch.rand(2, 1, 16, 16, generator=rng())).floor()
    expected = blur(images, each(0.5, 1.0))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(blur(images, each(0.5, 1.0)), expected)
