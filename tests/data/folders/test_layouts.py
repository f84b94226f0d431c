"""Which layout a folder is of, and what of it may be empty or numbered: nnU-Net v2, version 1, Decathlon, pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from data.folders.cases import read_volume
from data.folders.listing import Listing, list_folder
from tests.data.folders.harm import changed, emptied, refused, text, without
from tests.data.folders.small_folders import MASK, decathlon, names, nifti, pair, relisted, v2, volume


def parts(listing: Listing) -> dict[str, str]:
    return {case.name: case.part for case in listing.cases}


def hidden(path: Path) -> None:
    emptied(path)
    text(path / ".DS_Store", "x")
    text(path / "._c9_0000.nii.gz", "x")


LABELED = {"c1": "labeled", "c2": "labeled"}


@pytest.mark.parametrize("empty", [emptied, hidden])
@pytest.mark.parametrize("write", [v2, decathlon, pair])
def test_a_folder_that_may_be_left_out_may_be_empty(
    tmp_path: Path, write: Callable[[Path], Path], empty: Callable[[Path], None]
) -> None:
    root = write(tmp_path / "toy")
    for name in ("imagesUn", "imagesTs", "labelsTs", "unlabeled"):
        (root / name).mkdir(exist_ok=True)
        empty(root / name)
    found = parts(list_folder(root))
    assert {name: part for name, part in found.items() if name != "u1"} == LABELED  # u1 of a pair lies in images/


@pytest.mark.parametrize("empty", [emptied, hidden])
def test_masks_of_tests_may_be_an_empty_folder_and_those_to_train_by_may_not(tmp_path: Path, empty) -> None:
    root = v2(tmp_path / "toy")
    (root / "labelsTs").mkdir()
    empty(root / "labelsTs")
    assert parts(list_folder(root)) == {**LABELED, "u1": "unlabeled", "t1": "predict"}
    empty(root / "labelsTr")
    refused(
        tmp_path, lambda: list_folder(root), r"labelsTr (is empty|holds .*), and no image; expected images that end"
    )
    empty(root / "imagesTr")
    refused(
        tmp_path, lambda: list_folder(root), r"imagesTr (is empty|holds .*), and no image; expected images that end"
    )


def test_tests_that_are_listed_and_not_there_are_told_of_an_empty_folder(tmp_path: Path) -> None:
    root = decathlon(tmp_path / "toy")
    emptied(root / "imagesTs")
    assert list_folder(root).remarks == ("dataset.json lists 1 test images, and imagesTs is not there, or empty",)


def numbered(root: Path, cases: Sequence[str], channels: int = 1) -> Path:
    """Write a Decathlon of labelled cases of these names."""
    decathlon(root, channels)
    without(root / "imagesTr")
    shape = (channels, *volume().shape) if channels > 1 else volume().shape
    for number, case in enumerate(cases):
        nifti(root / f"imagesTr/{case}.nii.gz", np.broadcast_to(volume(number), shape) + np.int16(0))
        nifti(root / f"labelsTr/{case}.nii.gz", MASK)
    stated = [{"image": f"./imagesTr/{case}.nii.gz", "label": f"./labelsTr/{case}.nii.gz"} for case in cases]
    relisted(root, lambda entries: entries.update(training=stated))
    return root


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("alone", [("x_0007", "x_0008"), ("y_0000",), ("z_0000", "z_0001")])
def test_numbers_of_a_decathlon_are_of_its_cases(tmp_path: Path, channels: int, alone: Sequence[str]) -> None:
    root = numbered(tmp_path / "toy", ("x_0000", "x_0001"), channels)
    four = np.stack([volume(5)] * channels)
    for case in alone:
        nifti(root / f"imagesUn/{case}.nii.gz", four if channels > 1 else four[0])
    found = list_folder(root)
    labeled = {"x_0000": "labeled", "x_0001": "labeled", "t1": "predict"}
    assert parts(found) == {**labeled, **dict.fromkeys(alone, "unlabeled")}
    first = read_volume(next(case for case in found.cases if case.name == alone[0]), channels)
    assert len(first.channels) == channels and np.array_equal(first.channels[-1], volume(5))


def test_a_case_of_a_decathlon_is_no_channel_of_another(tmp_path: Path) -> None:
    root = numbered(tmp_path / "toy", ("x", "x_0000"))
    assert parts(list_folder(root)) == {"x": "labeled", "x_0000": "labeled", "t1": "predict"}
    without(root / "imagesTr/x.nii.gz")
    refused(tmp_path, lambda: list_folder(root), r"dataset\.json lists x\.nii\.gz, which .*imagesTr does not have")


@pytest.mark.parametrize("channels", [1, 2])
def test_images_alone_of_version_1_have_its_channels(tmp_path: Path, channels: int) -> None:
    root = decathlon(tmp_path / "toy")
    relisted(root, lambda e: e.update(modality={str(k): "A" for k in range(channels)}, test=[]))
    for folder, case in (("imagesTr", "c1"), ("imagesTr", "c2"), ("imagesUn", "u1"), ("imagesUn", "u[2]")):
        (root / folder / f"{case}.nii.gz").unlink(missing_ok=True)
        for k in range(channels):
            nifti(root / folder / f"{case}_{k:04d}.nii.gz", volume(k))
    relisted(root, lambda entries: entries.update(unlabeled=["imagesUn/u[2].nii.gz"]))
    found = list_folder(root)
    assert parts(found) == {**LABELED, "u1": "unlabeled", "u[2]": "unlabeled"}
    assert {len(case.images) for case in found.cases} == {channels}


WITHOUT = [{"image": f"./imagesTr/{case}.nii.gz", "label": f"./labelsTr/{case}.nii.gz"} for case in ("c1", "c2")]
WITH = [{"image": f"./imagesTr/{one}_0000.nii.gz", "label": f"./labelsTr/{one}.nii.gz"} for one in ("c1", "c2")]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("training", [[], {}, WITHOUT, WITH, WITH[:1]])
def test_names_of_nnu_net_v2_are_v2_whatever_training_lists(tmp_path: Path, channels: int, training: object) -> None:
    root = v2(tmp_path / "toy", channels=channels, training=training)
    found = list_folder(root)
    assert found.kind == "nnU-Net v2" and parts(found) == {**LABELED, "u1": "unlabeled", "t1": "predict"}
    relisted(root, lambda entries: entries.update(modality=entries.pop("channel_names")))  # as nnU-Net takes it too
    assert list_folder(root) == found
    if channels == 2:
        without(root / "imagesTr/c1_0001.nii.gz")
        refused(tmp_path, lambda: list_folder(root), r"case c1 lacks channel 1, c1_0001\.nii\.gz; each case has 2")


@pytest.mark.parametrize("cases", [("c1", "c2"), ("x_0007", "x_0008"), ("x_0000", "x_0001"), ("a_0000", "b_0000")])
def test_a_decathlon_with_keys_of_v2_is_as_it_lists(tmp_path: Path, cases: Sequence[str]) -> None:
    root = numbered(tmp_path / "toy", cases)
    relisted(root, lambda entries: entries.update(channel_names=entries["modality"], file_ending=".nii.gz"))
    found = list_folder(root)
    assert found.kind == "Decathlon" and parts(found) == {**dict.fromkeys(cases, "labeled"), "t1": "predict"}


def test_a_decathlon_that_lists_nothing_says_so(tmp_path: Path) -> None:
    root = decathlon(tmp_path / "toy")
    changed(training=[])(root)
    refused(
        tmp_path, lambda: list_folder(root), r"dataset\.json: training lists no image; expected each there, with its"
    )


def test_a_pair_beside_an_empty_list_of_training_is_a_pair(tmp_path: Path) -> None:
    root = pair(tmp_path / "toy")
    names(root, training=[])
    assert list_folder(root).kind == "pair"
