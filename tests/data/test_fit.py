"""Slices that are not square keep their shape in black squares, and come back from there exactly."""

import numpy as np
import pytest
import torch

from data.case import Case
from data.pool import Grid, build_pool
from data.task import IGNORED

CPU = torch.device("cpu")


def case(height: int, width: int, channels: int = 1) -> Case:
    rng = np.random.default_rng(0)
    images = [rng.random((2, height, width), dtype=np.float32) for _ in range(channels)]
    mask = np.ones((2, height, width), np.uint8)
    return Case("a", "a", images[0], mask, None, more=tuple(images[1:]))


@pytest.mark.parametrize(("height", "width", "inner"), [(20, 40, (16, 32)), (40, 20, (32, 16)), (32, 32, (32, 32))])
def test_the_longer_side_fills_the_square(height: int, width: int, inner: tuple[int, int]) -> None:
    grid = Grid(32, "minmax", fit="pad")
    pool = build_pool([case(height, width)], grid, CPU)
    assert pool.images.shape == (2, 1, 32, 32)
    assert pool.masks is not None
    assert int(pool.masks[0].sum()) == inner[0] * inner[1]  # as large as its part of the square, and no larger
    assert grid.cut(pool.masks, (height, width)).eq(1).all()
    assert grid.cut(pool.masks, (height, width)).shape[1:] == inner
    assert pool.stretch is not None
    assert pool.stretch.tolist() == [1.0, 1.0]


def test_stretched_slices_are_as_they_were() -> None:
    pool = build_pool([case(20, 40)], Grid(32, "minmax"), CPU)
    assert pool.masks is not None
    assert pool.masks.eq(1).all()
    assert pool.stretch is not None
    assert pool.stretch.tolist() == [0.5, 0.5]


def test_channels_are_scaled_each_on_its_own() -> None:
    one = case(32, 32, 2)
    moved = Case("a", "a", one.image, one.mask, None, more=(one.more[0] * 1000 - 200,))
    windows = (None, (-200.0, 800.0))
    found = build_pool([moved], Grid(32, "minmax", windows=windows), CPU).images
    assert found.shape == (2, 2, 32, 32)
    assert torch.allclose(found[:, 1], torch.from_numpy(one.more[0]), atol=1e-6)


def test_a_window_is_the_same_for_all_volumes() -> None:
    dark = Case("a", "a", np.full((1, 32, 32), 50, np.float32), None, None)
    found = build_pool([dark], Grid(32, "percentile", windows=((0.0, 255.0),)), CPU).images
    assert found.unique().tolist() == pytest.approx([50 / 255])


def test_slices_that_nobody_labelled_are_apart() -> None:
    partly = case(32, 32)
    assert partly.mask is not None
    partly.mask[1] = IGNORED
    partly.mask[0, 0, 0] = IGNORED
    pool = build_pool([partly], Grid(32, "minmax"), CPU)
    assert pool.partial
    assert torch.equal(pool.labeled().images, pool.images[:1])
    bare = pool.unlabeled()
    assert torch.equal(bare.images, pool.images[1:])
    assert bare.masks is None
    both = build_pool([case(32, 32)], Grid(32, "minmax"), CPU).labeled()
    assert len(both) == 2


def test_a_padded_slice_on_which_nobody_labelled_anything_is_an_unlabelled_one() -> None:
    made = case(20, 40)
    assert made.mask is not None
    made.mask[1] = IGNORED
    made.mask[0, :10] = IGNORED
    pool = build_pool([made], Grid(32, "minmax", fit="pad"), CPU)
    assert (len(pool.labeled()), len(pool.unlabeled())) == (1, 1)
    (labeled,) = pool.labeled().masks  # type: ignore[misc]
    assert [int(labeled.eq(value).sum()) for value in (0, 1, IGNORED)] == [32 * 16, 32 * 8, 32 * 8]
