"""Small folders of images and masks, in the layouts that are recognised, for tests to read and to break."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK
from PIL import Image

SHAPE = (3, 4, 5)
AFFINE = np.diag([-1.25, -1.5, 10.0, 1.0])  # of the file: columns, rows, slices
MASK = (np.arange(60) % 3).astype(np.uint8).reshape(SHAPE)
LABELS = {"background": 0, "a": 1, "b": 2}
OBLIQUE = (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
CUBE = np.random.default_rng(0).integers(0, 900, (40, 64, 64)).astype(np.uint16)


def volume(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1000, SHAPE).astype(np.int16)


def nifti(path: Path, values: np.ndarray, affine: np.ndarray | None = AFFINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values.T, affine), path)
    return path


def png(path: Path, values: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


def names(root: Path, **changed: object) -> dict[str, object]:
    """Write dataset.json of nnU-Net v2 with some keys changed, or left out for None."""
    entries = {"channel_names": {"0": "MRI"}, "labels": LABELS, "numTraining": 2, "file_ending": ".nii.gz", **changed}
    kept = {key: value for key, value in entries.items() if value is not None}
    root.mkdir(parents=True, exist_ok=True)
    (root / "dataset.json").write_text(json.dumps(kept))
    return kept


def v2(root: Path, channels: int = 1, **changed: object) -> Path:
    """Write c1 and c2 with masks, u1 without, t1 to predict."""
    names(root, **{"channel_names": {str(k): f"T{k}" for k in range(channels)}, **changed})
    for number, case in enumerate(("c1", "c2")):
        for k in range(channels):
            nifti(root / "imagesTr" / f"{case}_{k:04d}.nii.gz", volume(number + k))
        nifti(root / "labelsTr" / f"{case}.nii.gz", MASK)
    for folder, case in (("imagesUn", "u1"), ("imagesTs", "t1")):
        for k in range(channels):
            nifti(root / folder / f"{case}_{k:04d}.nii.gz", volume(9))
    return root


def decathlon(root: Path, channels: int = 1) -> Path:
    """Write c1 and c2 with masks and t1, all as dataset.json lists them, of volumes or of 4-D files."""
    shape = (channels, *SHAPE) if channels > 1 else SHAPE
    for case, folder in (("c1", "imagesTr"), ("c2", "imagesTr"), ("t1", "imagesTs")):
        nifti(root / folder / f"{case}.nii.gz", np.broadcast_to(volume(), shape) + np.int16(0))
    for case in ("c1", "c2"):
        nifti(root / "labelsTr" / f"{case}.nii.gz", MASK)
    training = [{"image": f"./imagesTr/{case}.nii.gz", "label": f"./labelsTr/{case}.nii.gz"} for case in ("c1", "c2")]
    entries = {
        "name": "Toy",
        "modality": {str(k): f"T{k}" for k in range(channels)},
        "labels": {"0": "background", "1": "a", "2": "b"},
        "training": training,
        "test": ["./imagesTs/t1.nii.gz"],
    }
    (root / "dataset.json").write_text(json.dumps(entries))
    return root


def pair(root: Path, write: Callable[[Path, np.ndarray], Path] = nifti, ending: str = ".nii.gz") -> Path:
    """Write c1 and c2 with masks and u1 without, into images/ beside labels/."""
    flat = write is png
    for number, case in enumerate(("c1", "c2", "u1")):
        values = volume(number)
        write(root / "images" / f"{case}{ending}", values[0].astype(np.uint8) if flat else values)
    for case in ("c1", "c2"):
        write(root / "labels" / f"{case}{ending}", MASK[0] if flat else MASK)
    return root


def relisted(root: Path, change: Callable[[dict], None]) -> None:
    """Change a folder's dataset.json."""
    path = root / "dataset.json"
    entries = json.loads(path.read_text())
    change(entries)
    path.write_text(json.dumps(entries))


def itk(path: Path, values: np.ndarray, packed: bool = False) -> Path:
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((1.5, 1.25, 10))
    image.SetOrigin((7, 8, 9))
    image.SetDirection(OBLIQUE)
    SimpleITK.WriteImage(image, str(path), packed)
    return path
