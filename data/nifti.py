"""NIfTI files as every part of the project reads them: voxels, their sizes in mm, and where they lie."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError
from data.files import AGAIN, check_file, first_line, stamp
from data.nifti_bytes import read_header, read_voxels, streamed_voxels
from data.orientation import NEAR, SIZES, Affine, Array, Place

ENDINGS = (".nii.gz", ".nii")
MM: Mapping[int, float] = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # by xyzt_units: unknown, metre, millimetre, micron
SKEW = 2e-3  # cosine between two axes, from which on a grid is sheared
CONTRADICTS, RIGHT = "contradicts itself: its", "set both from the one that is right"
Forms = Mapping[str, Affine]


def read_nifti(path: Path) -> tuple[Array, Place]:
    """Return a file's voxels as (slices, rows, columns), or (rows, columns), and where they lie.

    The order is the file's own, reversed; trailing axes of length 1 are dropped. Values are scaled by the file's slope
    and intercept. DataError where it can't be read, isn't whole, is a series, holds colours, or contradicts itself.
    """
    place = read_place(path)
    with one_sentence(path):
        return read_voxels(path, read_header(path)).T.reshape(place.shape), place


def read_channels(path: Path) -> tuple[tuple[Array, ...], Place]:
    """Return the volumes along a file's last axis of four as channels, each as ``read_nifti`` gives one."""
    place = read_place(path, channels=True)
    with one_sentence(path):
        return tuple(read_voxels(path, read_header(path)).T.reshape(-1, *place.shape)), place


@contextmanager
def streamed_nifti(path: Path) -> Iterator[Callable[[int, int], Array]]:
    """Give what reads a volume's slices from a first up to a last, as ``read_nifti`` has them; DataError as there."""
    read_place(path)
    with one_sentence(path):
        header = read_header(path)
    with streamed_voxels(path, header) as read:

        def block(first: int, last: int) -> Array:
            with one_sentence(path):
                return read(first, last)

        yield block


def bytes_of(path: Path) -> int:
    """Return how many bytes a file's voxels have in memory, scaled or not, at least as float32; from the header."""
    with one_sentence(path):
        header = read_header(path)
        voxels = prod(int(side) for side in header.get_data_shape())
        return voxels * max(int(header.get_data_dtype().itemsize), 4)


def read_place(path: Path, channels: bool = False) -> Place:
    """Return where a file's voxels lie, from its header alone; DataError as for ``read_nifti``.

    channels: whether one axis beyond the third may be longer than 1.
    """
    check_file(path)
    return _place(path, channels, stamp(path))


@lru_cache(None)  # a process that runs many cells looks at each file once
def _place(path: Path, channels: bool, _: tuple[int, ...]) -> Place:
    with one_sentence(path):
        header = read_header(path)
        sides = tuple(int(side) for side in header.get_data_shape())
        dtype = header.get_data_dtype()
        unit = int(header["xyzt_units"]) & 7
    wrong = _wrong_shape(sides, channels) or _wrong_values(dtype)
    if wrong:
        raise DataError(f"{path} {wrong}")
    if unit not in MM:
        raise DataError(f"{path} gives its sizes in unit {unit}, which NIfTI doesn't know; right is 2, millimetres")
    axes = 3 if len(sides) > 2 else 2
    sizes, affine, remark = _resolved(header, axes, path)
    spacing = tuple(size * MM[unit] for size in sizes)[::-1]
    if affine is not None:
        affine = affine[:, [2, 1, 0, 3]] * np.array([[MM[unit]]] * 3 + [[1.0]])
    return Place(sides[:axes][::-1], spacing, affine, remark)


@contextmanager
def one_sentence(path: Path) -> Iterator[None]:
    """Turn whatever nibabel and numpy say of a broken file into one DataError, and say nothing else."""
    from nibabel import imageglobals
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    broken = (ImageFileError, HeaderDataError, zlib.error, OSError, EOFError, ValueError, TypeError, ArithmeticError)
    loud = imageglobals.logger.disabled
    imageglobals.logger.disabled = True  # it prints what it mends in a header
    try:
        with np.errstate(all="ignore"):
            yield
    except (*broken, KeyError, IndexError, MemoryError) as error:
        ending = next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), "NIfTI")
        why = first_line(error) or type(error).__name__
        raise DataError(f"{path} cannot be read as {ending} ({why}); {AGAIN}") from None
    finally:
        imageglobals.logger.disabled = loud


def _wrong_shape(sides: tuple[int, ...], channels: bool) -> str | None:
    if len(sides) < 2:
        return f"has shape {sides}; expected columns, rows and slices"
    if sum(side > 1 for side in sides[3:]) > channels:
        return (
            f"is a {len(sides)}-D file, of shape {sides}; expected one 3-D volume: save the volume that is meant alone"
        )
    return None


def _wrong_values(dtype: Any) -> str | None:
    if dtype.names:
        return f"holds colours ({', '.join(dtype.names)}); expected one number a voxel"
    if dtype.kind not in "iuf":
        return f"holds values of type {dtype}; expected one real number a voxel"
    return None


def _resolved(header: Any, axes: int, path: Path) -> tuple[tuple[float, ...], Affine | None, str | None]:
    """Return sizes and affine, in the file's order of axes and its unit, and what is to be said of them.

    Sizes of 1 x 1 x 1 are what nobody filled in: real sizes beside them hold. ACDC's own files have an sform of 1 x 1 x
    1 beside the scanner's qform and sizes.
    """
    pixdim = tuple(float(size) for size in header["pixdim"][1 : axes + 1])
    _check_sizes(pixdim, path)
    forms = _forms(header, path)
    sform, qform = forms.get("sform"), forms.get("qform")
    if sform is None:
        return pixdim, qform, None
    sizes = tuple(float(size) for size in np.linalg.norm(sform[:3, :axes], axis=0))
    if np.allclose(sizes, pixdim, rtol=SIZES, atol=0):
        if qform is not None and _apart(sform, qform, header.get_data_shape()[:3]) > NEAR:
            raise DataError(f"{path} {CONTRADICTS} qform and sform put its voxels at different places; {RIGHT}")
        return pixdim, sform, None
    given, other = (" x ".join(f"{size:g}" for size in one) for one in (pixdim, sizes))
    if set(pixdim) == {1.0}:
        return sizes, sform, f"pixdim says {given}, which nobody filled in; sizes are taken from the affine"
    if np.allclose(sizes, 1, rtol=SIZES) and np.isin(np.abs(sform[:3, :3]).round(4), (0, 1)).all():
        return pixdim, qform, None
    raise DataError(f"{path} {CONTRADICTS} header's sizes (pixdim) are {given}, its sform's {other}; {RIGHT}")


def _check_sizes(sizes: tuple[float, ...], path: Path) -> None:
    if not all(np.isfinite(size) and size > 0 for size in sizes):
        given = " x ".join(f"{size:g}" for size in sizes)
        raise DataError(f"{path} gives voxels of {given} (pixdim); sizes must be positive")


def _forms(header: Any, path: Path) -> Forms:
    """Return the affines that the header gives, by the name of their form; DataError for one that is no grid."""
    forms: dict[str, Affine] = {}
    for name in ("qform", "sform"):
        if not int(header[f"{name}_code"]):
            continue
        with one_sentence(path):
            forms[name] = np.asarray(getattr(header, f"get_{name}")(), np.float64)
        wrong = wrong_affine(forms[name])
        if wrong:
            raise DataError(f"{path} has {wrong} as {name}; expected three axes at right angles, in mm a voxel")
    return forms


def wrong_affine(affine: Affine) -> str | None:
    """Return in a few words why an affine is that of no grid; None for one that may be."""
    if not np.isfinite(affine).all():
        return "an affine with NaN or infinite numbers"
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    if not (sizes > 0).all() or abs(np.linalg.det(affine[:3, :3] / sizes)) < SKEW:
        return "a singular affine, which lays voxels on each other,"
    skew = np.abs(np.triu((affine[:3, :3] / sizes).T @ (affine[:3, :3] / sizes), 1)).max()
    return f"a sheared affine (axes {np.degrees(np.arccos(skew)):.3g} degrees apart)" if skew > SKEW else None


def _apart(one: Affine, other: Affine, sides: tuple[int, ...]) -> float:
    """Return how far the same corner lies apart by two affines, in voxels; sizes are equal but for rounding."""
    sizes = np.linalg.norm(one[:3, :3], axis=0)
    scale = np.linalg.norm(other[:3, :3], axis=0) / sizes
    last = [side - 1 for side in (*sides, 1)[:3]]
    corners = np.array([[*corner, 1] for corner in np.ndindex(2, 2, 2)]) * [*last, 1]
    gap = (one * [*scale, 1] - other)[:3] @ corners.T
    return float(np.abs(gap).max() / sizes.min())
