"""Patients on two sides, by the plan or by names, and left and right of one person."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.auditing.persons import person_of, persons, plain
from data.folders.planning import Choices
from tests.data.auditing.toy import EACH_OWN, audit, clean, one, planned_at, told


def test_a_clean_folder_gives_nothing(tmp_path: Path, plans: Path) -> None:
    report = audit(clean().write(tmp_path / "toy"))
    assert report.findings == ()
    assert not report.fails and report.content is not None and report.content.startswith("content-")


def test_a_patient_listed_on_two_sides_is_a_leak_though_no_run_would_take_the_plan(tmp_path: Path, plans: Path) -> None:
    folder = clean().write(tmp_path / "toy")
    plan = planned_at(folder)
    planned_at(folder, test=(*plan.test, plan.train[2]))
    report = audit(folder)
    assert told(report) == [("leak", "patient on two sides")]
    assert one(report, "patient on two sides").cases == (plan.train[2],)
    assert report.fails and report.content is None


def test_a_patient_under_two_spellings_is_one(tmp_path: Path, plans: Path) -> None:
    folder = clean().write(tmp_path / "toy")
    plan = planned_at(folder)
    first, second = plan.train[0], plan.test[0]
    parts = {"train": ("P_07", *plan.train[1:]), "test": ("p-7", *plan.test[1:])}
    planned_at(folder, patients={first: "P_07", second: "p-7"}, **parts)
    found = one(audit(folder), "patient on two sides")
    assert (found.severity, found.cases) == ("leak", tuple(sorted((first, second))))


@pytest.mark.parametrize(
    "pair",
    [
        ("patient001_frame01", "patient001_frame12"),
        ("sub-01_ses-1", "sub-01_ses-2"),
        ("P7_ED", "P7_ES"),
        ("anna_2019-03-04", "anna_2021-11-30"),
        ("sub-04_ses-1_T1w", "sub-04_ses-2_T1w"),
        ("case_009_left", "case_009_right"),
        ("s3_baseline", "s3_followup1"),
    ],
)
def test_frames_of_one_person_by_their_names_on_two_sides_are_a_leak(
    tmp_path: Path, plans: Path, pair: tuple[str, str]
) -> None:
    names = [*pair, *(f"case_{number:03d}" for number in range(20, 31))]
    folder = clean(names).write(tmp_path / "toy")
    rule = Choices(patients=EACH_OWN)
    others = [name for name in names if name not in pair]
    plan = planned_at(folder, rule, train=(pair[0], *others[:8]), val=(others[8],), test=(pair[1], *others[9:]))
    assert plan.patients == {}
    report = audit(folder)
    assert told(report) == [("leak", "frames torn apart")]
    assert one(report, "frames torn apart").cases == tuple(sorted(pair))
    planned_at(folder, rule, train=(*pair, *others[:7]), val=(others[7],), test=tuple(others[8:]))
    assert audit(folder).findings == ()


@pytest.mark.parametrize(
    ("name", "planar", "person"),
    [
        ("patient001_frame01", False, "patient001"),
        ("patient001_frame01_gated", False, "patient001_gated"),
        ("sub-01_ses-1_T1w", False, "sub-01_t1w"),
        ("hippocampus_001", False, None),
        ("case_003", False, None),
        ("scan_12", False, None),
        ("subject_left", False, None),
        ("liver10003_106", True, "liver10003"),
        ("slice_004", True, None),
        ("pat0_slice3_t1", True, "pat0"),
        ("pat0_003_left", True, "pat0"),
        ("Smith-v2", False, "smith"),
        ("BRATS_T1", False, "brats"),
        ("trial", False, None),
    ],
)
def test_the_person_that_a_name_tells(name: str, planar: bool, person: str | None) -> None:
    assert person_of(name, planar) == person


def test_names_that_would_all_be_of_one_person_tell_none() -> None:
    assert persons(["heart_frame01", "heart_frame02"], planar=False) == {}
    assert persons(["heart_frame01", "heart_frame02", "lung"], planar=False) == dict.fromkeys(
        ["heart_frame01", "heart_frame02"], "heart"
    )


@pytest.mark.parametrize(("name", "same"), [("P_07", "p-7"), ("Patient 010", "patient-10"), ("a0", "a0"), ("x1", "x1")])
def test_a_spelling_is_plain(name: str, same: str) -> None:
    assert plain(name) == same


def test_one_of_two_hippocampi_an_image_is_said_to_tear_people_apart(tmp_path: Path, plans: Path) -> None:
    toy = clean([f"hippocampus_{number:03d}" for number in range(14)])
    toy.labels = {"background": 0, "anterior": 1, "posterior": 2}
    for name, image in toy.images.items():
        toy.images[name], toy.masks[name] = image[:, 12:36, 7:42], toy.masks[name][:, 12:36, 7:42]
    found = one(audit(toy.write(tmp_path / "toy")), "left and right of one person")
    assert found.severity == "warning"
    assert "each case is one hippocampus and counts as a patient of its own (10 training, 1 validation, 3 test)" in (
        found.what
    )
    assert "left and right of one person may be on two sides of the split" in found.what


def test_whole_scans_that_show_both_kidneys_tear_nobody_apart(tmp_path: Path, plans: Path) -> None:
    toy = clean([f"kidney_{number:03d}" for number in range(14)])
    toy.labels = {"background": 0, "left kidney": 1, "right kidney": 2}
    assert audit(toy.write(tmp_path / "toy")).findings == ()
