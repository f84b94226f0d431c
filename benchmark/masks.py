"""Label maps from files, whoever made them: NIfTI, HDF5, or the compressed arrays that a run leaves."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.errors import UsageError
from results.checksums import read_whole

ENDINGS = (".nii.gz", ".nii", ".npz", ".h5")
PACKED = "predictions/masks.npz"
KEYS = ("label", "mask", "prediction", "pred", "seg")  # in this order, of a file with several arrays
PREDICTED = "_pred"  # test_2D.py of SSL4MIS, BCP and ACTION writes CASE_pred, CASE_gt and CASE_img side by side


@dataclass(frozen=True, eq=False)
class Labels:
    """A label map (slices, height, width) or (height, width), and its spacing in mm where the file holds it."""

    values: npt.NDArray[Any]
    spacing: tuple[float, ...] | None


def read_masks(folder: Path) -> dict[str, Labels]:
    """Return the label map of each case in a folder, by the file's name without its ending; UsageError where none is.

    A run's folder gives its headline's masks (``predictions/masks.npz``, which holds all cases). Where files end in
    ``_pred``, only they are read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name one that holds masks as {', '.join(ENDINGS)}, or a run's")
    if (folder / PACKED).exists():
        return _packed(folder)
    if (folder / "cell.json").exists():
        raise UsageError(f"{folder} is a run without predictions: not done yet, or published, which leaves them out")
    files = {_stem(path): path for path in sorted(folder.iterdir()) if path.name.endswith(ENDINGS)}
    if not files:
        raise UsageError(f"{folder} holds no mask; expected files named CASE with {', '.join(ENDINGS)}")
    marked = {stem.removesuffix(PREDICTED): path for stem, path in files.items() if stem.endswith(PREDICTED)}
    return {case: read_labels(path) for case, path in (marked or files).items()}


def read_labels(path: Path) -> Labels:
    """Return the one label map of a file; UsageError where it holds none, or values that are no whole numbers."""
    ending = next(ending for ending in ENDINGS if path.name.endswith(ending))
    try:
        labels = READERS[ending](path)
    except (OSError, EOFError, ValueError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} cannot be read as {ending} ({str(error).splitlines()[0][:120]})") from None
    return Labels(_whole(labels.values, path), labels.spacing)


def _packed(run: Path) -> dict[str, Labels]:
    with np.load(io.BytesIO(read_whole(run, PACKED)), allow_pickle=False) as file:
        return {case: Labels(_whole(file[case], run / PACKED), None) for case in file.files}


def _nifti(path: Path) -> Labels:
    """Return the file's voxels as (slices, rows, columns), as the data sets' readers do."""
    import nibabel

    try:
        file: Any = nibabel.load(path)
    except nibabel.filebasedimages.ImageFileError as error:
        raise ValueError(str(error)) from None
    values = np.asanyarray(file.dataobj).T
    return Labels(values, tuple(float(size) for size in file.header.get_zooms()[: values.ndim])[::-1])


def _hdf5(path: Path) -> Labels:
    import h5py

    with h5py.File(path, "r") as file:
        return Labels(file[_key(list(file))][()], None)


def _numpy(path: Path) -> Labels:
    with np.load(path, allow_pickle=False) as file:
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
    if np.issubdtype(values.dtype, np.integer):
        return values
    whole: npt.NDArray[Any] = np.nan_to_num(values, nan=-1, posinf=-1, neginf=-1).astype(np.int64)
    if not np.array_equal(whole, values):
        raise UsageError(f"{path} holds values that are no whole numbers; a mask holds one whole number a structure")
    return whole
