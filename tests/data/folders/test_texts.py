"""Tables, JSON and names as no program writes them: foreign digits, quotes without an end, endless brackets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.auditing.kept import kept
from data.digits import whole_number
from data.errors import DataError, DataUsageError
from data.folders.found import folder_of, plan_at
from data.folders.licence import licence_of
from data.folders.listing import list_folder
from data.folders.marked import marked_slices
from data.folders.patients import grouped
from data.folders.plan import read_plan
from data.preparing.aside import clean
from data.sources.fold import named
from tests.data.folders.harm import refused, relisted, text
from tests.data.folders.small_folders import decathlon, v2

DEEP = '{"a":' + "[" * 100_000
NAMES = ["a", "b", "c"]
NO_NUMBERS = ["\u00b2", "\u0663", "\u2460", "1" * 5000, "-1", "+1", "1.0", " 1", "1_0", ""]


@pytest.mark.parametrize("written", NO_NUMBERS)
def test_a_number_is_a_few_plain_digits(written: str) -> None:
    assert whole_number(written) is None


def test_digits_are_their_number() -> None:
    assert [whole_number(one) for one in ("0", "007", "999999999")] == [0, 7, 999_999_999]


@pytest.mark.parametrize("written", ["\u00b2", "\u0663", "1" * 5000])
def test_labels_slices_and_folds_of_no_number_are_one_sentence(tmp_path: Path, written: str) -> None:
    root = decathlon(tmp_path / "toy")
    relisted(root, lambda entries: entries.update(labels={written: "x", "0": "b"}))
    with pytest.raises(DataError, match=rf"dataset\.json: label {written} is 'x'; expected a whole number"):
        list_folder(root)
    root = v2(tmp_path / "other")
    text(root / "slices.csv", f"case,slice\nc1,{written}\n")
    with pytest.raises(DataError, match=rf"line 2: slice '{written}' of case c1; expected a whole number from 0"):
        marked_slices(root, list_folder(root))
    with pytest.raises(DataUsageError, match=r"expected a number behind :fold, such as .*other:fold2"):
        folder_of(f"{root}:fold{written}")
    assert named(f"acdc-fold{written}of5") is None and named("acdc-fold2of5") == ("acdc", 2, 5)


def test_a_fold_is_named_by_plain_digits(tmp_path: Path) -> None:
    plan = tmp_path / "p.json"
    plan.write_text("{}")
    assert plan_at(f"{plan}:fold12") == (plan, 12) and plan_at(f"{plan}:fold\u0663") is None


def test_what_another_program_left_beside_prepared_slices_is_no_process(tmp_path: Path) -> None:
    aside = tmp_path / f".unfinished-{os.uname().nodename}-\u00b2-0123abcd"
    aside.mkdir()
    clean(tmp_path)
    assert aside.is_dir()  # removed after a day, as what another machine left


def test_endless_brackets_are_one_sentence(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy")
    text(root / "dataset.json", DEEP)
    refused(
        tmp_path, lambda: list_folder(root), r"dataset\.json is no JSON \(maximum recursion .*\); write it as nnU-Net"
    )
    refused(
        tmp_path, lambda: read_plan(root / "dataset.json"), r"dataset\.json is no JSON \(maximum recursion .*\); mend"
    )
    assert licence_of(root) is None and kept(root / "dataset.json") is None


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('case,patient\na,1\nb,"2\nc,3\n', r"patients\.csv, line 3: the row makes no sense \(unexpected end of data\)"),
        (
            'case,patient\na,1\nb,"2\n' + "c,3\n" * 60_000,
            r"line 3: the row makes no sense \(field larger than .*\); mend",
        ),
        ('case,patient\na,"1"x\n', r"line 2: the row makes no sense \(.*\); mend its quotes"),
        ('case,"patient\na,1\n', r"line 1: the row makes no sense"),
    ],
)
def test_quotes_without_an_end_are_one_sentence(tmp_path: Path, table: str, words: str) -> None:
    text(tmp_path / "patients.csv", table)
    refused(tmp_path, lambda: grouped(NAMES, tmp_path / "patients.csv"), words)


def test_no_row_is_lost_in_the_quotes_of_another(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy")
    text(root / "slices.csv", 'case,slice,who\nc1,0,"me\nc1,2,me\n')
    refused(tmp_path, lambda: marked_slices(root, list_folder(root)), r"slices\.csv, line 2: the row makes no sense")
    text(root / "slices.csv", 'case,slice,who\nc1,0,"me, 5 ""\nc2,7,"\nc1,2,5" of me\n')
    assert marked_slices(root, list_folder(root)) == {"c1": (0, 2)}


def test_labels_by_their_numbers_stay_known(tmp_path: Path) -> None:
    root = decathlon(tmp_path / "toy")
    relisted(root, lambda entries: entries.update(labels={"0": "b", "01": "x", "2": "y"}))
    assert list_folder(root).labels == {"x": 1, "y": 2}
