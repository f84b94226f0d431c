"""Bilinear enlargement is torch's, in both ways to compute it, and its gradient is laid out for the fast kernel."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from methods.networks.enlargement import by_kernel, by_matrices, enlarged

SIZES = [((4, 4), (8, 8)), ((3, 5), (7, 11)), ((1, 1), (2, 2)), ((1, 6), (5, 1)), ((9, 8), (4, 3)), ((5, 5), (5, 5))]
WAYS = pytest.mark.parametrize("way", [by_kernel, by_matrices])


def maps(size: tuple[int, int], dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(2, 3, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).to(dtype)


def torchs(one: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(one, size, mode="bilinear", align_corners=True)


@WAYS
@pytest.mark.parametrize(("given", "wanted"), SIZES)
def test_it_is_torchs_at_any_size(way, given: tuple[int, int], wanted: tuple[int, int]) -> None:
    torch.testing.assert_close(way(maps(given), wanted), torchs(maps(given), wanted), rtol=0, atol=1e-12)


@WAYS
@pytest.mark.parametrize(("given", "wanted"), SIZES)
def test_its_gradient_is_right(way, given: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert torch.autograd.gradcheck(lambda one: way(one, wanted), maps(given).requires_grad_())


@WAYS
def test_three_pixels_of_two_cells_are_both_and_their_mean(way) -> None:
    cells = torch.tensor([[0.0, 4.0]]).view(1, 1, 1, 2)
    assert way(cells, (1, 3)).flatten().tolist() == [0.0, 2.0, 4.0]


@WAYS
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_type_and_layout_stay(way, layout: torch.memory_format, dtype: torch.dtype) -> None:
    given = maps((4, 6), dtype).contiguous(memory_format=layout)
    with torch.autocast("cpu", torch.bfloat16):
        found = way(given, (8, 12))
    assert found.dtype == dtype
    assert found.is_contiguous(memory_format=layout)


def test_matrices_round_half_precision_once() -> None:
    given = maps((16, 16), torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        found = by_matrices(given, (32, 32))
    exact = torchs(given.double(), (32, 32))
    assert ((found.double() - exact).abs() <= exact.abs() / 2**8 + 1e-6).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_behind_a_concatenation_the_gradient_has_torchs_bits(dtype: torch.dtype) -> None:
    skip = maps((8, 8), dtype).contiguous(memory_format=torch.channels_last)
    found = []
    for way in (enlarged, torchs):
        given = maps((4, 4), dtype).contiguous(memory_format=torch.channels_last).requires_grad_()
        joined = torch.cat([skip, way(given, (8, 8))], dim=1)
        joined.backward(joined.detach() * 3)
        assert given.grad is not None
        found.append(given.grad)
    assert torch.equal(*found)


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_the_kernel_never_gets_a_part_of_another_gradient(layout: torch.memory_format) -> None:
    given = maps((4, 4)).contiguous(memory_format=layout).requires_grad_()
    found = enlarged(given, (8, 8))
    strides = []
    found.register_hook(lambda gradient: strides.append(gradient.stride()))
    torch.cat([maps((8, 8)).contiguous(memory_format=layout), found], dim=1).square().sum().backward()
    assert strides == [found.stride()]
