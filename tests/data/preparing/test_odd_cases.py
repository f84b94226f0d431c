"""What is wrong with the files of one case, or with its kind, is that case's, and all others are prepared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import tifffile

from data import catalog
from data.errors import DataError
from data.folders.plan import read_plan, write_plan
from tests.data.folders.small_folders import relisted
from tests.data.folders.toy import nnunet, save, volume
from tests.data.preparing.toy import prepare, shards


def decathlon(root: Path) -> Path:
    """Write eight cases as a Decathlon's dataset.json lists them, of which two are to test."""
    for number in range(1, 9):
        image, mask = volume(number)
        end = "Ts" if number > 6 else "Tr"
        save(root / f"images{end}" / f"c_{number:02d}.nii.gz", image)
        save(root / f"labels{end}" / f"c_{number:02d}.nii.gz", mask)
    paths = {k: {"image": f"./imagesTr/c_{k:02d}.nii.gz", "label": f"./labelsTr/c_{k:02d}.nii.gz"} for k in range(1, 7)}
    tests = [{part: path.replace("Tr", "Ts") for part, path in paths[1].items()} for _ in range(2)]
    tests = [{part: path.replace("c_01", f"c_{k:02d}") for part, path in tests[0].items()} for k in (7, 8)]
    labels = {"0": "background", "1": "core", "2": "edge"}
    about = {"name": "Toy", "modality": {"0": "MRI"}, "labels": labels, "training": [*paths.values()], "test": tests}
    (root / "dataset.json").write_text(json.dumps(about), encoding="utf-8")
    return root


def pair(root: Path) -> Path:
    for number in range(1, 9):
        image, mask = volume(number)
        for channel in range(2):
            save(root / "images" / f"c_{number:02d}_{channel:04d}.nii.gz", image + channel)
        save(root / "labels" / f"c_{number:02d}.nii.gz", mask)
    return root


def single(root: Path) -> Path:
    """Write eight pictures of one slice as TIFF, of 8 bits."""
    for number in range(1, 9):
        image, mask = volume(number)
        for folder, values in (("images", image), ("masks", mask)):
            (root / folder).mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(root / folder / f"c_{number:02d}.tif", np.clip(values[..., 2], 0, 255).astype(np.uint8))
    return root


def pages(root: Path) -> None:
    for folder in ("images", "masks"):
        values = np.zeros((5, 20, 16), np.uint8) + np.uint8(folder == "masks")
        tifffile.imwrite(root / folder / "c_01.tif", values, photometric="minisblack")


def two_channels(root: Path) -> Path:
    return nnunet(root, masked=8, bare=0, channels=("T1", "T2"))


MADE: Mapping[str, Callable[[Path], Path]] = {
    "channels": two_channels,
    "decathlon": decathlon,
    "pair": pair,
    "plain": lambda root: nnunet(root, masked=8, bare=0),
    "single": single,
}
HARM: Mapping[str, tuple[str, Callable[[Path], object], str]] = {
    "a channel that is missing": (
        "channels",
        lambda root: (root / "imagesTr/c_01_0001.nii.gz").unlink(),
        "case c_01 lacks channel 1, c_01_0001.nii.gz; each case has 2",
    ),
    "a channel too many": (
        "channels",
        lambda root: save(root / "imagesTr/c_01_0002.nii.gz", volume(1)[0]),
        "case c_01 has channel 2, c_01_0002.nii.gz; expected 0 to 1",
    ),
    "a channel without a number": (
        "channels",
        lambda root: [
            (root / "imagesTr/c_01_0000.nii.gz").rename(root / "imagesTr/c_01.nii.gz"),
            (root / "imagesTr/c_01_0001.nii.gz").unlink(),
        ],
        "c_01.nii.gz has no channel's number; nnU-Net v2 names images CASE_0000.nii.gz",
    ),
    "an image that is gone": (
        "plain",
        lambda root: (root / "imagesTr/c_01_0000.nii.gz").unlink(),
        "labelsTr/c_01.nii.gz is a mask without an image; expected c_01_0000.nii.gz in imagesTr",
    ),
    "an image that is there twice": (
        "plain",
        lambda root: save(root / "imagesUn/c_01_0000.nii.gz", volume(1)[0]),
        "case c_01 is there twice, imagesTr/c_01_0000.nii.gz and imagesUn/c_01_0000.nii.gz; name each case once",
    ),
    "an image that is listed and gone": (
        "decathlon",
        lambda root: (root / "imagesTr/c_01.nii.gz").unlink(),
        "dataset.json lists c_01.nii.gz, which",
    ),
    "a mask that is listed and gone": (
        "decathlon",
        lambda root: (root / "labelsTr/c_01.nii.gz").unlink(),
        "dataset.json lists c_01.nii.gz, which",
    ),
    "a channel of a pair": (
        "pair",
        lambda root: (root / "images/c_01_0001.nii.gz").unlink(),
        "case c_01 lacks channel 1, c_01_0001.nii.gz; each case has 2",
    ),
    "an image of a pair": (
        "pair",
        lambda root: [path.unlink() for path in root.glob("images/c_01*")],
        "labels/c_01.nii.gz is a mask without an image; among the images are c_02",
    ),
    "two masks of a pair": (
        "pair",
        lambda root: save(root / "labels/c_01_seg.nii.gz", volume(1)[1]),
        "are masks of one image; give each image and its mask one name",
    ),
    "several slices": ("single", pages, "c_01: c_01.tif has 5 slices"),
}


@pytest.mark.parametrize("planned", [True, False], ids=["with a plan", "without"])
@pytest.mark.parametrize("harm", HARM)
def test_a_case_whose_files_make_none_is_broken_and_all_others_are_prepared(
    tmp_path: Path, place: Path, plans: Path, capsys, harm: str, planned: bool
) -> None:
    layout, do, words = HARM[harm]
    root = MADE[layout](tmp_path / "toy")
    if planned:
        catalog.find(str(root))
    do(root)
    assert prepare(root) == 1
    said = capsys.readouterr().out
    (line,) = (line for line in said.splitlines() if line.startswith("  broken: "))
    assert line.startswith("  broken: c_01 (") and words in line
    assert read_plan(plans / "toy.json").broken.keys() == {"c_01"}
    source = catalog.find(str(root))
    everyone = {*source.split.train, *source.split.val, *source.split.test}
    assert everyone == {f"c_{number:02d}" for number in range(2, 9)}
    assert len(list(place.rglob("*.images.npy"))) == len(source.split.train) + len(source.split.val)
    assert "case: c_01 (" in source.told()["left out"] and words in source.told()["left out"]


@pytest.mark.parametrize("harm", [name for name in HARM if name != "several slices"])
def test_without_preparing_it_a_new_folder_is_refused_for_such_a_case_by_its_name(tmp_path: Path, harm: str) -> None:
    layout, do, words = HARM[harm]
    do(MADE[layout](tmp_path / "toy"))
    with pytest.raises(DataError) as error:
        catalog.find(str(tmp_path / "toy"))
    assert words in str(error.value)


def test_a_volume_that_takes_the_place_of_a_test_slice_is_named_and_alone(tmp_path: Path, place: Path, capsys) -> None:
    root = single(tmp_path / "toy")
    assert prepare(root) == 0
    before = shards(place)
    (tested, *_) = catalog.find(str(root)).split.test
    tifffile.imwrite(root / "images" / f"{tested}.tif", np.zeros((2, 20, 16), np.uint8), photometric="minisblack")
    capsys.readouterr()
    assert prepare(root) == 1
    said = capsys.readouterr().out
    assert [line.split(":")[1] for line in said.splitlines() if "broken: " in line] == [f" {tested} (test)"]
    assert f"{tested}.tif has 2 slices, and the plan says that each case is one (planar)" in said
    assert shards(place) == before


def test_a_case_whose_mask_was_taken_away_is_broken_where_the_plan_has_it(tmp_path: Path, capsys) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=0)
    catalog.find(str(root))
    (root / "labelsTr/c_01.nii.gz").unlink()
    assert prepare(root) == 1
    assert "case c_01 has no mask; put it there, or move c_01 to unlabeled in the plan" in capsys.readouterr().out
    assert "c_01" not in catalog.find(str(root)).split.train


def test_a_listed_image_that_is_only_to_be_predicted_and_gone_is_listed(tmp_path: Path, plans: Path) -> None:
    root = decathlon(tmp_path / "toy")
    relisted(root, lambda entries: entries["test"].append("./imagesTs/c_09.nii.gz"))
    assert prepare(root) == 1
    assert read_plan(plans / "toy.json").broken.keys() == {"c_09"}
    assert catalog.find(str(root)).split.test == ("c_07", "c_08")


def test_what_no_reader_tells_apart_is_the_cases_own_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    from data.preparing import jobs

    root = nnunet(tmp_path / "toy", masked=8, bare=0)
    made, name = jobs.make, catalog.find(str(root)).split.train[0]

    def make(stream, *given):
        if stream.name == name:
            raise ZeroDivisionError("nothing to divide by")
        return made(stream, *given)

    monkeypatch.setattr(jobs, "make", make)
    assert prepare(root) == 1
    words = f"broken: {name} (training): it can't be read (ZeroDivisionError: nothing to divide by)"
    assert words in capsys.readouterr().out


def test_a_broken_case_that_is_no_more_is_forgotten(tmp_path: Path, plans: Path) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=0)
    catalog.find(str(root))
    plan = read_plan(plans / "toy.json")
    write_plan(plan.model_copy(update={"broken": {"c_99": "long gone"}}), plans / "toy.json")
    assert prepare(root) == 0
    assert read_plan(plans / "toy.json").broken == {}


def test_a_picture_among_volumes_is_broken_where_no_plan_says_otherwise(tmp_path: Path, plans: Path, capsys) -> None:
    root = tmp_path / "toy"
    for number in range(1, 9):
        image, mask = volume(number)
        save(root / "images" / f"c_{number:02d}.nii.gz", image)
        save(root / "labels" / f"c_{number:02d}.nii.gz", mask)
    tifffile.imwrite(root / "images" / "c_09.tif", np.zeros((20, 16), np.uint8))
    assert prepare(root) == 1
    words = "case c_09: c_09.tif is 2-D, most others 3-D; expected files of one kind"
    assert f"broken: c_09 (training, unlabelled): {words}" in capsys.readouterr().out
    assert read_plan(plans / "toy.json").broken == {"c_09": words} and not read_plan(plans / "toy.json").planar


def test_of_as_many_pictures_as_volumes_none_is_taken_for_the_odd_one(tmp_path: Path) -> None:
    root = single(tmp_path / "toy")
    for number in range(1, 5):
        values = np.zeros((5, 20, 16), np.uint8)
        for folder in ("images", "masks"):
            tifffile.imwrite(root / folder / f"c_{number:02d}.tif", values, photometric="minisblack")
    with pytest.raises(DataError, match=r"c_05\.tif is 2-D, c_01\.tif 3-D; expected files of one kind"):
        prepare(root)
