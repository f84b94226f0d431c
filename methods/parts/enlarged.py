"""Where the pixels of a bilinearly enlarged map lie among its cells."""

from collections.abc import Callable, Mapping

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
