"""Small folders in the layouts of ACDC, for tests: 100 patients of two frames of three slices."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest

from data.catalog import find
from data.errors import DataError
from data.split import read_split

SPLIT = read_split("acdc")
PATIENTS = (*SPLIT.train, *SPLIT.val, *SPLIT.test)
FRAMES = ("frame01", "frame12")
FIRST = f"{SPLIT.train[0]}_frame01"
SHAPE = (3, 8, 10)
SPACING = (10.0, 1.5, 1.25)
LPS = np.diag([-1.25, -1.5, 10.0, 1.0])  # of the file: columns, rows, slices


def volume(name: str, shape: tuple[int, ...] = SHAPE) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(map(ord, name)))
    return rng.random(shape, dtype=np.float32), rng.integers(0, 4, shape).astype(np.uint8)


def write_h5(path: Path, attributes: Mapping[str, object] | None = None, **arrays: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes or {})
        for key, value in arrays.items():
            file[key] = value


def write_nifti(path: Path, values: np.ndarray, affine: np.ndarray | None = LPS) -> None:
    """Write (slices, rows, columns), or what else, with an affine of the file's own order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    nibabel.save(nibabel.Nifti1Image(values.T, affine), path)


def volumes(root: Path, frames: tuple[str, ...] = FRAMES, sub: str = "volumes") -> Path:
    for patient in PATIENTS:
        for frame in frames:
            image, label = volume(f"{patient}_{frame}")
            write_h5(root / sub / f"{patient}_{frame}.h5", image=image, label=label)
    return root / sub


def slices(root: Path, first: int = 0) -> Path:
    folder = root / "data" / "slices"
    for patient in PATIENTS:
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            for k in range(SHAPE[0]):
                write_h5(folder / f"{patient}_{frame}_slice_{k + first}.h5", image=image[k], label=label[k])
    return folder


def official(root: Path) -> Path:
    for patient in PATIENTS:
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            write_nifti(root / patient / f"{patient}_{frame}.nii.gz", image)
            write_nifti(root / patient / f"{patient}_{frame}_gt.nii.gz", label)
        (root / patient / "Info.cfg").write_text("ED: 1\nES: 12\n")
        (root / patient / "MANDATORY_CITATION.md").write_text("Bernard et al.\n")
        (root / patient / f"{patient}_4d.nii.gz").write_bytes(b"not read")
    return root


def copied(made: Path, to: Path) -> Path:
    """Return a folder of the same files; one that is to change is unlinked first, as the writers above do."""
    return Path(shutil.copytree(made, to, copy_function=os.link, dirs_exist_ok=True))


def refused(folder: Path, dataset: str = "acdc") -> str:
    """Return what is said of a folder when it is looked for, without any voxel read."""
    with pytest.raises(DataError) as error:
        find(dataset, folder.parent)
    assert "\n" not in str(error.value)
    return str(error.value)
