"""The licence ledger has an entry for each method and data set, and says of terms what they forbid."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from data.catalog import DATASETS
from methods.registry import entries
from results.licences import is_non_commercial, ledger, licence_words, restriction, stated_by, stated_by_package

ROOT = Path(__file__).resolve().parents[2]
COMMIT = re.compile(r"@ ?([0-9a-f]{7})\b")


def test_each_registered_method_and_data_set_has_an_entry() -> None:
    known = ledger()
    for name in entries():
        assert name in known.methods, f"results/licences.toml: add `{name} = [...]` under [methods], the code looked at"
    for name in DATASETS:
        assert name in known.data, f"results/licences.toml: add a block [data.{name}] with its licence and terms"
    assert set(known.methods) <= set(entries()), "results/licences.toml: a method that is not registered"
    assert set(known.data) <= set(DATASETS), "results/licences.toml: a data set that there is not"


def test_code_that_is_named_is_there_and_all_of_it_is_named() -> None:
    known = ledger()
    named = {name for names in known.methods.values() for name in names}
    named |= {name for one in known.data.values() for name in one.code}
    named |= {name for cited in known.elsewhere.values() for name in cited}
    assert named == set(known.code)
    for name, one in known.code.items():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", one.repository), name
        assert all(re.fullmatch("[0-9a-f]{7}", commit) for commit in one.commits), name


@pytest.mark.parametrize("name", sorted(entries()))
def test_a_commit_that_a_methods_file_cites_is_of_code_in_its_entry(name: str) -> None:
    cited = set(COMMIT.findall((ROOT / "methods" / f"{name}.py").read_text()))
    known = ledger()
    entered = {commit for code in known.methods[name] for commit in known.code[code].commits}
    missing = cited - entered
    assert not missing, f"methods/{name}.py cites @{', @'.join(missing)}: name that code in results/licences.toml"


def test_a_commit_that_any_part_of_methods_cites_is_in_the_ledger() -> None:
    cited = {one for file in (ROOT / "methods").rglob("*.py") for one in COMMIT.findall(file.read_text())}
    assert len(cited) >= 14
    assert cited <= {commit for one in ledger().code.values() for commit in one.commits}


def test_the_commits_that_files_outside_methods_cite_are_those_of_their_entries() -> None:
    files = [
        file for name in ("benchmark", "data", "reports", "results", "shell") for file in (ROOT / name).rglob("*.py")
    ]
    cited = {file.relative_to(ROOT).as_posix(): set(COMMIT.findall(file.read_text("utf-8"))) for file in files}
    known = ledger()
    entered = {path: {one for code in known.cited_by(path) for one in code.commits} for path in known.elsewhere}
    assert {path: found for path, found in cited.items() if found or path in entered} == entered


def test_repositories_that_a_file_names_with_their_owner_are_in_its_entry() -> None:
    (line,) = ledger().cited_by("data/sources/lits_places.py")
    assert str(line).startswith("Jarvis73/BoxSegLiver: none given: all rights reserved (")
    assert line.repository in (ROOT / "data/sources/lits_places.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [
        ("CC BY-NC-SA 4.0", True),
        ("cc_by_nc_4.0", True),
        ("CC-BY-NC-ND", True),
        ("for non-commercial research", True),
        ("noncommercial", True),
        ("CC BY-SA 4.0", False),
        ("CC-BY-SA 4.0", False),
        ("Apache-2.0", False),
        ("NCSA", False),
    ],
)
def test_a_licence_forbids_commercial_use_where_its_name_says_so(licence: str, forbids: bool) -> None:
    assert is_non_commercial(licence) is forbids


def test_restrictions_are_of_the_data_set_and_its_folds_and_of_what_a_folder_states() -> None:
    acdc = "ACDC is for non-commercial use only (CC BY-NC-SA 4.0)."
    assert restriction("acdc", None) == restriction("acdc-fold2of5", None) == acdc
    assert restriction("lits", None).startswith("The terms of LiTS were not read here")
    assert restriction("phantom", None) == restriction("phantom_close", None) == ""
    assert restriction("mine", None) == restriction("mine", "CC BY-SA 4.0") == ""
    assert restriction("mine", "CC BY-NC 4.0") == (
        "mine is for non-commercial use only, as it says itself (CC BY-NC 4.0)."
    )


def test_licence_words_tell_what_is_known() -> None:
    assert licence_words("mine", None) is None
    assert licence_words("mine", "CC BY 4.0") == "CC BY 4.0"
    assert licence_words("mine", "CC BY-NC 4.0") == "CC BY-NC 4.0, non-commercial use only"
    assert (licence_words("acdc", None) or "").startswith("CC BY-NC-SA 4.0: non-commercial use only, given after ")
    assert (licence_words("lits", None) or "").startswith("licence not read: ")


def test_code_from_outside_states_its_licence_or_does_not() -> None:
    assert stated_by("mine.py", b'# SPDX-License-Identifier: BSD-3-Clause\r\n"""Mine."""\n') == "BSD-3-Clause"
    assert stated_by("mine.py", b"/* SPDX-License-Identifier: MIT */") == "MIT"
    assert stated_by("mine.py", b'"""Mine."""\n') == "not stated"
    assert stated_by(f"pytest {version('pytest')}", b"") == "MIT"
    assert stated_by_package("pytest 0.0.1") == stated_by_package("no-such-package 1.0") == "not stated"
