"""What a folder's own files say otherwise than when its plan was made is told; what the plan says is its user's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data import catalog
from data.errors import DataError
from data.folders.plan import read_plan
from data.folders.source import Folder
from data.plan import command
from tests.data.folders.small_folders import relisted
from tests.data.folders.toy import nnunet, save, volume

SWAPPED = {"background": 0, "edge": 1, "core": 2}


@pytest.fixture
def root(tmp_path: Path, plans: Path) -> Path:
    """Return a folder of six labelled cases and two others, with a plan that lists a labelled slice."""
    folder = nnunet(tmp_path / "toy")
    (folder / "slices.csv").write_text("case,slice\nc_03,2\n", encoding="utf-8")
    catalog.find(str(folder))
    return folder


def named(root: Path, **entries: Any) -> None:
    relisted(root, lambda told: told.update(entries))


def marked(root: Path, lines: str) -> None:
    (root / "slices.csv").write_text(f"case,slice\n{lines}", encoding="utf-8")


def moved(root: Path, name: str, into: str, masks: str | None) -> None:
    """Move an image, and write its mask into a folder of masks."""
    (path,) = root.glob(f"images*/{name}_0000.nii.gz")
    (root / into).mkdir(exist_ok=True)
    path.rename(root / into / path.name)
    for mask in root.glob(f"labels*/{name}.nii.gz"):
        mask.unlink()
    if masks is not None:
        save(root / masks / f"{name}.nii.gz", volume(int(name[2:]))[1])


def edit(plan: Path, said: Mapping[str, Any] | None = None, **changed: Any) -> None:
    values = json.loads(plan.read_text(encoding="utf-8"))
    plan.write_text(json.dumps({**values, **changed, "said": {**values["said"], **(said or {})}}), encoding="utf-8")


def found(root: Path) -> Folder:
    source = catalog.find(str(root))
    assert isinstance(source, Folder)
    return source


THEN = "when the plan was made"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda root: named(root, labels=SWAPPED),
            rf"dataset\.json names labels 1 edge, 2 core, and labels 1 core, 2 edge {THEN}; edit labels and said\.l",
        ),
        (
            lambda root: named(root, labels={"background": 0, "core": 1, "rim": 2}),
            rf"names labels 1 core, 2 rim, and labels 1 core, 2 edge {THEN}; edit labels and said\.labels in the plan",
        ),
        (
            lambda root: named(root, labels={"background": 0, "core": 1, "edge": 2, "ignore": 3}),
            rf"dataset\.json names ignore 3, and no ignore {THEN}; edit ignored and said\.ignored in the plan",
        ),
        (
            lambda root: named(root, channel_names={"0": "CT"}),
            rf"dataset\.json names channels CT, and channels MRI {THEN}; edit channels and said\.channels in the plan",
        ),
        (
            lambda root: marked(root, "c_03,2\nc_02,4\n"),
            rf"of case c_02 slices\.csv lists slices 4, and no slices {THEN}; edit partly and said\.slices in the plan",
        ),
        (
            lambda root: (root / "slices.csv").unlink(),
            rf"of case c_03 slices\.csv lists no slices, and slices 2 {THEN}; edit partly and said\.slices",
        ),
        (
            lambda root: moved(root, "c_07", "imagesTr", "labelsTr"),
            rf'c_07 has a mask now \(case c_07: "labeled"\), and had none {THEN}; edit unlabeled and said\.parts in',
        ),
        (
            lambda root: moved(root, "c_02", "imagesTs", "labelsTs"),
            rf'c_02 has a case to test now \(case c_02: "test"\), and had none {THEN}; edit train, val, test and said',
        ),
        (
            lambda root: moved(root, "c_02", "imagesTr", None),
            rf'c_02 has no mask now \(case c_02: "unlabeled"\), and had one {THEN}; edit unlabeled and said\.p',
        ),
    ],
    ids=["swapped", "renamed", "ignore", "channel", "marked", "unmarked", "masked", "tested", "bared"],
)
def test_what_the_folder_says_otherwise_is_told_in_one_sentence(root: Path, plans: Path, change, words: str) -> None:
    change(root)
    for spec in (str(root), "toy", str(plans / "toy.json")):
        with pytest.raises(DataError, match=words) as told:
            catalog.find(spec)
        assert str(told.value).startswith(f"{plans / 'toy.json'}: ")
        assert str(told.value).endswith(f"or make it anew: python -m data.plan {root} --force")
        assert "\n" not in str(told.value)
    assert command([str(root), "--force"]) == 0
    assert found(root).plan.said == read_plan(plans / "toy.json").said


def test_an_edit_of_the_plan_is_taken_whatever_the_folder_says(root: Path, plans: Path) -> None:
    values = read_plan(plans / "toy.json")
    train = [name for name in values.train if name != "c_02"]
    sides = {part: [one for one in getattr(values, part) if one != "c_02"] for part in ("val", "test")}
    for part in ("val", "test"):
        sides[part] = sides[part] or [train.pop()]
    edit(
        plans / "toy.json",
        labels={"rim": 2, "heart": 1},
        ignored=9,
        partly={"c_04": [1, 2]},
        channels=[{"name": "CT", "intensity": "ct", "window": [-100, 200]}],
        unlabeled=[*values.unlabeled, "c_02"],
        train=train,
        **sides,
    )
    source = found(root)
    assert source.task.structures == ("rim", "heart")
    assert "c_02" in source.split.unmasked and source.plan.partly == {"c_04": (1, 2)}


def test_whose_a_case_is_may_be_edited_across_what_the_folder_says(root: Path, plans: Path) -> None:
    edit(plans / "toy.json", patients={"c_07": "c_01"}, unlabeled=["c_08"])
    assert "c_07" in found(root).named(["c_01"])


def test_the_plan_follows_the_folder_by_an_edit_of_both_fields(root: Path, plans: Path) -> None:
    named(root, labels=SWAPPED)
    edit(plans / "toy.json", labels={"edge": 1, "core": 2})
    with pytest.raises(DataError, match=r"dataset\.json names labels 1 edge, 2 core"):
        found(root)
    edit(plans / "toy.json", {"labels": {"edge": 1, "core": 2}})
    assert found(root).task.structures == ("edge", "core")


def test_a_case_that_got_its_mask_trains_by_it_once_the_plan_says_so(root: Path, plans: Path) -> None:
    moved(root, "c_07", "imagesTr", "labelsTr")
    values = read_plan(plans / "toy.json")
    assert values.said is not None
    said = {"parts": {**values.said.parts, "c_07": "labeled"}}
    edit(plans / "toy.json", said, train=[*values.train, "c_07"], unlabeled=["c_08"])
    assert found(root).cases(["c_07"])[0].mask is not None
    edit(plans / "toy.json", train=values.train, unlabeled=["c_07", "c_08"])  # its user's to say, from now on
    assert "c_07" in found(root).split.unmasked


def test_a_mask_that_went_and_comes_back_is_told_both_times(root: Path, plans: Path) -> None:
    values = read_plan(plans / "toy.json")
    assert values.said is not None
    (name, *train), parts = values.train, values.said.parts
    marked(root, "")
    edit(plans / "toy.json", {"slices": {}}, partly={})
    moved(root, name, "imagesTr", None)
    with pytest.raises(DataError, match=rf"{name} has no mask now"):
        found(root)
    unlabeled = [*values.unlabeled, name]
    edit(plans / "toy.json", {"parts": {**parts, name: "unlabeled"}}, train=train, unlabeled=unlabeled)
    assert name in found(root).split.unmasked
    moved(root, name, "imagesTr", "labelsTr")
    with pytest.raises(DataError, match=rf"{name} has a mask now"):
        found(root)


def test_a_new_case_with_a_mask_of_an_unlabelled_patient_is_told(tmp_path: Path, plans: Path) -> None:
    root = nnunet(tmp_path / "toy")
    assert command([str(root), "--patients", r"(c_\d\d)"]) == 0
    image, mask = volume(7)
    save(root / "imagesTr" / "c_07b_0000.nii.gz", image)
    save(root / "labelsTr" / "c_07b.nii.gz", mask)
    edit(plans / "toy.json", patients={"c_07b": "c_07"})
    with pytest.raises(DataError, match=r'c_07 has a mask now \(case c_07b: "labeled"\), and had none when the plan'):
        found(root)


def test_a_case_that_comes_with_its_patient_and_one_that_goes_are_the_plans_to_take(root: Path, plans: Path) -> None:
    for number in (9, 10):
        image, mask = volume(number)
        save(root / "imagesTr" / f"c_{number:02d}_0000.nii.gz", image)
        save(root / "labelsTr" / f"c_{number:02d}.nii.gz", mask)
    moved(root, "c_08", "imagesTr", None)
    (root / "imagesTr" / "c_08_0000.nii.gz").unlink()
    values = read_plan(plans / "toy.json")
    edit(plans / "toy.json", train=[*values.train, "c_09"], unlabeled=["c_07", "c_10"])
    assert {"c_09", "c_10"} <= {*found(root).split.train}


def test_a_table_that_the_user_named_counts_in_place_of_the_folders(root: Path, tmp_path: Path, plans: Path) -> None:
    table = tmp_path / "other.csv"
    table.write_text("case,slice\nc_04,1\n", encoding="utf-8")
    assert command([str(root), "--slices", str(table), "--force"]) == 0
    marked(root, "c_02,1\n")
    assert found(root).plan.partly == {"c_04": (1,)}


def test_a_plan_that_remembers_nothing_is_held_to_nothing(root: Path, plans: Path) -> None:
    values = json.loads((plans / "toy.json").read_text(encoding="utf-8"))
    (plans / "toy.json").write_text(json.dumps({**values, "said": None}), encoding="utf-8")
    named(root, labels=SWAPPED)
    assert found(root).task.structures == ("core", "edge")


def test_names_in_a_pair_that_had_none_are_told(tmp_path: Path, plans: Path) -> None:
    root = tmp_path / "pair"
    for number in range(1, 5):
        image, mask = volume(number)
        save(root / "images" / f"c{number}.nii.gz", image)
        save(root / "labels" / f"c{number}.nii.gz", mask)
    found(root)
    told = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "core": 1, "edge": 2}, "file_ending": ".nii.gz"}
    (root / "dataset.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DataError, match=r"dataset\.json names labels 1 core, 2 edge, and no labels when the plan"):
        found(root)
