"""Rotation, zoom and flips of nnU-Net's recipe: shares and ranges of many draws, and where pixels go."""

from __future__ import annotations

import math

import pytest
import torch

from benchmark.cells.augmentation import POLICIES
from data.geometry import RotateZoomMirror, Slices

DRAWS = 40_000
NNUNET = POLICIES["nnunet"].geometry
STILL = {"rotated": 0.0, "rotation_deg": 180, "zoomed": 0.0, "least_zoom": 0.7, "most_zoom": 1.4, "mirrored": 0.0}


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def maps() -> torch.Tensor:
    assert isinstance(NNUNET, RotateZoomMirror)
    return NNUNET.draw(DRAWS, rng())


def assert_share(seen: torch.Tensor, share: float) -> None:
    assert abs(seen.float().mean().item() - share) < 4 * (share * (1 - share) / len(seen)) ** 0.5


def test_a_fifth_is_zoomed_half_of_them_in_to_seven_tenths_and_half_out_to_fourteen() -> None:
    scale = torch.linalg.det(maps()[:, :, :2]).abs().sqrt()
    zoomed = scale[(scale - 1).abs() > 1e-5]
    assert_share((scale - 1).abs() > 1e-5, 0.2)
    assert_share(zoomed < 1, 0.5)
    assert 0.7 - 1e-5 <= zoomed.min() < 0.701 and 1.399 < zoomed.max() <= 1.4 + 1e-5
    assert zoomed[zoomed < 1].mean().item() == pytest.approx(0.85, abs=0.006)
    assert zoomed[zoomed > 1].mean().item() == pytest.approx(1.2, abs=0.008)


def test_a_fifth_is_rotated_by_any_angle_and_each_axis_is_flipped_in_half() -> None:
    found = maps()
    handed = torch.linalg.det(found[:, :, :2]) < 0  # one flip, not both
    assert_share(handed, 0.5)
    rotated = (found[:, 0, 1].abs() > 1e-5) | (found[:, 1, 0].abs() > 1e-5)
    assert_share(rotated, 0.2)
    straight = found[~rotated]
    assert_share(straight[:, 0, 0] < 0, 0.5)
    assert_share(straight[:, 1, 1] < 0, 0.5)
    angle = torch.rad2deg(torch.atan2(found[rotated & ~handed, 1, 0], found[rotated & ~handed, 0, 0]))
    quarters = torch.histc(angle, 4, -180, 180) / len(angle)
    assert quarters.tolist() == pytest.approx([0.25] * 4, abs=0.03)
    assert torch.equal(found[:, :, 2], torch.zeros(DRAWS, 2))


def test_a_flip_alone_is_torchs_in_image_and_mask() -> None:
    images = torch.rand(64, 1, 16, 16, generator=rng(1))
    masks = torch.randint(0, 4, (64, 16, 16), generator=rng(2), dtype=torch.uint8)
    moved = RotateZoomMirror(**{**STILL, "mirrored": 1.0}).moved(Slices(images, masks), rng())
    torch.testing.assert_close(moved.images, images.flip((2, 3)), atol=1e-5, rtol=0)
    assert moved.masks is not None and torch.equal(moved.masks, masks.flip((1, 2)).float())


def test_what_is_zoomed_out_shows_black_around_it() -> None:
    out = RotateZoomMirror(**{**STILL, "zoomed": 1.0, "least_zoom": 1.4})
    ones = torch.ones(200, 1, 56, 56)
    kept = out.moved(Slices(ones, torch.ones(200, 56, 56)), rng())
    assert kept.masks is not None
    least = kept.masks.mean((1, 2)).min().item()
    assert least == pytest.approx(1 / 1.4**2, abs=0.02)
    torch.testing.assert_close(kept.images.mean((1, 2, 3)), kept.masks.mean((1, 2)), atol=0.05, rtol=0)


def test_a_slice_that_was_stored_twice_as_high_is_rotated_as_it_was_stored() -> None:
    quarter = RotateZoomMirror(**{**STILL, "rotated": 1.0})
    (found,) = quarter.draw(1, rng(3), torch.tensor([2.0]))
    (square,) = quarter.draw(1, rng(3))
    assert found[0, 1].item() == pytest.approx(2 * square[0, 1].item())
    assert found[1, 0].item() == pytest.approx(square[1, 0].item() / 2)
    assert torch.linalg.det(found[:, :2]).item() == pytest.approx(1.0, abs=1e-5)
    assert math.isclose(found[0, 0], square[0, 0])


def test_image_and_mask_are_moved_alike() -> None:
    masks = torch.zeros(32, 64, 64, dtype=torch.uint8)
    masks[:, 20:40, 16:30] = 1
    assert isinstance(NNUNET, RotateZoomMirror)
    moved = NNUNET.moved(Slices(masks.unsqueeze(1).float(), masks), rng(4))
    assert moved.masks is not None
    wrong = (moved.images.squeeze(1) - moved.masks).abs() > 0.5 + 1e-4
    assert wrong.float().mean() < 1e-3
    assert len({one.sum().item() for one in moved.masks}) > 4
