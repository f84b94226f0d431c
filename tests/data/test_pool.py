"""Pools: scaled, resized, in order, masks only where all may be seen."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from data.case import Case
from data.grid import RESIZED, Grid, Resizing, scaled
from data.pool import build_pool

CPU = torch.device("cpu")


def case(name: str, slices: int, masked: bool = True) -> Case:
    rng = np.random.default_rng(len(name))
    image = rng.uniform(-5, 300, (slices, 20, 30)).astype(np.float32)
    mask = rng.integers(0, 4, image.shape).astype(np.uint8) if masked else None
    return Case(name, name, image, mask, None)


def test_volumes_lie_one_after_the_other() -> None:
    pool = build_pool([case("a", 3), case("bb", 2)], Grid(32, "minmax"), CPU)
    assert pool.images.shape == (5, 1, 32, 32)
    assert pool.case.tolist() == [0, 0, 0, 1, 1]
    assert pool.position.tolist() == [0, 0.5, 1, 0, 1]
    assert pool.names == ("a", "bb")
    assert pool.stretch is not None and pool.stretch.tolist() == pytest.approx([20 / 30] * 5)
    assert pool.masks is not None
    assert set(pool.masks.unique().tolist()) <= {0, 1, 2, 3}


def test_one_case_without_mask_leaves_the_pool_without() -> None:
    assert build_pool([case("a", 3), case("b", 2, masked=False)], Grid(32, "minmax"), CPU).masks is None


def test_no_cases_give_an_empty_pool() -> None:
    pool = build_pool([], Grid(32, "minmax"), CPU)
    assert len(pool) == 0
    assert pool.images.shape == (0, 1, 32, 32)


def test_resizing_to_the_same_size_changes_nothing() -> None:
    mask = np.arange(32 * 32).reshape(1, 32, 32).astype(np.uint8) % 4
    image = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(1, 32, 32)
    pool = build_pool([Case("a", "a", image, mask, None)], Grid(32, "minmax"), CPU)
    assert pool.masks is not None
    np.testing.assert_array_equal(pool.masks.numpy(), mask)
    np.testing.assert_allclose(pool.images[:, 0].numpy(), image, atol=1e-6)


def test_minmax_scaling_reaches_both_ends() -> None:
    image = scaled(case("a", 3).image, "minmax")
    assert (image.min(), image.max()) == (0, 1)


def test_percentile_scaling_is_not_moved_by_one_bright_voxel() -> None:
    image = np.linspace(0, 1, 9000, dtype=np.float32).reshape(1, 90, 100)
    spoiled = image.copy()
    spoiled[0, 0, 0] = 1e6
    np.testing.assert_allclose(scaled(spoiled, "percentile")[0, 1:], scaled(image, "percentile")[0, 1:], atol=0.01)
    assert scaled(image, "percentile")[0, 45, 0] == pytest.approx((0.5 - 0.01) / 0.98, abs=1e-3)


@pytest.mark.parametrize("scaling", ["minmax", "percentile"])
def test_a_constant_volume_gives_zeros(scaling) -> None:
    assert not scaled(np.full((2, 4, 4), 7, np.float32), scaling).any()


def ramp() -> Case:
    image = np.tile(np.arange(4, dtype=np.float32), (1, 4, 1))
    return Case("a", "a", image, image.astype(np.uint8), None)


def test_nearest_takes_stored_pixels_corners_on_corners() -> None:
    pool = build_pool([ramp()], Grid(8, "minmax", "nearest"), CPU)
    assert pool.masks is not None
    expected = [round(place * 3 / 7) for place in range(8)]
    assert pool.masks[0, 0].tolist() == expected == [0, 0, 1, 1, 2, 2, 3, 3]
    np.testing.assert_allclose(pool.images[0, 0, 0].numpy(), np.array(expected) / 3, atol=1e-6)


@pytest.mark.parametrize(("resizing", "order"), [("nearest", 0), ("cubic", 3)])
def test_nearest_and_cubic_are_scipys_splines_slice_by_slice(resizing: Resizing, order: int) -> None:
    one = case("a", 3)
    pool, grey = build_pool([one], Grid(32, "minmax", resizing), CPU), scaled(one.image, "minmax")
    for number in range(3):
        expected = ndimage.zoom(grey[number], (32 / 20, 32 / 30), order=order)
        np.testing.assert_array_equal(pool.images[number, 0].numpy(), expected)
    assert pool.masks is not None and one.mask is not None
    np.testing.assert_array_equal(pool.masks[1].numpy(), ndimage.zoom(one.mask[1], (32 / 20, 32 / 30), order=0))


def test_cubic_overshoots_and_the_others_stay_in_0_to_1() -> None:
    least = {
        resizing: float(build_pool([case("a", 3)], Grid(32, "minmax", resizing), CPU).images.min())
        for resizing in RESIZED
    }
    assert least["cubic"] < 0 <= min(least["smooth"], least["nearest"])
