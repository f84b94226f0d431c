"""Slices are numbered as their file has them, however it is turned for training; single slices are that in any file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data import catalog
from data.auditing.opening import opened
from data.folders.plan import read_plan
from data.task import IGNORED
from tests.data.folders.toy import LABELS, nnunet, save, volume

AFFINE = np.diag([1.0, 1.5, 4.0, 1.0])


def from_the_head(affine: np.ndarray, slices: int) -> np.ndarray:
    """Return the affine of a volume that is stored from its other end."""
    turned = affine.copy()
    turned[:3, 3] += turned[:3, 2] * (slices - 1)
    turned[:3, 2] *= -1
    return turned


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder whose case c_03 is stored from head to feet, labelled in the file's slices 0 and 2 alone."""
    folder = nnunet(tmp_path / "toy")
    image, mask = volume(3)
    mask[...] = 0
    mask[4:12, 4:10, 0], mask[12:15, 4:10, 2] = 1, 2
    image[..., 0], image[..., 2] = 700, 900
    for name, values in (("imagesTr/c_03_0000.nii.gz", image), ("labelsTr/c_03.nii.gz", mask)):
        save(folder / name, values, from_the_head(AFFINE, 6))
    (folder / "slices.csv").write_text("case,slice\nc_03,0\nc_03,2\n", encoding="utf-8")
    return folder


def mask_of(root: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    source = catalog.find(str(root))
    case = source._read(name)  # type: ignore[attr-defined]
    assert case.mask is not None
    return case.image, case.mask


def test_a_turned_volume_is_labelled_in_the_slices_that_its_file_numbers_so(root: Path) -> None:
    image, mask = mask_of(root, "c_03")
    labelled = [number for number in range(6) if not (mask[number] == IGNORED).all()]
    assert labelled == [3, 5]  # of training, which begins at the feet
    assert image[5].min() == 700 and image[3].min() == 900
    assert set(np.unique(mask[5]).tolist()) == {0, 1} and set(np.unique(mask[3]).tolist()) == {0, 2}


def test_what_streams_and_what_audits_say_the_same(root: Path) -> None:
    source = catalog.find(str(root))
    whole = source._read("c_03")  # type: ignore[attr-defined]
    stream = source._stream("c_03")  # type: ignore[attr-defined]
    assert np.array_equal(stream.labels(), whole.mask)
    found = {item.name: item for item in opened(str(root))[0].items}["c_03"].read()
    assert np.array_equal(found.mask, whole.mask)


def test_volumes_of_one_slice_are_single_slices_of_their_patients(tmp_path: Path, plans: Path) -> None:
    root = tmp_path / "flat"
    for patient in range(5):
        for number in range(3):
            image, mask = volume(10 * patient + number)
            save(root / "images" / f"p{patient}_slice{number}.nii.gz", image[..., 2:3])
            save(root / "labels" / f"p{patient}_slice{number}.nii.gz", mask[..., 2:3])
    source = catalog.find(str(root))
    assert source.task.planar and read_plan(plans / "flat.json").planar
    assert sorted({*source.split.train, *source.split.val, *source.split.test}) == [f"p{k}" for k in range(5)]
    case = source.cases(source.split.train[:1])[0]
    assert case.image.shape == (1, 16, 20) and set(np.unique(case.mask).tolist()) == {0, *range(1, len(LABELS))}
    assert case.spacing == (4.0, 1.5, 1.0)
