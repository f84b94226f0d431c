"""Small volumes of ACDC's patients in a folder, and a mask mended there so that size and time don't show it."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np

from data.catalog import find
from data.content import Content
from data.split import read_split

SPLIT = read_split("acdc")
FRAMES = ("frame01", "frame12")
SHAPE = (3, 20, 24)
TESTED = f"{SPLIT.test[3]}_frame12"
TRAINED = f"{SPLIT.train[40]}_frame01"


def volume(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return image and mask of a case: three nested boxes, and grey values that tell them."""
    rng = np.random.default_rng(sum(map(ord, name)))
    mask = np.zeros(SHAPE, np.uint8)
    row, column = rng.integers(2, 6, 2)
    for label in (1, 2, 3):
        mask[:, row + label : row + 12 - label, column + label : column + 12 - label] = label
    return (mask + rng.random(SHAPE)).astype(np.float32), mask


def write_volumes(root: Path) -> Path:
    """Write all 200 volumes below ``acdc/volumes`` and return the folder above, as ``--data-root`` takes it."""
    folder = root / "acdc" / "volumes"
    folder.mkdir(parents=True)
    for patient in (*SPLIT.train, *SPLIT.val, *SPLIT.test):
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            with h5py.File(folder / f"{patient}_{frame}.h5", "w") as file:
                file["image"], file["label"] = image, label
    return root


def write_slices(root: Path) -> Path:
    """Write the same volumes as SSL4MIS' slices, with its types of numbers."""
    folder = root / "acdc" / "data" / "slices"
    folder.mkdir(parents=True)
    for patient in (*SPLIT.train, *SPLIT.val, *SPLIT.test):
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            for number in range(SHAPE[0]):
                with h5py.File(folder / f"{patient}_{frame}_slice_{number}.h5", "w") as file:
                    file["image"], file["label"] = image[number].astype(np.float64), label[number].astype(np.float64)
    return root


def mend(root: Path, case: str, part: str = "label", voxels: int = 1) -> None:
    """Change voxels of a case in place; the file keeps its size and its time of modification, as ``cp -p`` would."""
    path = root / "acdc" / "volumes" / f"{case}.h5"
    before = path.stat()
    with h5py.File(path, "r+") as file:
        values = file[part][()]
        values.flat[:voxels] = 1 if part == "label" else 0.5
        file[part][...] = values
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)


def content(root: Path) -> Content:
    """Return what is found there now."""
    found = find("acdc", root).content()
    assert found is not None
    return found
