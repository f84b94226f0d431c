"""Each way a Decathlon's folder, a pair or pictures are broken is one sentence that names what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.data.folders.harm import (
    all_masks,
    changed,
    colours,
    cut_short,
    emptied,
    read,
    refused,
    text,
    without,
)
from tests.data.folders.small_folders import MASK, decathlon, nifti, pair, png, volume

LISTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "an image listed": (
        lambda r: without(r / "imagesTr/c1.nii.gz"),
        r"dataset.json lists c1.nii.gz, which .*imagesTr does not have; put it there, or unlist it",
    ),
    "a mask listed": (lambda r: without(r / "labelsTr/c1.nii.gz"), r"lists c1.nii.gz, which .*labelsTr does not have"),
    "a test image listed": (
        lambda r: nifti(r / "imagesTs/t2.nii.gz", volume()) and without(r / "imagesTs/t1.nii.gz"),
        r"lists t1.nii.gz, which .*imagesTs does not have",
    ),
    "no list": (changed(training=5), "training is no list; expected one of images and their labels"),
    "an entry of nothing": (
        changed(training=[{"label": "x"}]),
        "training lists {'label': 'x'}; expected an image's path",
    ),
    "files of channels too many": (changed(modality={"0": "A", "1": "B"}), "c1.nii.gz holds 1 channels; expected 2"),
}


@pytest.mark.parametrize(("harm", "words"), LISTED.values(), ids=LISTED)
def test_a_broken_decathlon_is_one_sentence(tmp_path: Path, harm: Callable[[Path], object], words: str) -> None:
    assert len(read(decathlon(tmp_path / "toy")).cases) == 3
    harm(tmp_path / "toy")
    refused(tmp_path, lambda: read(tmp_path / "toy"), words)


PAIR: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folders": (
        lambda r: [without(r / "images"), text(r / "a.txt", "")],
        "toy holds 1 folder, labels and 1 file, a.txt; expected dataset.json beside imagesTr and labelsTr",
    ),
    "a level too high": (
        lambda r: [(r / "train").mkdir(), (r / "images").rename(r / "train/images")],
        "or images/ beside labels/ or masks/; give one of its folders instead: train",
    ),
    "two folders of masks": (
        lambda r: pair(r / "x") and (r / "x/labels").rename(r / "masks"),
        "toy holds labels and masks",
    ),
    "two masks of an image": (
        lambda r: (
            [(r / "labels/c1.nii.gz").rename(r / f"labels/c1_{w}.nii.gz") for w in ("seg",)]
            and nifti(r / "labels/c1_mask.nii.gz", MASK)
        ),
        "c1_seg.nii.gz and c1_mask.nii.gz are masks of one image; give each image and its mask one name",
    ),
    "a mask alone": (
        lambda r: without(r / "images/c1.nii.gz"),
        "labels/c1.nii.gz is a mask without an image; among the",
    ),
    "JPEG": (
        lambda r: [emptied(r / "images"), text(r / "images/c1.jpg", "x")],
        "images holds 1 file, c1.jpg, and no image; save them as PNG from the source: JPEG changes values",
    ),
    "DICOM": (
        lambda r: [emptied(r / "images"), text(r / "images/1.dcm", "x")],
        "convert DICOM to NIfTI, with dcm2niix",
    ),
    "all masks empty": (all_masks(MASK * 0), "toy: all masks are empty, of value 0"),
    "too many values": (
        all_masks(np.arange(60, dtype="u1").reshape(3, 4, 5) + np.uint8(1)),
        "hold 60 values .* most 60",
    ),
    "2-D among 3-D": (
        lambda r: png(r / "images/d1.png", volume()[0].astype("u1")),
        "toy: d1.png is 2-D, c1.nii.gz 3-D; expected files of one kind",
    ),
}


@pytest.mark.parametrize(("harm", "words"), PAIR.values(), ids=PAIR)
def test_a_broken_pair_is_one_sentence(tmp_path: Path, harm: Callable[[Path], object], words: str) -> None:
    assert len(read(pair(tmp_path / "toy")).cases) == 3
    harm(tmp_path / "toy")
    refused(tmp_path, lambda: read(tmp_path / "toy"), words)


FLAT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a mask of another size": (
        lambda r: png(r / "labels/c1.png", MASK[0, :3]),
        r"case c1: the mask has shape \(1, 3, 5\), the image \(1, 4, 5\)",
    ),
    "a mask in colours": (
        lambda r: colours(r / "labels/c1.png"),
        "labels/c1.png holds colours, of 3 channels; expected",
    ),
    "a truncated picture": (
        lambda r: cut_short(r / "images/c1.png"),
        r"images/c1.png cannot be read as .png \(.*\); copy",
    ),
    "another's bytes": (
        lambda r: text(r / "images/c1.png", "GIF89a"),
        r"c1.png cannot be read as .png \(it holds no PNG",
    ),
}


@pytest.mark.parametrize(("harm", "words"), FLAT.values(), ids=FLAT)
def test_broken_pictures_are_one_sentence(tmp_path: Path, harm: Callable[[Path], object], words: str) -> None:
    assert len(read(pair(tmp_path / "toy", png, ".png")).cases) == 3
    harm(tmp_path / "toy")
    refused(tmp_path, lambda: read(tmp_path / "toy"), words)
