"""Arrays in HDF5 files, with the slices first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.files import AGAIN, check_file, first_line, stamp, wrong_claim
from data.orientation import unlikely_axes

Array = npt.NDArray[np.generic]
KEYS = ("image", "label")
AXIS = "slice_axis"  # an attribute of an array or of its file: which axis the slices lie along


def read_h5(path: Path, key: str) -> Array:
    """Return one array of an HDF5 file, ``image`` or ``label``, a volume with its slices first; or raise DataError.

    Where an attribute ``slice_axis`` names another axis than 0 for the slices, that one is moved to the front.
    """
    with _opened(path) as file:
        found = _array(file, key, path)
        axis = _axis(found, file, path)
        values: Array = found[()]
    return np.moveaxis(values, axis, 0)


def shape_h5(path: Path) -> tuple[int, ...]:
    """Return the shape of a file's image, slices first, when its image and its mask are arrays; DataError else."""
    check_file(path)
    return _shape(path, stamp(path))


@lru_cache(None)  # a process that runs many cells looks at each file once
def _shape(path: Path, _: tuple[int, ...]) -> tuple[int, ...]:
    with _opened(path) as file:
        found, _ = (_array(file, key, path) for key in KEYS)
        axis = _axis(found, file, path)
        shape: tuple[int, ...] = found.shape
    return (shape[axis], *shape[:axis], *shape[axis + 1 :])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a file, and turn whatever HDF5 says of a broken one into one DataError."""
    import h5py

    check_file(path)
    try:
        with h5py.File(path, "r") as file, np.errstate(all="ignore"):
            yield file
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, ArithmeticError, MemoryError) as error:
        why = first_line(error) or type(error).__name__
        raise DataError(f"{path} cannot be read as HDF5 ({why}); {AGAIN}") from None


def _array(file: Any, key: str, path: Path) -> Any:
    """Return a data set that is an array of real numbers, and small enough to be in this file."""
    import h5py

    if key not in file:
        other = next((name for name in sorted(file) if name.lower() == key), None)
        lacking = "an image without a mask" if key == "label" else "a mask without an image"
        said = f"spells {key!r} as {other!r}" if other else f"holds {lacking}"
        raise DataError(f"{path} {said}: it has {', '.join(sorted(file)) or 'nothing'}; expected 'image' and 'label'")
    found = file[key]
    if not isinstance(found, h5py.Dataset):
        inside = ", ".join(repr(f"{key}/{name}") for name in sorted(found))
        raise DataError(f"{path}: {key!r} is a group, of {inside or 'nothing'}; expected an array of that name")
    if not found.shape or found.dtype.kind not in "biuf":
        what = "empty" if found.shape is None else f"of shape {found.shape} and type {found.dtype}"
        raise DataError(f"{path}: {key!r} is {what}; expected an array of real numbers")
    for shape in (found.shape, found.chunks or found.shape):  # a chunk is unpacked as a whole
        if wrong := wrong_claim(shape, found.dtype.itemsize, path.stat().st_size, packed=bool(found.chunks)):
            raise DataError(f"{path}: {key!r} cannot be read ({wrong}); {AGAIN}")
    return found


def _axis(found: Any, file: Any, path: Path) -> int:
    """Return the axis of the slices: as stated, else the first where that can be."""
    stated = found.attrs.get(AXIS, file.attrs.get(AXIS))
    if stated is None:
        unlikely = unlikely_axes(found.shape, None)
        if unlikely:
            raise DataError(
                f"{path}: {found.name.strip('/')!r} is {unlikely}; save it with the slices first, or give it the HDF5 "
                f"attribute {AXIS}: the number of their axis, 0 where the slices do come first"
            )
        return 0
    number = np.asarray(stated)
    if number.size != 1 or number.dtype.kind not in "iu" or not 0 <= int(number.item()) < max(found.ndim, 1):
        raise DataError(f"{path}: attribute {AXIS} is {stated!r}; expected a number from 0 to {found.ndim - 1}")
    return int(number.item())
