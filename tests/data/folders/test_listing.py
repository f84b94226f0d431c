"""Folders in each layout give their cases, parts, names and remarks; real ones too."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.folders.cases import labels_seen, planar_of, read_labels, read_volume, structures_of
from data.folders.listing import Listing, NameRules, list_folder
from data.folders.patients import check_patients, grouped
from tests.data.folders.small_folders import MASK, decathlon, names, nifti, pair, png, relisted, v2, volume


def parts(listing: Listing) -> dict[str, str]:
    return {case.name: case.part for case in listing.cases}


def test_nnu_net_v2_is_listed_by_part(tmp_path: Path) -> None:
    found = list_folder(v2(tmp_path / "Dataset001_Toy", channels=2, name="Toy"))
    assert (found.name, found.kind, found.channels) == ("Toy", "nnU-Net v2", ("T0", "T1"))
    assert (dict(found.labels or {}), found.ignored, found.remarks) == ({"a": 1, "b": 2}, None, ())
    assert parts(found) == {"c1": "labeled", "c2": "labeled", "u1": "unlabeled", "t1": "predict"}
    assert [path.name for path in found.cases[0].images] == ["c1_0000.nii.gz", "c1_0001.nii.gz"]
    image = read_volume(found.cases[1], 2)
    np.testing.assert_array_equal(np.stack(image.channels), [volume(1), volume(2)])
    mask = read_labels(found.cases[1], image, found.labels, found.ignored)
    assert mask is not None and np.array_equal(mask, MASK)


def test_masks_of_imagests_make_test_cases_and_a_lacking_mask_an_unlabelled_one(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy")
    nifti(root / "labelsTs/t1.nii.gz", MASK)
    (root / "labelsTr/c2.nii.gz").unlink()
    found = list_folder(root)
    assert parts(found) == {"c1": "labeled", "c2": "unlabeled", "u1": "unlabeled", "t1": "test"}
    assert found.name == "toy"
    (root / "labelsTr/notes.txt").write_text("x")
    (root / "imagesTr/._c1_0000.nii.gz").write_text("x")
    relisted(root, lambda entries: entries.update(numTraining=5))
    assert list_folder(root).remarks == (
        "labelsTr: 1 file of another kind left aside (notes.txt)",
        "dataset.json says numTraining 5; 1 images have masks",
    )


def test_the_ignored_value_is_no_structure(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy", labels={"ignore": 2, "background": 0, "a": 1})
    found = list_folder(root)
    assert (found.labels, found.ignored) == ({"a": 1}, 2)
    assert structures_of(found, {0, 1, 2}) == {"a": 1}


def test_colours_in_one_file_are_the_channels_that_are_named(tmp_path: Path) -> None:
    root = tmp_path / "toy"
    names(root, channel_names={"0": "R", "1": "G", "2": "B"}, file_ending=".png", labels={"background": 0, "a": 1})
    colour = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    for case, values in (("c1", colour), ("c2", np.stack([MASK[0]] * 3, -1))):
        png(root / f"imagesTr/{case}_0000.png", values)
        png(root / f"labelsTr/{case}.png", (MASK[0] > 1).astype(np.uint8))
    found = list_folder(root)
    images = [read_volume(case, len(found.channels)) for case in found.cases]
    assert np.array_equal(np.concatenate(images[0].channels), np.moveaxis(colour, -1, 0))
    assert np.array_equal(np.concatenate(images[1].channels), [MASK[0]] * 3)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_decathlon_is_listed_as_its_json_says(tmp_path: Path, channels: int) -> None:
    found = list_folder(decathlon(tmp_path / "Task99_Toy", channels))
    assert (found.name, found.kind, found.labels) == ("Toy", "Decathlon", {"a": 1, "b": 2})
    assert parts(found) == {"c1": "labeled", "c2": "labeled", "t1": "predict"}
    image = read_volume(found.cases[0], channels)
    assert len(image.channels) == channels and np.array_equal(image.channels[-1], volume())


def test_a_decathlon_tells_what_it_does_not_list(tmp_path: Path) -> None:
    root = decathlon(tmp_path / "toy")
    nifti(root / "imagesTr/x.nii.gz", volume())
    (root / "imagesTr/._c1.nii.gz").write_text("x")
    nifti(root / "imagesUn/u1.nii.gz", volume())
    found = list_folder(root)
    assert parts(found) == {"c1": "labeled", "c2": "labeled", "u1": "unlabeled", "t1": "predict"}
    assert found.remarks == ("imagesTr: dataset.json does not list x.nii.gz; left aside",)
    shutil.rmtree(root / "imagesTs")
    assert "lists 1 test images, and imagesTs is not there, or empty" in list_folder(root).remarks[0]


def test_version_1_lists_a_case_and_has_its_channels(tmp_path: Path) -> None:
    root = decathlon(tmp_path / "toy")
    relisted(root, lambda entries: entries.update(modality={"0": "A", "1": "B"}, test=[]))
    for case in ("c1", "c2"):
        (root / f"imagesTr/{case}.nii.gz").rename(root / f"imagesTr/{case}_0000.nii.gz")
        nifti(root / f"imagesTr/{case}_0001.nii.gz", volume(5))
    found = list_folder(root)
    assert [path.name for path in found.cases[0].images] == ["c1_0000.nii.gz", "c1_0001.nii.gz"]
    assert np.array_equal(read_volume(found.cases[0], 2).channels[1], volume(5))


@pytest.mark.parametrize(
    ("images", "masks"), [("images", "masks"), ("Images", "Segmentations"), ("imagesTr", "labelsTr")]
)
def test_a_pair_is_known_by_the_names_of_its_folders(tmp_path: Path, images: str, masks: str) -> None:
    root = pair(tmp_path / "toy")
    (root / "images").rename(root / "i")
    (root / "i").rename(root / images)
    (root / "labels").rename(root / masks)
    found = list_folder(root, NameRules())
    assert (found.name, found.kind, found.labels, found.channels) == ("toy", "pair", None, ("image",))
    assert parts(found) == {"c1": "labeled", "c2": "labeled", "u1": "unlabeled"}
    assert structures_of(found, {0, 1, 2}) == {"label 1": 1, "label 2": 2}


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("{}", "{}_mask"),
        ("{}", "{}_seg"),
        ("{}", "{}-Label"),
        ("{}", "mask_{}"),
        ("{}_image", "{}_gt"),
        ("volume-{}", "segmentation-{}"),
        ("img_{}", "{}"),
        ("{}_0000", "{}"),
    ],
)
def test_images_and_masks_are_paired_by_their_names(tmp_path: Path, image: str, mask: str) -> None:
    for number, case in enumerate(("7", "8", "9")):
        nifti(tmp_path / "images" / f"{image.format(case)}.nii.gz", volume(number))
        if case != "9":
            nifti(tmp_path / "labels" / f"{mask.format(case)}.nii.gz", MASK)
    found = list_folder(tmp_path)
    told = [(case.images[0].name[:-7], case.mask and case.mask.name[:-7]) for case in found.cases]
    assert told == [
        (image.format("7"), mask.format("7")),
        (image.format("8"), mask.format("8")),
        (image.format("9"), None),
    ]


@pytest.mark.parametrize("counts", [(4,), (4, 2), (4, 3, 2)])
def test_numbers_of_slices_are_no_channels(tmp_path: Path, counts: tuple[int, ...]) -> None:
    expected = [f"scan{scan}_{number:04d}" for scan, count in enumerate(counts) for number in range(count)]
    for name in expected:
        png(tmp_path / f"images/{name}.png", MASK[0])
        png(tmp_path / f"masks/{name}.png", MASK[1])
    assert [case.name for case in list_folder(tmp_path).cases] == expected


def test_a_pair_of_two_channels_in_files_of_their_own(tmp_path: Path) -> None:
    for case in ("c1", "c2"):
        for channel in range(2):
            nifti(tmp_path / f"imagesTr/{case}_{channel:04d}.nii.gz", volume(channel))
        nifti(tmp_path / f"labelsTr/{case}.nii.gz", MASK)
    found = list_folder(tmp_path)
    assert found.channels == ("channel 0", "channel 1") and len(found.cases) == 2


def test_a_pair_in_colours_and_folders_of_images_alone(tmp_path: Path) -> None:
    root = pair(tmp_path / "toy", png, ".png")
    colour = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    for path in [*(root / "images").iterdir(), root / "unlabeled/x.png", root / "imagesTs/t.png"]:
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(colour).save(path)
    found = list_folder(root)
    assert found.channels == ("red", "green", "blue")
    assert parts(found) == {"c1": "labeled", "c2": "labeled", "u1": "unlabeled", "x": "unlabeled", "t": "predict"}


def test_a_pair_takes_names_from_a_dataset_json_beside_it(tmp_path: Path) -> None:
    root = pair(tmp_path / "toy")
    names(root, channel_names={"0": "CT"}, name="Mine", numTraining=None)
    found = list_folder(root)
    assert (found.name, found.kind, found.labels, found.channels) == ("Mine", "pair", {"a": 1, "b": 2}, ("CT",))


def real(name: str) -> Path:
    root = Path(os.environ.get("ACTION_BENCH_DATA", "")) / "nnunet" / name
    if "ACTION_BENCH_DATA" not in os.environ or not root.is_dir():
        pytest.skip(f"ACTION_BENCH_DATA names no folder with nnunet/{name}")
    return root


@pytest.mark.parametrize(
    ("name", "counts", "structures", "patients", "planar"),
    [
        ("Dataset004_Hippocampus", (180, 60, 20), ["anterior", "posterior"], (180, 60, 20), False),
        ("Dataset903_LiverSlices", (367, 149, 107), ["liver"], (72, 30, 20), True),
    ],
)
def test_real_folders_are_listed_and_read(name: str, counts, structures, patients, planar: bool) -> None:
    found = list_folder(real(name))
    known = Counter(case.part for case in found.cases)
    assert (known["labeled"], known["unlabeled"], known["predict"]) == counts
    assert list(found.labels or {}) == structures and found.remarks == ()
    whose = grouped([case.name for case in found.cases], planar=planar)
    check_patients(found, whose.patients)
    of = [
        {whose.patients[case.name] for case in found.cases if case.part == p}
        for p in ("labeled", "unlabeled", "predict")
    ]
    assert tuple(map(len, of)) == patients
    sample = found.cases[::20]
    images = {case.name: read_volume(case, 1) for case in sample}
    assert planar_of(found, {one: image.planar for one, image in images.items()}) is planar
    masks = [read_labels(case, images[case.name], found.labels, found.ignored) for case in sample]
    assert labels_seen(mask for mask in masks if mask is not None) == set(range(len(structures) + 1))
