"""Label maps from files, whoever made them: NIfTI, HDF5, or the compressed arrays that a run leaves."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.errors import UsageError
from data.errors import DataError
from data.nifti import read_nifti
from data.orientation import Place, directions, say_once
from results.checksums import arrays_of

ENDINGS = (".nii.gz", ".nii", ".npz", ".h5")
PACKED = "predictions/masks.npz"
KEYS = ("label", "mask", "prediction", "pred", "seg")  # in this order, of a file with several arrays
UNREADABLE = (  # what numpy, h5py and nibabel raise for files that are broken or something else
    *(OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, OverflowError),
    *(zlib.error, zipfile.BadZipFile),
)
PREDICTED = "_pred"  # test_2D.py of SSL4MIS, BCP and ACTION writes CASE_pred, CASE_gt and CASE_img side by side


@dataclass(frozen=True, eq=False)
class Labels:
    """A label map (slices, height, width) or (height, width); where the file holds them, spacing in mm and directions.

    directions: where the columns, rows and slices go, such as LPS. affine: (4, 4), from (slice, row, column) to mm.
    """

    values: npt.NDArray[Any]
    spacing: tuple[float, ...] | None
    directions: str | None = None
    affine: npt.NDArray[np.float64] | None = None


def read_masks(folder: Path) -> dict[str, Labels]:
    """Return the label map of each case in a folder, by the file's name without its ending; UsageError where none is.

    A run's folder gives its headline's masks (``predictions/masks.npz``, which holds all cases). Where files end in
    ``_pred``, only they are read. Two files of one case are refused.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name one that holds masks as {', '.join(ENDINGS)}, or a run's")
    if (folder / PACKED).exists():
        return _packed(folder)
    if (folder / "cell.json").exists():
        raise UsageError(f"{folder} is a run without predictions: not done yet, or published, which leaves them out")
    return {case: read_labels(path) for case, path in _files(folder).items()}


def read_labels(path: Path) -> Labels:
    """Return the one label map of a file; UsageError where it holds none, or values that are no whole numbers."""
    ending = next(ending for ending in ENDINGS if path.name.endswith(ending))
    try:
        labels = READERS[ending](path)
    except UNREADABLE as error:
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise UsageError(f"{path} cannot be read as {ending} ({why}); a mask is one array of whole numbers") from None
    return replace(labels, values=_whole(labels.values, path))


def _files(folder: Path) -> dict[str, Path]:
    """Return the file of each case."""
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS))
    if not paths:
        raise UsageError(f"{folder} holds no mask; expected files named CASE with {', '.join(ENDINGS)}")
    files: dict[str, Path] = {}
    for path in [path for path in paths if _stem(path).endswith(PREDICTED)] or paths:
        case = _stem(path).removesuffix(PREDICTED)
        if case in files:
            raise UsageError(
                f"{folder} holds {files[case].name} and {path.name}, both of case {case}; keep one of them"
            )
        files[case] = path
    return files


def _packed(run: Path) -> dict[str, Labels]:
    return {case: Labels(_whole(values, run / PACKED), None) for case, values in arrays_of(run, PACKED).items()}


def _nifti(path: Path) -> Labels:
    """Return the file's voxels as (slices, rows, columns), by the one reader that data sets have too."""
    try:
        values, place = read_nifti(path)
    except DataError as error:
        raise UsageError(str(error)) from None
    if place.remark:
        say_once(path.parent, place.remark)
    return Labels(values, place.spacing, _directions(place), place.affine)


def _directions(place: Place) -> str | None:
    """Return where the axes of a file go, such as LPS; None where its header doesn't say."""
    return None if place.affine is None else directions(place.affine)[: len(place.shape)]


def _hdf5(path: Path) -> Labels:
    import h5py

    with h5py.File(path, "r") as file:
        key = _key(list(file))
        found = file[key]
        if not isinstance(found, h5py.Dataset) or found.shape is None:
            raise ValueError(f"{key} is a group or empty, and no array")
        return Labels(np.asarray(found[()]), None)


def _numpy(path: Path) -> Labels:
    file = np.load(path, allow_pickle=False)
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise ValueError("it is one array of numpy.save; expected those of numpy.savez")
    with file:
        return Labels(file[_key(file.files)], None)


READERS: Mapping[str, Callable[[Path], Labels]] = {".nii.gz": _nifti, ".nii": _nifti, ".npz": _numpy, ".h5": _hdf5}


def _key(names: list[str]) -> str:
    known = [name for name in KEYS if name in names] or (names if len(names) == 1 else [])
    if not known:
        raise ValueError(f"it holds {', '.join(sorted(names)) or 'nothing'}; expected one of {', '.join(KEYS)}")
    return known[0]


def _stem(path: Path) -> str:
    return next(path.name.removesuffix(ending) for ending in ENDINGS if path.name.endswith(ending))


def _whole(values: npt.NDArray[Any], path: Path) -> npt.NDArray[Any]:
    """Return whole numbers; files often hold them as floating-point ones."""
    if values.dtype.kind in "iu":
        return values
    if values.dtype.kind not in "bf":
        raise UsageError(f"{path} holds values of type {values.dtype}; a mask holds one whole number a structure")
    with np.errstate(invalid="ignore"):  # a number too large for the type is not equal below
        whole: npt.NDArray[Any] = np.nan_to_num(values, nan=-1, posinf=-1, neginf=-1).astype(np.int64)
    if not np.array_equal(whole, values):
        raise UsageError(f"{path} holds values that are no whole numbers; a mask holds one whole number a structure")
    return whole
