"""Label maps from files, whoever made them: images of a known kind, HDF5, or the compressed arrays of a run."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.errors import UsageError
from benchmark.scoring.case_files import ENDINGS, ending_of, files_of, printable
from benchmark.scoring.claims import UNREADABLE, NoMaskError
from benchmark.scoring.label_values import one_a_voxel, squeezed, whole_numbers
from benchmark.scoring.role_names import Wanted
from benchmark.scoring.saved_arrays import read_hdf5, read_npz
from data.errors import DataError
from data.folders.endings import ITK, NIFTI
from data.folders.images import is_flat, read_values
from data.nifti import read_nifti
from data.orientation import Place, directions, say_once
from results.checksums import arrays_of

PACKED = "predictions/masks.npz"
PREDICTIONS = Wanted("prediction")


@dataclass(frozen=True, eq=False)
class Labels:
    """A label map (slices, height, width) or (height, width); where the file holds them, spacing in mm and directions.

    directions: where the columns, rows and slices go, such as LPS. affine: (4, 4), from (slice, row, column) to mm.
    file, key: what was read, where that is a file.
    """

    values: npt.NDArray[Any]
    spacing: tuple[float, ...] | None
    directions: str | None = None
    affine: npt.NDArray[np.float64] | None = None
    file: Path | None = None
    key: str | None = None

    def __str__(self) -> str:
        """Return the file, with the array's name where it has one."""
        return f"{printable(self.file or 'the mask')}{f' [{self.key}]' if self.key else ''}"


def read_masks(folder: Path, wanted: Wanted = PREDICTIONS) -> dict[str, Labels]:
    """Return the label map of each case in a folder, by case; UsageError where none is, or which is not clear.

    A run's folder gives its headline's masks (``predictions/masks.npz``, which holds all cases), as predictions only.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name one that holds masks as {', '.join(ENDINGS)}, or a run's")
    if (folder / PACKED).exists() or (folder / "cell.json").exists():
        return _of_run(folder, wanted)
    return {case: read_labels(path, wanted) for case, path in files_of(folder, wanted).items()}


def read_labels(path: Path, wanted: Wanted = PREDICTIONS) -> Labels:
    """Return the one label map that a file holds in a role; UsageError where there is none, or no whole numbers."""
    ending = ending_of(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers; what matters of them is checked here
            labels = _read(path, ending, wanted)
    except NoMaskError as error:
        raise UsageError(f"{path} cannot be taken as a mask ({error})") from None
    except UNREADABLE as error:
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise UsageError(f"{path} cannot be read as {ending} ({why}); a mask is one array of whole numbers") from None
    return _checked(replace(labels, file=path), wanted)


def _checked(labels: Labels, wanted: Wanted) -> Labels:
    """Return labels with whole numbers in two or three axes; UsageError names what they are instead."""
    stack = squeezed(labels.values)
    spacing = labels.spacing and labels.spacing[-stack.ndim :]  # an axis of length 1 that went was the first
    values, axis = one_a_voxel(stack, labels, wanted)
    labels = replace(labels, values=whole_numbers(values, labels), spacing=spacing)
    if axis is None:
        return labels
    of_a_plane = spacing and (*spacing[:axis], *spacing[axis + 1 :])
    return replace(labels, spacing=of_a_plane, directions=None, affine=None)


def _read(path: Path, ending: str, wanted: Wanted) -> Labels:
    if ending in (".npz", ".h5"):
        key, values = (read_npz if ending == ".npz" else read_hdf5)(path, wanted)
        return Labels(values, None, key=key)
    if wanted.key is not None:
        raise NoMaskError(f"a {ending} file has no named arrays; {wanted.key_option} is for .npz and .h5")
    try:
        return _image(path, ending)
    except DataError as error:
        raise UsageError(str(error)) from None


def _of_run(run: Path, wanted: Wanted) -> dict[str, Labels]:
    if wanted.role == "reference":
        raise UsageError(f"{run} is a run, whose masks are predictions; name a data set or a folder of reference masks")
    if wanted.files or wanted.key or wanted.planes:
        options = f"{wanted.files_option}, {wanted.key_option} and {wanted.planes_option}"
        raise UsageError(f"{options} are for folders of masks, and {run} is a run")
    if not (run / PACKED).exists():
        raise UsageError(f"{run} is a run without predictions: not done yet, or published, which leaves them out")
    masks = {case: Labels(values, None, file=run / PACKED, key=case) for case, values in arrays_of(run, PACKED).items()}
    return {case: _checked(one, replace(wanted, planes="slices")) for case, one in masks.items()}


def _image(path: Path, ending: str) -> Labels:
    """Return the file's voxels as (slices, rows, columns), or (rows, columns), by the readers that data sets have."""
    if ending in NIFTI:
        values, place = read_nifti(path)
        if place.remark:
            say_once(path.parent, place.remark)
        return Labels(values, place.spacing, _directions(place), place.affine)
    found = read_values(path)
    place, values = found.place, found.channels[0]
    if found.planar and (ending not in ITK or is_flat(path)):  # measured in two dimensions, as a run on slices does
        values, place = values[0], Place(place.shape[1:], place.spacing and place.spacing[1:], place.affine)
    return Labels(values, place.spacing, _directions(place), place.affine)


def _directions(place: Place) -> str | None:
    """Return where the axes of a file go, such as LPS; None where its header doesn't say."""
    return None if place.affine is None else directions(place.affine)[: len(place.shape)]
