"""Each way a folder is broken is one sentence that names the file or case, and what would be right."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.errors import DataError, DataUsageError
from data.folders.cases import labels_seen, planar_of, read_labels, read_volume, structures_of
from data.folders.listing import Listing, NameRules, list_folder
from data.folders.marked import check_marked, marked_slices
from data.folders.patients import check_patients, grouped, patients_of
from tests.data.folders.small_folders import AFFINE, MASK, decathlon, names, nifti, pair, png, relisted, v2, volume


def read(root: Path, rule: str | Path | None = None) -> Listing:
    """Do with a folder all that comes before training."""
    listing = list_folder(root, NameRules())
    masks, planar = [], {}
    for case in listing.cases:
        image = read_volume(case, len(listing.channels))
        planar[case.name] = image.planar
        mask = read_labels(case, image, listing.labels, listing.ignored)
        masks += [] if mask is None else [mask]
    structures_of(listing, labels_seen(masks))
    flat = planar_of(listing, planar)
    check_patients(listing, patients_of([case.name for case in listing.cases], rule, flat))
    for case, slices in marked_slices(root, listing).items():
        check_marked(case, slices, len(MASK))
    return listing


def without(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def emptied(path: Path) -> None:
    without(path)
    path.mkdir()


def text(path: Path, words: str) -> None:
    path.write_text(words)


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.nii.gz")


def labeled(**labels: object) -> Callable[[Path], object]:
    return lambda root: relisted(root, lambda entries: entries.update(labels=labels))


def masked(values: np.ndarray, affine: np.ndarray | None = AFFINE) -> Callable[[Path], object]:
    return lambda root: nifti(root / "labelsTr" / "c1.nii.gz", values, affine)


def changed(**keys: object) -> Callable[[Path], object]:
    return lambda root: relisted(root, lambda entries: entries.update(keys))


def all_masks(values: np.ndarray) -> Callable[[Path], object]:
    return lambda root: [nifti(root / "labels" / f"{case}.nii.gz", values) for case in ("c1", "c2")]


def colours(path: Path) -> None:
    Image.fromarray(np.arange(60, dtype=np.uint8).reshape(4, 5, 3)).save(path)


FAR = AFFINE + np.array([[0, 0, 0, 30.0], *[[0.0] * 4] * 3])
TURNED = np.array([[-1.2, -0.5, 0, 0], [0.5, -1.2, 0, 0], [0, 0, 10, 0], [0, 0, 0, 1.0]])
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


NAMES = ["p1_a", "p1_b", "p2_a"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (r"p\d", r"--patients p\\d has 0 groups; expected one, in brackets, around the patient"),
        (r"(p)(\d).*", "has 2 groups"),
        (r"(p1).*", r"--patients \(p1\).* gives no patient of case p2_a; it must match whole names"),
        (r"(p1", r"--patients \(p1 is no regular expression \(missing \)"),
    ],
)
def test_a_rule_that_gives_no_patient_is_wrong_usage(rule: str, words: str) -> None:
    with pytest.raises(DataUsageError, match=words) as error:
        grouped(NAMES, rule)
    assert error.value.exits_with == 2 and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("case,patient\np1_a,1\n", "patients.csv lacks case p1_b, p2_a; expected a row for each of 3 cases"),
        ("case,patient\np1_a,1\np1_b,1\np2_a,2\nx,3\n", "patients.csv names case x, which the folder does not hold"),
        ("case;who\np1_a;1\n", "patients.csv has no column patient, but case, who; expected columns case and patient"),
        ("", "patients.csv is empty, of 0 bytes"),
        ("case,patient\np1_a,\n", "patients.csv, line 2: patient is empty; fill it in"),
        ("case,patient\np1_a,1\np1_a,2\n", "line 3: case p1_a is of 2, and before of 1; keep one"),
    ],
)
def test_a_broken_table_of_patients_is_one_sentence(tmp_path: Path, table: str, words: str) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(table)
    refused(tmp_path, lambda: grouped(NAMES, path), words)


def test_a_patient_on_two_sides_is_refused(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy")
    both = {"c1": "p1", "c2": "p2", "u1": "p1", "t1": "p3"}
    check_patients(list_folder(root), both)  # who is labelled in part is on one side
    nifti(root / "labelsTs/t1.nii.gz", MASK)
    shared = {"c1": "p1", "c2": "p2", "u1": "p4", "t1": "p2"}
    words = "patient p2 has case c2 to train on and t1 in imagesTs with a mask, to test; take the case out of imagesTs"
    refused(tmp_path, lambda: check_patients(list_folder(root), shared), words)


def refused(folder: Path, act: Callable[[], object], words: str) -> None:
    with pytest.raises(DataError, match=re.compile(words)) as error:
        act()
    message = str(error.value)
    assert "\n" not in message and not message.endswith(".") and len(message.replace(str(folder), "")) < 400
