"""Small folders in the layouts of LiTS, for tests: 131 volumes, with the faults of the release's headers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nibabel
import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform

SHAPE = (12, 20, 16)  # slices, rows, columns
SPACING = (2.5, 0.75, 0.5)
LPS = np.array([[-0.5, 0, 0, 50.0], [0, -0.75, 0, 60.0], [0, 0, 2.5, -300.0], [0, 0, 0, 1]])
"""Of a file's columns, rows and slices, as all volumes are to lie."""
IDENTITY = range(28, 48)
OTHER_MASKS = range(48, 53)


def volume(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return HU and labels (slices, rows, columns) as they are to be read; every seventh volume has no lesion."""
    rng = np.random.default_rng(number)
    image = rng.integers(-150, 60, SHAPE).astype(np.int16)
    mask = np.zeros(SHAPE, np.uint8)
    mask[2:10, 4:14, 2:10] = 1
    if number % 7:
        mask[3:7, 5:9, 3:7] = 2
    image[mask == 1] += 120
    image[:, :2] = -3024
    return image, mask


def write(path: Path, values: np.ndarray, affine: np.ndarray = LPS, codes: str = "LPS") -> Path:
    """Write (slices, rows, columns) that lie by an affine of columns, rows and slices, with axes that go as coded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    image = nibabel.Nifti1Image(values.T, affine)
    turned = image.as_reoriented(ornt_transform(io_orientation(affine), axcodes2ornt(codes)))
    nibabel.save(nibabel.Nifti1Image(np.asarray(turned.dataobj), turned.affine), path)
    return path


def write_stored(path: Path, stored: np.ndarray, slope: float, inter: float) -> Path:
    """Write stored numbers as they are, with a header that says how they become grey values."""
    header = Nifti1Header()
    header.set_data_dtype(stored.dtype)
    header.set_data_shape(stored.T.shape)
    header.set_sform(LPS, 1)
    header["pixdim"][1:4] = SPACING[::-1]
    header["scl_slope"], header["scl_inter"], header["vox_offset"], header["magic"] = slope, inter, 352, b"n+1"
    path.unlink(missing_ok=True)
    path.write_bytes(header.binaryblock + bytes(4) + np.ascontiguousarray(stored).tobytes())
    return path


def challenge(root: Path, ending: str = ".nii", batches: bool = False) -> Path:
    """Write the challenge's release: headers of 28 to 47 are identities, of 48 to 52 masks' are turned round."""
    for number in range(131):
        folder = root / f"Training Batch {1 if number < 28 else 2}" if batches else root
        write_pair(folder, number, ending)
    return root


def write_pair(folder: Path, number: int, ending: str = ".nii") -> None:
    image, mask = volume(number)
    paths = [folder / f"{word}-{number}{ending}" for word in ("volume", "segmentation")]
    if number in IDENTITY:  # lies LAS, and its header says RAS
        for path, values in zip(paths, (image, mask), strict=True):
            write(path, values[:, ::-1], np.eye(4), "RAS")
        return
    write(paths[0], image, codes="LAS")
    mirror = np.diag([-1.0, 1, 1, 1]) if number in OTHER_MASKS else np.eye(4)
    write(paths[1], mask, mirror @ LPS, "RAS" if number in OTHER_MASKS else "LAS")


def decathlon(root: Path) -> Path:
    """Write Task03_Liver: all axes go RAS, but for those whose headers were identities."""
    for number in range(131):
        for part, values in zip(("imagesTr", "labelsTr"), volume(number), strict=True):
            path = root / part / f"liver_{number}.nii.gz"
            if number in IDENTITY:
                write(path, values[:, ::-1], np.eye(4), "RAS")
            else:
                write(path, values, codes="RAS")
    return root


def copied(made: Path, to: Path) -> Path:
    """Return a folder of the same files; one that is to change is unlinked first, as the writers above do."""
    return Path(shutil.copytree(made, to, copy_function=os.link, dirs_exist_ok=True))
