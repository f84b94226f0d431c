"""A plan that its user edited, or a command that makes one, is refused where it can't be meant, in one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import catalog
from data.errors import DataError, DataUsageError
from data.folders.plan import Plan, read_plan, write_plan
from data.plan import command
from tests.data.folders.toy import nnunet, pictures, save, volume


@pytest.fixture
def plan(tmp_path: Path, plans: Path) -> Path:
    """Return the plan of six cases, of which one is labelled in part."""
    root = nnunet(tmp_path / "toy")
    (root / "slices.csv").write_text("case,slice\nc_03,2\n", encoding="utf-8")
    catalog.find(str(root))
    return plans / "toy.json"


def edited(path: Path, **changed: Any) -> Path:
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**values, **changed}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ignored": -1}, "ignored: Input should be greater than or equal to 1"),
        ({"ignored": 300}, "ignored: Input should be less than or equal to 255"),
        ({"labels": {"core": -1}}, r"labels\.core: Input should be greater than or equal to 1"),
        ({"labels": {"core": 1, "avg": 2}}, "labels: avg is what records call the average over all; name that one"),
        ({"labels": {"core": 256}}, r"labels\.core: Input should be less than or equal to 255"),
        ({"labels": {"core": True}}, r"labels\.core: Input should be a valid integer"),
        ({"partly": {"c_03": []}}, r"partly\.c_03: Tuple should have at least 1 item"),
        ({"partly": {"c_03": [-1]}}, r"partly\.c_03\.0: Input should be greater than or equal to 0"),
        ({"partly": {"c_3": [2]}}, "partly names case c_3, and no case of that name has a mask; with masks are c_01"),
        ({"partly": {"c_07": [2]}}, "partly names case c_07, and no case of that name has a mask"),
        ({"planar": True}, r"case c_01: c_01_0000\.nii\.gz has 6 slices, and the plan says that each case is one"),
        ({"dataset": "toy-fold1"}, "dataset toy-fold1 is called like a fold of another"),
        (
            {"channels": [{"name": "MRI", "intensity": "ct", "window": [0, float("inf")]}]},
            r"channels\.0\.window\.1: Input should be a finite number",
        ),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(plan: Path, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        catalog.find(str(edited(plan, **changed))).fingerprint()


def test_labelled_slices_of_what_is_left_alone_may_stay(plan: Path) -> None:
    values = json.loads(plan.read_text(encoding="utf-8"))
    parts = {part: [name for name in values[part] if name != "c_03"] for part in ("train", "val", "test")}
    if not all(parts.values()):
        moved = next(part for part in parts if not parts[part])
        parts[moved] = [parts["train"].pop()]
    assert "c_03" not in catalog.find(str(edited(plan, aside=["c_03"], **parts))).split.train


def test_a_fold_that_tests_nobody_is_refused(plan: Path, tmp_path: Path) -> None:
    values = json.loads(plan.read_text(encoding="utf-8"))
    everyone = [*values["train"], *values["val"], *values["test"]]
    with pytest.raises(DataError, match=r"folds\.1: Tuple should have at least 1 item"):
        read_plan(edited(plan, folds=[everyone, []]))
    with pytest.raises(DataUsageError, match=r"--folds 20 is more than the 6 patients with masks.*at most 6"):
        command([str(tmp_path / "toy"), "--folds", "20", "--force"])
    assert command([str(tmp_path / "toy"), "--folds", "6", "--force"]) == 0
    assert [len(fold) for fold in read_plan(plan).folds] == [1] * 6


def test_folds_beside_test_cases_of_the_folder_are_refused(tmp_path: Path, plans: Path) -> None:
    root = nnunet(tmp_path / "toy")
    image, mask = volume(9)
    save(root / "imagesTs" / "z_0000.nii.gz", image)
    save(root / "labelsTs" / "z.nii.gz", mask)
    with pytest.raises(DataUsageError, match="--folds 3: the folder says itself who tests, z; leave out --folds"):
        command([str(root), "--folds", "3"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--window", "5", "1"], r"window \[5.0, 1.0\] must be two grey values, the lower one first"),
        (["--window", "nan", "1"], "Input should be a finite number"),
        (["--intensity", "mri", "--window", "1", "2"], "a window is for the intensities ct and plain"),
    ],
)
def test_a_window_that_is_none_is_wrong_usage(tmp_path: Path, plans: Path, words: list[str], said: str) -> None:
    with pytest.raises(DataUsageError, match=said):
        command([str(nnunet(tmp_path / "toy")), *words])
    assert not list(plans.glob("*.json"))


def test_a_folder_that_is_called_like_a_fold_is_found_by_the_name_it_gets(
    tmp_path: Path, plans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([str(nnunet(tmp_path / "toy")), "--folds", "3"]) == 0
    assert command([str(nnunet(tmp_path / "toy_fold1", masked=5))]) == 0
    assert "--dataset toy-fold1-folder" in capsys.readouterr().out
    found, fold = catalog.find("toy-fold1-folder"), catalog.find("toy-fold1")
    assert (len({*found.split.train, *found.split.val, *found.split.test}), found.dataset) == (7, "toy-fold1-folder")
    assert (len({*fold.split.train, *fold.split.val, *fold.split.test}), fold.dataset) == (8, "toy-fold1")


def test_a_name_that_is_no_text_is_refused_before_anything_is_written(tmp_path: Path, plan: Path) -> None:
    broken = os.fsdecode(b"c\xff")
    values = read_plan(plan).model_dump()
    made = Plan.model_validate({**values, "train": (*values["train"], broken)})
    with pytest.raises(DataError, match=r"cannot be written: a file's name, .*, is no UTF-8; rename that file"):
        write_plan(made, tmp_path / "new.json")
    assert not (tmp_path / "new.json").exists()


@pytest.mark.parametrize(("bits", "white"), [(1, 1), (4, 15), (8, 255), (16, 65_535)])
def test_plain_pictures_are_scaled_by_the_bits_of_their_files(
    tmp_path: Path, plans: Path, bits: int, white: int
) -> None:
    root = redrawn(pictures(tmp_path / "slides"), bits)
    assert command([str(root), "--intensity", "plain"]) == 0
    (channel,) = read_plan(plans / "slides.json").channels
    assert channel.window == (0.0, float(white))


def test_pictures_of_different_bits_are_of_no_one_scale(tmp_path: Path, plans: Path) -> None:
    root = pictures(tmp_path / "slides")
    redrawn(root, 16, "p4_*.png")
    with pytest.raises(DataUsageError, match=r"p0_000\.png and p4_000\.png hold grey values of .* up to 255 and 65535"):
        command([str(root)])
    assert command([str(root), "--intensity", "mri"]) == 0


def redrawn(root: Path, bits: int, which: str = "*.png") -> Path:
    """Write a folder's images anew in so many bits a pixel."""
    import SimpleITK
    from PIL import Image

    for path in sorted((root / "images").glob(which)):
        grey = np.asarray(Image.open(path))
        if bits == 16:
            SimpleITK.WriteImage(SimpleITK.GetImageFromArray(grey.astype(np.uint16) * 257), str(path))
        elif bits == 1:
            Image.fromarray(grey > 100).save(path)
        elif bits == 4:
            Image.fromarray(grey // 16 * 17).save(path, bits=4)
    return root
