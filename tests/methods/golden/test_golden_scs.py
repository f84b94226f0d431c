"""Semi-supervised contrast: both of its losses are the released code's; its networks and loops were only read."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from methods.parts.contrast import class_contrast, pair_contrast
from methods.scs import SemiSupervisedContrast, by_block, by_stride, of_batch
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import TASK, blocks, drawn, load, official, update_of

TEMPERATURE = 0.1
PARTS = [(1, 1), (3, 1), (3, 2), (1, 2)]


def pixels(slices: int, views: int) -> tuple[Tensor, Tensor]:
    """Return maps (slices, views, 16, 32, 32), with a gradient, and masks (slices, views, 32, 32)."""
    maps = torch.from_numpy(drawn(81, slices, views).standard_normal((slices, views, 16, 32, 32)))
    masks = np.stack([blocks(slices, 32, 82, slices, view) for view in range(views)], 1)
    return maps.requires_grad_(), torch.from_numpy(masks)


def grouped(method: Any, maps: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Return vectors (groups, P, C) and classes (groups, P) as the method groups them, view by view."""
    flat = [one.transpose(0, 1).flatten(0, 1) for one in (maps, masks.unsqueeze(2))]
    vectors, classes = (method.grouped(one) for one in flat)
    return vectors, classes.squeeze(2)


@pytest.mark.parametrize("count", [4, 6])
def test_the_contrast_of_slices_is_the_released_one(compare: Compare, count: int) -> None:
    there = update_of("scs", f"ntxent_n{count}")
    views = [torch.from_numpy(drawn(80, count, view).standard_normal((count, 16))).requires_grad_() for view in (0, 1)]
    paired = torch.eye(2 * count, dtype=torch.bool).roll(count, 0)
    apart = ~paired & ~torch.eye(2 * count, dtype=torch.bool)
    value = pair_contrast(torch.cat(views), paired, apart, float(there["temperature"]))
    value.backward()
    compare("scs", "loss", value.detach(), there["value"])
    for view, name in zip(views, ("first", "second"), strict=True):
        compare("scs", "gradient", view.grad, there[f"gradient_{name}"])


@pytest.mark.parametrize(("slices", "views"), PARTS)
def test_the_contrast_of_pixels_is_the_released_one(compare: Compare, slices: int, views: int) -> None:
    method, there = official("scs"), update_of("scs", f"pixel_slices{slices}_views{views}")
    assert isinstance(method, SemiSupervisedContrast)
    maps, masks = pixels(slices, views)
    vectors, classes = grouped(method, maps, masks)
    assert vectors.shape == (1, slices * views * 64, 16)
    value = class_contrast(vectors, classes, TASK.classes, TEMPERATURE)
    value.backward()
    assert maps.grad is not None
    compare("scs", "loss", value.detach(), there["value"])
    compare("scs", "points", (classes > 0).sum(), there["foreground_points"])
    compare("scs", "gradient", maps.grad.square().sum((2, 3, 4)).sqrt(), there["gradient_norm_per_slice_and_view"])
    compare("scs", "gradient", maps.grad[:, :, :, 0, 4], there["gradient_at_grid_0_4"])


def test_the_contrast_in_blocks_is_the_released_one(compare: Compare) -> None:
    maps = torch.from_numpy(drawn(83, 0).standard_normal((2, 2, 8, 16, 16)))
    masks = torch.from_numpy(np.stack([blocks(2, 16, 84, view) for view in range(2)], 1))
    vectors, classes = (of_batch(by_block(one.flatten(0, 1), side=8), 4) for one in (maps, masks.unsqueeze(2)))
    assert vectors.shape == (4, 4 * 64, 8)
    value = class_contrast(vectors, classes.squeeze(2), TASK.classes, TEMPERATURE)
    compare("scs", "loss", value, load("scs")["blocks_of_8/value"])


def test_background_alone_is_the_released_0(compare: Compare) -> None:
    maps = pixels(1, 1)[0].detach()[0]
    vectors = of_batch(by_stride(maps), 1)
    value = class_contrast(vectors, torch.zeros(1, 64, dtype=torch.int64), TASK.classes, TEMPERATURE)
    compare("scs", "loss", value, load("scs")["pixel_background_only/value"])
