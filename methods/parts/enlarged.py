"""Where the pixels of a bilinearly enlarged map lie among its cells, and how much of each cell they have."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Place = Callable[[Tensor, int, int], Tensor]


def by_centres(pixel: Tensor, cells: int, size: int) -> Tensor:
    """Return the places of pixels of an axis where each cell and each pixel has a width: half-pixel centres."""
    return (pixel + 0.5) * (cells / size) - 0.5


def by_corners(pixel: Tensor, cells: int, size: int) -> Tensor:
    """Return them where the first and last pixel lie on the first and last cell: corners aligned."""
    return pixel * ((cells - 1) / max(size - 1, 1))


SOURCES: Mapping[str, Place] = {"centres": by_centres, "corners": by_corners}
"""Places outside the map are the caller's to clamp."""


def shares_of(cells: int, pixels: int, place: Place, like: Tensor) -> Tensor:
    """Return (pixels, cells), how much of each cell each pixel of an axis has, in the type of ``like``."""
    pixel, cell = (torch.arange(count, dtype=torch.float64, device=like.device) for count in (pixels, cells))
    source = place(pixel, cells, pixels).clamp(0, cells - 1)
    return (1 - (source.unsqueeze(1) - cell).abs()).clamp_min(0).to(like.dtype)


def brought_down(weights: Tensor, size: tuple[int, int], enlarging: str) -> Tensor:
    """Return (N, K, h, w), what weights (N, K, H, W) of pixels come to for the cells of a map of a size.

    The adjoint of bilinear enlargement. enlarging: a key of ``SOURCES``. CUDA's own kernel adds up in any order.
    """
    if weights.device.type != "cpu":
        return brought_down_by_products(weights, size, enlarging)
    shape, aligned = [*weights.shape[:2], *size], enlarging == "corners"
    found: Tensor = torch.ops.aten.upsample_bilinear2d_backward(
        weights, list(weights.shape[-2:]), shape, aligned, None, None
    )
    return found


def brought_down_by_products(weights: Tensor, size: tuple[int, int], enlarging: str) -> Tensor:
    """Return them by a matrix product along each axis, which no device adds up in another order."""
    place = SOURCES[enlarging]
    rows, columns = (shares_of(*pair, place, weights) for pair in zip(size, weights.shape[-2:], strict=True))
    with torch.autocast(weights.device.type, enabled=False):
        return rows.T @ (weights @ columns)
