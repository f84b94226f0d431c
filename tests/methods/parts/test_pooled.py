"""Means over cells are torch's adaptive pooling, by its kernel and by products of matrices."""

import pytest
import torch
from torch.nn import functional

from methods.parts.pooled import by_products, pooled


@pytest.mark.parametrize("side", [1, 5, 8, 20, 32])
def test_products_give_what_adaptive_pooling_gives_and_its_gradient(side: int) -> None:
    maps = torch.randn(2, 3, 24, 17, dtype=torch.float64, generator=torch.Generator().manual_seed(side))
    made = []
    for pool in (pooled, by_products, functional.adaptive_avg_pool2d):
        mine = maps.clone().requires_grad_()
        cells = pool(mine, side)
        cells.mul(torch.linspace(-1, 1, cells.numel(), dtype=torch.float64).view(cells.shape)).sum().backward()
        made.append((cells.detach(), mine.grad))
    for cells, gradient in made[:2]:
        torch.testing.assert_close(cells, made[2][0])
        torch.testing.assert_close(gradient, made[2][1])


def test_half_precision_is_rounded_once() -> None:
    maps = torch.randn(1, 2, 32, 32, generator=torch.Generator().manual_seed(0)).bfloat16()
    assert torch.equal(by_products(maps, 4), functional.adaptive_avg_pool2d(maps.float(), 4).bfloat16())
