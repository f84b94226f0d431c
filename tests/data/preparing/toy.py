"""Small folders to prepare, and what the command says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from data.grid import Grid
from data.prepare import command
from tests.data.folders.toy import save, volume

SIZE = 32


def prepare(*words: str | Path) -> int:
    """Run the command at a small size, by one process."""
    return command([*map(str, words), "--size", str(SIZE), "--preset", "smoke", "--jobs", "1"])


def shards(place: Path) -> Mapping[str, bytes]:
    """Return what lies in a place by its path below, ledgers left out."""
    files = (path for path in place.rglob("*") if path.is_file() and not path.name.startswith("ledger-"))
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


def turned(root: Path, names: Sequence[str], axes: tuple[int, ...]) -> None:
    """Store images with some axes turned round, and say so in their affine, so that they lie where they did."""
    import nibabel

    for name in names:
        path = root / "imagesTr" / f"{name}_0000.nii.gz"
        values, affine = np.asarray(nibabel.load(path).dataobj), np.diag([1.0, 1.5, 4.0, 1.0])
        for axis in axes:
            affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
            affine[:3, axis] *= -1
        save(path, np.flip(values, axes), affine)


def broken_with_nan(root: Path, number: int) -> Path:
    """Put a voxel that is no number into the image of a case."""
    image, _ = volume(number)
    image[3, 4, 2] = np.nan
    return save(root / "imagesTr" / f"c_{number:02d}_0000.nii.gz", image)


GRID = Grid(SIZE, "percentile", fit="pad")
