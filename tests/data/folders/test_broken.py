"""Each way a folder of nnU-Net is broken is one sentence that names the file or case, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.data.folders.harm import (
    FAR,
    TURNED,
    changed,
    cut_short,
    emptied,
    labeled,
    linked,
    masked,
    read,
    refused,
    text,
    without,
)
from tests.data.folders.small_folders import AFFINE, MASK, names, nifti, v2, volume

IMAGE, SECOND = "imagesTr/c1_0000.nii.gz", "imagesTr/c1_0001.nii.gz"

V2: dict[str, tuple[Callable[[Path], object], str]] = {
    "json that is none": (lambda r: text(r / "dataset.json", "{"), r"dataset.json is no JSON \(.*\); write it as"),
    "json of a list": (lambda r: text(r / "dataset.json", "[]"), "dataset.json holds no object of keys and values"),
    "no labels": (lambda r: names(r, labels=None), 'dataset.json names no labels; expected "labels": {"background": 0'),
    "no channels": (lambda r: names(r, channel_names=None), "names neither channel_names, as nnU-Net v2, nor modality"),
    "channels with a gap": (
        changed(channel_names={"0": "A", "2": "B"}),
        "channel_names is .*; expected .* without a gap",
    ),
    "labels without 0": (labeled(a=1, b=2), "labels are a 1, b 2; background must be 0"),
    "another background": (labeled(a=0, background=1), "labels are a 0, background 1; background must be 0"),
    "labels with a gap": (labeled(background=0, a=1, b=3), "background 0, a 1, b 3; expected each of 0 to 2 once"),
    "labels of one value": (labeled(background=0, a=1, b=1), "a 1, b 1; expected each of 0 to 2 once"),
    "a region": (labeled(background=0, a=[1, 2]), r"label a is a region, of \[1, 2\]; only labels of one value each"),
    "a label of words": (labeled(background=0, a="one"), "label a is 'one'; expected a whole number"),
    "the average": (labeled(background=0, avg=1), "calls a label avg, as records call the average over all; name it"),
    "ignore within": (labeled(background=0, a=1, ignore=1), "ignore is 1; expected a value from 2 to 255"),
    "too many named": (labeled(**{f"s{k}": k for k in range(61)}), "names 61 classes, .* expected 2 to 60"),
    "one class": (labeled(background=0), "names 1 classes, background included; expected 2 to 60"),
    "an ending of none": (
        changed(file_ending=".nrrd"),
        "imagesTr has no file that ends with .nrrd, but c1_0000.nii.gz",
    ),
    "an unknown ending": (changed(file_ending=".xyz"), "file_ending is '.xyz'; expected one of .nii.gz, .nii, .nrrd"),
    "no imagesTr": (lambda r: without(r / "imagesTr"), "imagesTr does not exist; expected a folder of images"),
    "empty imagesTr": (lambda r: emptied(r / "imagesTr"), "imagesTr is empty, and no image; expected images that end"),
    "no masks": (lambda r: without(r / "labelsTr"), "none of its 4 images has a mask; at least one must have one"),
    "a mask alone": (lambda r: without(r / IMAGE), r"c1.nii.gz is a mask without an image; expected c1_0000.nii.gz in"),
    "no number": (
        lambda r: (r / IMAGE).rename(r / "imagesTr/c1.nii.gz"),
        "c1.nii.gz has no channel's number; nnU-Net v2 names images CASE_0000.nii.gz",
    ),
    "a channel too many": (
        lambda r: nifti(r / SECOND, volume()),
        "case c1 has channel 1, c1_0001.nii.gz; expected 0 to 0",
    ),
    "two files of a case": (
        lambda r: nifti(r / "imagesTr/c1_0000.nii", volume()),
        "c1_0000.nii and c1_0000.nii.gz are two files of one case, c1_0000; keep one",
    ),
    "letters only": (
        lambda r: nifti(r / "imagesTr/C1_0000.nii.gz", volume()),
        "C1_0000.nii.gz and c1_0000.nii.gz differ by the case of letters only; keep one",
    ),
    "twice": (
        lambda r: nifti(r / "imagesUn/c1_0000.nii.gz", volume()),
        "case c1 is there twice, imagesTr/c1_0000.nii.gz and imagesUn/c1_0000.nii.gz; name each case once",
    ),
    "a dangling link": (lambda r: linked(r / IMAGE), "c1_0000.nii.gz is a link that leads nowhere, to nowhere.nii.gz"),
    "zero bytes": (lambda r: (r / IMAGE).write_bytes(b""), "c1_0000.nii.gz is empty, of 0 bytes; copy it again"),
    "a truncated file": (lambda r: cut_short(r / IMAGE), r"c1_0000.nii.gz cannot be read as .nii.gz \(.*\); copy it"),
    "another's bytes": (lambda r: text(r / IMAGE, "hello" * 99), r"cannot be read as .nii.gz \(.*\); copy it again"),
    "a folder as a file": (lambda r: emptied(r / IMAGE), "c1_0000.nii.gz is a folder, which is empty; put the file"),
    "a series": (
        lambda r: nifti(r / IMAGE, np.stack([volume()] * 2)),
        r"is a 4-D file, of shape \(5, 4, 3, 2\); expected one 3-D volume",
    ),
    "a mask of another shape": (masked(MASK[:2]), r"case c1: the mask has shape \(2, 4, 5\), the image \(3, 4, 5\)"),
    "a mask elsewhere": (masked(MASK, FAR), r"case c1: the mask's first voxel lies at \(30, 0, 0\) mm, the image's at"),
    "a mask that is turned": (
        masked(MASK, TURNED),
        "case c1: the mask has spacing 10 x 1.3 x 1.3 mm, the image 10 x 1.5 x 1.25",
    ),
    "an unknown label": (masked(MASK + np.uint8(2)), "c1.nii.gz holds label 3; known are 0 background, 1 a, 2 b"),
    "NaN": (masked(np.where(MASK == 1, np.nan, 0).astype("f4")), "c1.nii.gz: mask holds .* from 0 to 255, nan first"),
    "fractions": (
        masked((MASK / 2).astype("f4")),
        "c1.nii.gz: mask holds .* no whole numbers from 0 to 255, 0.5 first",
    ),
    "negative labels": (masked(-MASK.astype("i2")), "c1.nii.gz: mask holds .* whole numbers from 0 to 255, -1 first"),
    "all masks empty": (
        lambda r: [masked(MASK * 0)(r), nifti(r / "labelsTr/c2.nii.gz", MASK * 0)],
        "all masks are empty, of value 0; expected a structure in some of them",
    ),
    "a slice beyond": (
        lambda r: text(r / "slices.csv", "case,slice\nc1,3\n"),
        "case c1: slice 3 .*; it has slices 0 to 2",
    ),
    "a negative slice": (
        lambda r: text(r / "slices.csv", "case,slice\nc1,-1\n"),
        "line 2: slice '-1' of case c1; expected",
    ),
    "slices without a mask": (
        lambda r: text(r / "slices.csv", "case,slice\nu1,0\n"),
        "slices.csv, line 2: case u1, which has no mask; with masks are c1, c2",
    ),
    "slices of nobody": (
        lambda r: text(r / "slices.csv", "case,slice\nx,0\n"),
        "case x, which the folder does not hold",
    ),
    "slices without a column": (
        lambda r: text(r / "slices.csv", "case,number\nc1,0\n"),
        "slices.csv has no column slice, but case, number; expected columns case and slice",
    ),
}


@pytest.mark.parametrize(("harm", "words"), V2.values(), ids=V2)
def test_a_broken_folder_of_nnu_net_is_one_sentence(tmp_path: Path, harm: Callable[[Path], object], words: str) -> None:
    assert len(read(v2(tmp_path / "toy")).cases) == 4
    harm(tmp_path / "toy")
    refused(tmp_path, lambda: read(tmp_path / "toy"), words)


TWO: dict[str, tuple[Callable[[Path], object], str]] = {
    "a channel missing": (lambda r: without(r / SECOND), "case c1 lacks channel 1, c1_0001.nii.gz; each case has 2"),
    "channels with a gap": (
        lambda r: (r / SECOND).rename(r / "imagesTr/c1_0002.nii.gz"),
        "case c1 lacks channel 1, c1_0001.nii.gz",
    ),
    "channels of two shapes": (
        lambda r: nifti(r / SECOND, volume()[:2]),
        r"case c1: the image of channel 1 has shape \(2, 4, 5\), the one of channel 0 \(3, 4, 5\)",
    ),
    "channels of two sizes": (
        lambda r: nifti(r / SECOND, volume(), AFFINE * [[1], [1], [0.5], [1]]),
        "case c1: the image of channel 1 has spacing 5 x 1.5 x 1.25 mm, the one of channel 0 10 x 1.5 x 1.25",
    ),
}


@pytest.mark.parametrize(("harm", "words"), TWO.values(), ids=TWO)
def test_broken_channels_are_one_sentence(tmp_path: Path, harm: Callable[[Path], object], words: str) -> None:
    assert len(read(v2(tmp_path / "toy", channels=2)).channels) == 2
    harm(tmp_path / "toy")
    refused(tmp_path, lambda: read(tmp_path / "toy"), words)
