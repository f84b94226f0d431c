"""Small masks of known scores, files and folders of them, and the command as a user types it."""

from __future__ import annotations

from pathlib import Path

import h5py
import nibabel
import numpy as np
import pandas as pd
import pytest

from benchmark import score
from benchmark.command import main

REFERENCE = np.zeros((4, 8, 6), np.uint8)
REFERENCE[1:3, 2:6, 1:5] = 1
REFERENCE[1:3, 3:5, 2:4] = 2
HALF = np.where(np.arange(8)[:, None] < 4, REFERENCE, 0).astype(np.uint8)  # the upper half: Dice 2/3 of both labels
ONLY_ONE = np.minimum(REFERENCE, 1)  # 2 is missed
IMAGE = (np.arange(REFERENCE.size).reshape(REFERENCE.shape) * 7 % 1000).astype(np.int16)
SPACING = (10.0, 2.0, 1.5)


def nifti(path: Path, mask: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(mask.T, np.diag([*SPACING[::-1], 1.0])), path)


def hdf5(path: Path, mask: np.ndarray, key: str = "label") -> None:
    with h5py.File(path, "a") as file:
        file[key] = mask


def npz(path: Path, mask: np.ndarray) -> None:
    np.savez_compressed(path, mask)


def alone(path: Path, mask: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, mask)


def scores(folders: tuple[Path, Path], *words: str) -> pd.DataFrame:
    """Return the CSV that the command leaves, by case and structure."""
    out = folders[0].parent / "out.csv"
    assert score.command([str(folders[0]), "--reference", str(folders[1]), "--out", str(out), *words]) == 0
    return pd.read_csv(out).set_index(["case", "structure"])


def dice(folders: tuple[Path, Path], *words: str) -> list[float]:
    """Return Dice of each case and structure."""
    values: list[float] = scores(folders, *words)["dice"].tolist()
    return values


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Return the one sentence that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main("benchmark.score", lambda: score.command([str(word) for word in words]))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    return error
