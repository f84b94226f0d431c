"""Weights brought down to a map's cells are the adjoint of its enlargement, by torch's kernel and by products."""

import pytest
import torch
from torch.nn import functional

from methods.parts.enlarged import SOURCES, brought_down, brought_down_by_products


@pytest.mark.parametrize("size", [(6, 10), (5, 7), (24, 30), (1, 3)])
@pytest.mark.parametrize("enlarging", list(SOURCES))
def test_products_and_kernel_are_the_adjoint(enlarging: str, size: tuple[int, int]) -> None:
    rng = torch.Generator().manual_seed(0)
    weights = torch.rand(2, 4, 24, 30, dtype=torch.float64, generator=rng)
    maps = torch.randn(2, 4, *size, dtype=torch.float64, generator=rng)
    wide = functional.interpolate(maps, (24, 30), mode="bilinear", align_corners=enlarging == "corners")
    for bring in (brought_down, brought_down_by_products):
        torch.testing.assert_close((wide * weights).sum(), (maps * bring(weights, size, enlarging)).sum())
