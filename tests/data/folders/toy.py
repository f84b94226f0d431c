"""Small folders of images and masks, made on the spot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from PIL import Image

LABELS = {"background": 0, "core": 1, "edge": 2}


def volume(seed: int, shape: tuple[int, int, int] = (20, 16, 6)) -> tuple[np.ndarray, np.ndarray]:
    """Return an image and its mask in the file's order (columns, rows, slices), with both structures in it."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, np.uint8)
    mask[4:12, 4:10, 1:5] = 1
    mask[12:15, 4:10, 1:5] = 2
    return (100 * mask + rng.normal(0, 5, shape)).astype(np.float32), mask


def save(path: Path, values: np.ndarray, affine: np.ndarray | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values, np.diag([1.0, 1.5, 4.0, 1.0]) if affine is None else affine), path)
    return path


def nnunet(
    root: Path,
    masked: int = 6,
    bare: int = 2,
    channels: Sequence[str] = ("MRI",),
    about: Mapping[str, Any] | None = None,
) -> Path:
    """Return a folder as nnU-Net has it, with cases c_01, c_02, ... and further images without masks."""
    for number in range(1, masked + bare + 1):
        image, mask = volume(number)
        folder = "imagesTr" if number <= masked else "imagesUn"
        for channel in range(len(channels)):
            save(root / folder / f"c_{number:02d}_{channel:04d}.nii.gz", image + 10 * channel)
        if number <= masked:
            save(root / "labelsTr" / f"c_{number:02d}.nii.gz", mask)
    names = {str(number): name for number, name in enumerate(channels)}
    told = {"channel_names": names, "labels": LABELS, "numTraining": masked, "file_ending": ".nii.gz", **(about or {})}
    (root / "dataset.json").write_text(json.dumps(told), encoding="utf-8")
    return root


def pictures(root: Path, patients: int = 5, slices: int = 3, value: int = 255) -> Path:
    """Return a plain pair of folders with PNG slices pK_NNN of several patients."""
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for patient in range(patients):
        for number in range(slices):
            mask = np.zeros((20, 28), np.uint8)
            mask[5:12, 6:18] = value
            grey = np.where(mask > 0, 180, 40) + rng.integers(-10, 10, mask.shape)
            Image.fromarray(grey.astype(np.uint8)).save(root / "images" / f"p{patient}_{number:03d}.png")
            Image.fromarray(mask).save(root / "masks" / f"p{patient}_{number:03d}.png")
    return root
