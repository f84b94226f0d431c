"""Whose a case is, by a rule, a table, or what names usually say; and which slices are labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import DataError
from data.folders.listing import list_folder
from data.folders.marked import check_marked, marked_slices
from data.folders.patients import grouped, patients_of
from tests.data.folders.small_folders import v2


@pytest.mark.parametrize(
    ("names", "patients", "planar"),
    [
        (
            ["patient001_frame01", "patient001_frame12", "patient002_frame01"],
            ["patient001"] * 2 + ["patient002"],
            False,
        ),
        (["sub-01_ses-02", "sub-01_ses-1_T1w", "sub-02"], ["sub-01", "sub-01", "sub-02"], False),
        (["case_07_ED", "case_07_ES", "case_08_ED"], ["case_07", "case_07", "case_08"], False),
        (["BraTS20_001_t1", "BraTS20_001_t1ce", "BraTS20_002_flair"], ["BraTS20_001"] * 2 + ["BraTS20_002"], False),
        (["BraTS-GLI-00001-000", "BraTS-GLI-00001-001", "BraTS-GLI-00002-000"], ["1", "1", "2"], False),
        (["a1_left", "a1_right", "a2_L"], ["a1", "a1", "a2"], False),
        (["a1_ses-1_left", "a1_ses-2_right", "a2_tp3"], ["a1", "a1", "a2"], False),
        (["hippocampus_001", "hippocampus_003"], ["hippocampus_001", "hippocampus_003"], False),
        (["heart_t1", "heart_t2"], ["heart_t1", "heart_t2"], False),  # one patient would be no split
        (["liver10001_072", "liver10001_073", "liver10002_072"], ["liver10001"] * 2 + ["liver10002"], True),
        (["p1_frame01_slice_3", "p1_frame02_slice_3", "p2_frame01_slice_1"], ["p1", "p1", "p2"], True),
        (["img_001", "img_002"], ["img_001", "img_002"], True),
        (["p0_slice3_t1", "p0_slice4_t1", "p1_slice3_t1"], ["p0", "p0", "p1"], True),
        (["p0_003_left", "p0_007_right_t2w", "p1_003_left"], ["p0", "p0", "p1"], True),
        (["p0_ED_z3_flair", "p0_ES_z3_flair", "p1_ED_z1_flair"], ["p0", "p0", "p1"], True),
        (["case_1_t1", "case_1_t2", "case_2_t1"], ["case_1", "case_1", "case_2"], True),  # or all were one
        (["liver10001_072", "liver10001_073"], ["liver10001_072", "liver10001_073"], False),
    ],
)
def test_names_that_say_more_are_understood(names: list[str], patients: list[str], planar: bool) -> None:
    found = list(patients_of(names, planar=planar).values())
    assert len(set(found)) == len(set(patients))
    assert [found.index(one) for one in found] == [patients.index(one) for one in patients]
    if not names[0].startswith("BraTS-"):
        assert found == patients


def test_what_was_taken_is_a_sentence_with_an_example() -> None:
    told = grouped(["liver10001_072", "liver10001_073", "liver10002_072"], planar=True).told
    assert told == "2 patients of 3 cases, by the name before a slice's number: liver10001_072 is of liver10001"
    told = grouped(["hippocampus_001", "hippocampus_003"]).told
    assert told.startswith("2 patients of 2 cases, each case is taken for a patient of its own: hippocampus_001 is of")
    assert "cannot be excluded" in told and "its sides or visits" in told


def test_a_rule_of_the_user_goes_before_names() -> None:
    found = grouped(["x1-a_ED", "x1-b_ES", "x2-a_ED"], r"(x\d)-.*")
    assert found.patients == {"x1-a_ED": "x1", "x1-b_ES": "x1", "x2-a_ED": "x2"}
    assert found.told == r"2 patients of 3 cases, by the rule (x\d)-.*: x1-a_ED is of x1"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.csv", "case,patient\na,1\nb,1\nc,2\n"),
        ("p.csv", "\ufeffsite;Patient ;Case\nx;1;a\ny;1;b\n\nz;2;c\n"),
        ("p.tsv", 'case\tpatient\na\t1\n"b"\t1\nc\t2\n'),
    ],
)
def test_a_table_of_any_usual_form_names_patients(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    for rule in (path, str(path)):
        assert patients_of(["a", "b", "c"], rule) == {"a": "1", "b": "1", "c": "2"}


def test_labelled_slices_are_read_of_the_folder_or_of_a_named_file(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy")
    listing = list_folder(root)
    assert marked_slices(root, listing) == {}
    (root / "slices.csv").write_text("slice,case,who\n2,c1,me\n0,c1,me\n0,c1,you\n")
    assert marked_slices(root, listing) == {"c1": (0, 2)}
    (tmp_path / "other.csv").write_text("case;slice\nc2;1\n")
    assert marked_slices(root, listing, tmp_path / "other.csv") == {"c2": (1,)}
    check_marked("c1", (0, 2), 3)
    with pytest.raises(DataError, match="case c1: slice 2 is marked as labelled; it has slices 0 to 1"):
        check_marked("c1", (0, 2), 2)
    with pytest.raises(DataError, match=r"gone.csv does not exist"):
        marked_slices(root, listing, tmp_path / "gone.csv")
