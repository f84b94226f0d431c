"""Whose a case is, said in a way that can't be: one sentence that names it and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import DataUsageError
from data.folders.listing import list_folder
from data.folders.patients import check_patients, grouped
from tests.data.folders.harm import refused
from tests.data.folders.small_folders import MASK, nifti, v2

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
