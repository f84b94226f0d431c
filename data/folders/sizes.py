"""How much memory the voxels of an image or a mask take, as its header tells it, however small its file is."""

from __future__ import annotations

from math import prod
from pathlib import Path

from data import nifti
from data.folders.endings import ITK, NIFTI, PICTURES, ending_of

FLOAT = 4  # bytes of the type that all images become
WIDEST = 8  # of a type that isn't known


def bytes_of(path: Path) -> int:
    """Return how many bytes all values of a file have in memory, at least as float32; DataError where it is broken.

    Of a TIFF whatever tifffile meets is raised.
    """
    ending = ending_of(path)
    if ending in NIFTI:
        return nifti.bytes_of(path)
    if ending in ITK:
        from data.folders.itk_header import read_header

        header = read_header(path)
        return prod(header.sides) * max(header.itemsize or WIDEST, FLOAT)
    if ending in PICTURES:
        from data.folders.pictures import values_of_picture

        return values_of_picture(path) * FLOAT
    return _of_tiff(path)


def _of_tiff(path: Path) -> int:
    import tifffile

    with tifffile.TiffFile(path) as file:
        return sum(
            prod(one.shape) * max(int(one.dtype.itemsize), FLOAT) for one in file.series if one.dtype is not None
        )
