"""Labelled slices are numbered as the mask's file has them, whatever way it lies to its image and that to training."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from data import catalog
from data.auditing.opening import opened
from data.digest_cache import stamp_of
from data.errors import DataError
from data.held_out import Gate
from data.task import IGNORED
from tests.data.folders.toy import nnunet, save, volume

AFFINE = np.diag([1.0, 1.5, 4.0, 1.0])
LABELED = {1: 1, 2: 2}  # of slices from the feet on, what each holds; others are empty, and nobody has labelled them
Way = tuple[tuple[int, ...], tuple[int, ...]]
PLAIN: Way = ((0, 1, 2), ())
WAYS: dict[str, Way] = {
    "plain": PLAIN,
    "slices reversed": ((0, 1, 2), (2,)),
    "rows reversed": ((0, 1, 2), (1,)),
    "slices first": ((2, 0, 1), ()),
    "slices first, reversed": ((2, 0, 1), (2,)),
    "slices second, all reversed": ((1, 2, 0), (0, 1, 2)),
}
"""How (columns, rows, slices) are stored: in what order, and which of them are turned round before."""


def stored(path: Path, values: np.ndarray, way: Way) -> Path:
    order, turned = way
    affine = AFFINE.copy()
    for axis in turned:
        affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
        affine[:3, axis] *= -1
    return save(path, np.flip(values, turned).transpose(order), affine[:, [*order, 3]])


def folder(root: Path, image_way: Way, mask_way: Way) -> Path:
    """Return a folder of cases that are labelled in two slices; half of its images, and all masks, are stored so."""
    nnunet(root)
    lines = ["case,slice"]
    for number in range(1, 7):
        image, mask = volume(number)
        mask[...] = 0
        for index, label in LABELED.items():
            mask[4:12, 4:10, index] = label
        stored(root / "imagesTr" / f"c_{number:02d}_0000.nii.gz", image, image_way if number % 2 else PLAIN)
        stored(root / "labelsTr" / f"c_{number:02d}.nii.gz", mask, mask_way)
        numbers = [5 - index if 2 in mask_way[1] else index for index in LABELED]
        lines += [f"c_{number:02d},{index}" for index in numbers]
    (root / "slices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def held(mask: np.ndarray | None) -> dict[int, list[int]]:
    """Return what the slices hold that somebody labelled."""
    assert mask is not None
    return {k: np.unique(plane).tolist() for k, plane in enumerate(mask) if not (plane == IGNORED).all()}


@pytest.mark.parametrize("mask_way", WAYS)
@pytest.mark.parametrize("image_way", ["plain", "slices reversed", "slices first, reversed"])
def test_the_slices_that_are_labelled_are_those_that_hold_the_labels(
    tmp_path: Path, image_way: str, mask_way: str
) -> None:
    root = folder(tmp_path / "toy", WAYS[image_way], WAYS[mask_way])
    source = catalog.find(str(root))
    found = [*source.cases([*source.split.masked, *source.split.val]), *Gate(source).open("a test", 0)]
    assert len(found) == 6
    for case in found:
        assert held(case.mask) == {1: [0, 1], 2: [0, 2]}, case.name
        assert held(source._stream(case.name).labels()) == held(case.mask)  # type: ignore[attr-defined]
    audited = {item.name: item.read().mask for item in opened(str(root))[0].items}
    assert all(np.array_equal(audited[case.name], case.mask) for case in found)


def test_digests_of_before_are_not_believed_where_slices_are_listed_and_else_are(tmp_path: Path) -> None:
    source = catalog.find(str(folder(tmp_path / "toy", PLAIN, PLAIN)))
    other = catalog.find(str(nnunet(tmp_path / "other")))
    before, now = (
        [f"{stamp_of(one.digests.files(name)).text} {one._cuts[name]} {bare}", one.digests.stamp(name).text]  # type: ignore
        for one, name, bare in ((source, "c_03", False), (other, "c_08", True))
    )
    assert before[0] != before[1] and now[0] == now[1]


def test_a_slice_beyond_the_mask_is_named(tmp_path: Path) -> None:
    root = folder(tmp_path / "toy", PLAIN, WAYS["slices first"])
    (root / "slices.csv").write_text("case,slice\nc_03,6\n", encoding="utf-8")
    assert nibabel.load(root / "labelsTr" / "c_03.nii.gz").shape == (6, 20, 16)
    with pytest.raises(DataError, match="case c_03: slice 6 is marked as labelled; it has slices 0 to 5"):
        catalog.find(str(root)).fingerprint()
