"""Each labelled patient is held out once, none validates for itself, and test patients that were there stay sealed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmark.advising.subject import everything, folds_of, subject_of
from benchmark.errors import UsageError
from data.errors import DataError
from data.folders.plan import read_plan
from data.folders.source import Folder
from data.sources.acdc import Acdc
from tests.benchmark.predicting import folders


@pytest.fixture
def blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of eight labelled cases and two without masks; plans are kept beside it."""
    monkeypatch.setattr("data.folders.found.PLANS", tmp_path / "plans")
    return folders.volumes(tmp_path / "Dataset1_Blocks")


def keep(root: Path, labeled: int, unlabeled: int = 2) -> Path:
    """Leave so many labelled cases, and those without masks."""
    for number in range(labeled, 8):
        (root / f"labelsTr/case{number}.nii.gz").unlink()
        for channel in range(2):
            (root / f"imagesTr/case{number}_{channel:04d}.nii.gz").unlink()
    for number in range(8 + unlabeled, 10):
        for channel in range(2):
            (root / f"imagesTr/case{number}_{channel:04d}.nii.gz").unlink()
    return root


@pytest.mark.parametrize("count", [3, 5])
def test_each_labelled_patient_is_held_out_once_and_validates_for_others_alone(blocks: Path, count: int) -> None:
    subject = subject_of(str(blocks), None)
    folds = list(folds_of(subject, count, blocks.parent / "folds.json").values())
    held = [patient for fold in folds for patient in fold.split.test]
    assert sorted(held) == [f"case{number}" for number in range(8)]
    for fold in folds:
        parts = [{*fold.split.masked}, {*fold.split.val}, {*fold.split.test}]
        assert sum(map(len, parts)) == len(set().union(*parts)) == 8
        assert len(fold.split.val) == 1 and fold.split.unmasked == ("case8", "case9")
    assert [len(fold.split.masked) for fold in folds] == subject.trained(count)


def test_test_cases_of_the_folder_are_not_opened_and_may_be_broken(blocks: Path) -> None:
    for source, target in (("imagesTr/case7_0000", "imagesTs/z_0000"), ("imagesTr/case7_0001", "imagesTs/z_0001")):
        (blocks / "imagesTs").mkdir(exist_ok=True)
        shutil.copy(blocks / f"{source}.nii.gz", blocks / f"{target}.nii.gz")
    (blocks / "labelsTs").mkdir()
    shutil.copy(blocks / "labelsTr/case7.nii.gz", blocks / "labelsTs/z.nii.gz")
    before = subject_of(str(blocks), None)
    assert before.aside == ("z",)
    known = before.fold.fingerprint()
    for path in (*blocks.glob("imagesTs/*"), *blocks.glob("labelsTs/*")):
        path.write_bytes(b"broken")
    after = subject_of(str(blocks), None)
    assert after.fold.fingerprint() == known
    assert after.fold.reading(after.fold.split.masked[:1]) == before.fold.reading(("case0",))


def test_below_five_patients_each_is_a_fold_and_none_validates(blocks: Path) -> None:
    subject = subject_of(str(keep(blocks, 4)), None)
    assert (subject.count(3), subject.count(5)) == (4, 4)
    folds = list(folds_of(subject, 4, blocks.parent / "folds.json").values())
    counts = [(len(fold.split.masked), len(fold.split.val), len(fold.split.test)) for fold in folds]
    assert counts == [(3, 0, 1)] * 4
    assert subject.settings(4) == ("all", "half")


def test_two_patients_train_on_one_each_with_all_labels_alone(blocks: Path) -> None:
    subject = subject_of(str(keep(blocks, 2)), None)
    folds = list(folds_of(subject, subject.count(5), blocks.parent / "folds.json").values())
    assert sorted(fold.split.masked for fold in folds) == [("case0",), ("case1",)]
    assert subject.settings(2) == ("all",)
    assert not (blocks.parent / "plans").exists()


def test_one_patient_is_one_sentence_of_what_is_needed(blocks: Path) -> None:
    with pytest.raises(DataError, match=r"masks are there of 1 patient, expected at least 2: one to train on and one"):
        subject_of(str(keep(blocks, 1)), None)


def test_without_unlabelled_images_half_is_the_only_setting_and_with_two_patients_there_is_none(blocks: Path) -> None:
    subject = subject_of(str(keep(blocks, 8, 0)), None)
    assert subject.settings(3) == ("half",)
    shutil.rmtree(blocks.parent / "plans")
    two = subject_of(str(keep(folders.volumes(blocks.parent / "Dataset2_Two"), 2, 0)), None)
    with pytest.raises(UsageError, match="nothing would be unlabelled"):
        two.settings(2)


def test_a_folders_own_test_patients_stay_sealed_and_unread_by_folds(blocks: Path) -> None:
    for folder in ("images", "labels"):
        (blocks / f"{folder}Ts").mkdir()
        for path in sorted((blocks / f"{folder}Tr").glob("case[67]*")):
            path.rename(blocks / f"{folder}Ts" / path.name)
    subject = subject_of(str(blocks), None)
    assert subject.aside == ("case6", "case7") and sorted(subject.patients) == [f"case{n}" for n in range(6)]
    for fold in folds_of(subject, 3, blocks.parent / "folds.json").values():
        assert not {"case6", "case7"} & {*fold.split.train, *fold.split.val, *fold.split.test}
        assert fold.cases(["case6"]) == []
    assert isinstance(subject.source, Folder)
    assert everything(subject.source.plan, subject).test == ("case6", "case7")


def test_everything_trains_on_all_but_the_two_that_a_run_needs(blocks: Path) -> None:
    subject = subject_of(str(blocks), None)
    assert isinstance(subject.source, Folder)
    plan = everything(subject.source.plan, subject)
    assert (len(plan.train), len(plan.val), len(plan.test)) == (6, 1, 1)
    assert plan.unlabeled == ("case8", "case9")


def test_a_fold_is_no_data_set_to_ask_about(blocks: Path) -> None:
    subject = subject_of(str(blocks), None)
    spec = next(iter(folds_of(subject, 3, blocks.parent / "folds.json")))
    with pytest.raises(UsageError, match="is a fold; name the data set that it is of"):
        subject_of(spec, None)
    assert read_plan(blocks.parent / "folds.json").dataset == "blocks-advice"


def test_acdc_is_asked_about_by_its_training_patients_alone(acdc_root: Path) -> None:
    subject = subject_of("acdc", acdc_root)
    source = subject.source
    assert isinstance(source, Acdc)
    folds = folds_of(subject, 5, Path("nowhere.json"))
    held = [patient for fold in folds.values() for patient in fold.split.test]
    assert sorted(held) == sorted((*source.split.train, *source.split.val)) and len(held) == 80
    assert list(folds)[1] == "acdc:fold2of5" and subject.settings(5) == ("half",)
    fold = folds["acdc:fold1of5"]
    with pytest.raises(DataError, match="which leaves test patients alone"):
        fold.cases(source.split.test[:1])
    with pytest.raises(DataError, match="outside the gate"):
        fold.cases(fold.split.test[:1])
