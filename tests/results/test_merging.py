"""Stores are merged: whole runs are added, equal ones counted once, what disagrees or is damaged is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from reports import merge
from results.errors import ResultError
from results.store import Store
from results.writing import write_json
from tests.results.made import resealed, save


@pytest.fixture
def stores(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return the stores of two machines, of which both ran `b`, with the same numbers, and an empty one."""
    first, second = tmp_path / "first", tmp_path / "second"
    for root, names in ((first, "ab"), (second, "bc")):
        for name in names:
            save(root, 0.5, id=name, size=64)
            (root / name / "checkpoint.pt").write_bytes(b"weights")
        cells = {"name": "p", "title": "P", "cells": list(names), "variants": {}}
        write_json(root / "protocols/p.json", cells)
    return first, second, tmp_path / "into"


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def merged(*words: object) -> int:
    return merge.command([str(word) for word in words])


def test_runs_of_both_are_there_whole_and_once(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    assert merged(first, second, "--into", into) == 0
    assert capsys.readouterr().out == f"3 runs added to {into}, 1 were there with the same numbers\n"
    assert [loaded.record.cell.id for loaded in Store(into).records()] == ["a", "b", "c"]
    assert all(not Store(into).damage(name) for name in "abc")
    left = {name: content for name, content in files(first / "a").items() if name != "checkpoint.pt"}
    assert files(into / "a") == left
    assert json.loads((into / "protocols/p.json").read_text())["cells"] == ["a", "b", "c"]
    before = files(into)
    assert merged(first, second, "--into", into) == 0
    assert files(into) == before and "0 runs added" in capsys.readouterr().out


def test_weights_are_copied_where_they_are_asked_for(stores: tuple[Path, Path, Path]) -> None:
    first, _, into = stores
    assert merged(first, "--into", into, "--weights") == 0
    assert (into / "a/checkpoint.pt").read_bytes() == b"weights"


def test_a_dry_run_writes_nothing(stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    first, second, into = stores
    assert merged(first, second, "--into", into, "--dry-run") == 0
    assert not into.exists() and "3 runs would be added" in capsys.readouterr().out


def test_other_numbers_of_one_cell_are_named_and_the_first_stays(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    shutil.rmtree(second / "b")
    save(second, 0.7, id="b", size=64)
    assert merged(first, second, "--into", into) == 1
    said = capsys.readouterr()
    assert "3 runs added" in said.out
    assert said.err.startswith(
        f"conflict: b: {first} (Dice 55.6, torch 2) and {second} (Dice 75.6, torch 2) are other "
    )
    assert (into / "b/cases.parquet").read_bytes() == (first / "b/cases.parquet").read_bytes()
    before = files(into)
    assert merged(second, "--into", into) == 1
    assert files(into) == before and f"conflict: b: {into} (Dice 55.6" in capsys.readouterr().err


def test_the_same_scores_in_other_bytes_are_the_same_numbers(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    path = second / "b/cases.parquet"
    before = path.read_bytes()
    pd.read_parquet(path).to_parquet(path, compression="gzip")
    resealed(path)
    assert path.read_bytes() != before and merged(first, second, "--into", into) == 0
    assert capsys.readouterr().out == f"3 runs added to {into}, 1 were there with the same numbers\n"


def test_scores_that_are_no_table_are_named_and_stop_no_merge(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    path = second / "b/cases.parquet"
    path.write_bytes(b"no table")
    resealed(path)
    assert merged(first, second, "--into", into) == 1
    said = capsys.readouterr()
    assert "3 runs added" in said.out and f"left out: {second / 'b'}: {path} cannot be read" in said.err


def test_a_failed_run_has_no_numbers_that_could_be_the_same(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    values = json.loads((second / "b/record.json").read_text())
    write_json(second / "b/record.json", {**values, "status": "failed", "reason": "no memory"})
    (second / "b/SHA256SUMS").unlink()
    assert merged(first, second, "--into", into) == 0
    assert capsys.readouterr().out == (
        f"3 runs added to {into}, 0 were there with the same numbers\n"
        "1 failed runs are left where they are, for their cells are there\n"
    )


def test_a_damaged_run_is_named_and_the_others_are_taken(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    path = first / "a/cases.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    assert merged(first, second, "--into", into) == 1
    said = capsys.readouterr()
    assert f"left out: {first / 'a'}: {path} is damaged" in said.err and "2 runs added" in said.out
    assert not (into / "a").exists()


def test_a_damaged_or_failed_run_of_the_store_gives_way(stores: tuple[Path, Path, Path]) -> None:
    first, _, into = stores
    assert merged(first, "--into", into) == 0
    path = into / "a/cases.parquet"
    path.write_bytes(b"")
    values = json.loads((into / "b/record.json").read_text())
    write_json(into / "b/record.json", {**values, "status": "failed", "reason": "no memory"})
    (into / "b/SHA256SUMS").unlink()
    assert merged(first, "--into", into) == 0
    assert all(Store(into).has(name) for name in "ab")


@pytest.mark.parametrize("weights", [False, True])
def test_weights_of_a_run_that_gives_way_do_not_stay_beside_anothers_record(
    stores: tuple[Path, Path, Path], weights: bool
) -> None:
    first, _, into = stores
    save(into, 0.7, id="a", size=64)
    (into / "a/checkpoint.pt").write_bytes(b"weights of other scores")
    (into / "a/cases.parquet").write_bytes(b"")
    assert merged(first, "--into", into, *(["--weights"] if weights else [])) == 0
    assert (into / "a/cases.parquet").read_bytes() == (first / "a/cases.parquet").read_bytes()
    left = [path.read_bytes() for path in (into / "a").glob("checkpoint.pt")]
    assert left == ([b"weights"] if weights else [])


@pytest.mark.parametrize("make", [False, True])
def test_a_folder_without_runs_is_one_sentence(tmp_path: Path, make: bool) -> None:
    if make:
        (tmp_path / "runs").mkdir()
    with pytest.raises(ResultError, match="holds no run with a record" if make else "is no folder"):
        merged(tmp_path / "runs", "--into", tmp_path / "into")


def test_protocols_of_one_name_that_say_otherwise_are_a_conflict_and_the_first_words_stay(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    cells = {"name": "p", "title": "P", "cells": ["b", "c"], "variants": {"b": "full"}}
    write_json(second / "protocols/p.json", cells)
    write_json(first / "protocols/p.json", {**cells, "cells": ["a", "b"], "variants": {"b": "without"}})
    assert merged(first, second, "--into", into) == 1
    assert (
        f"conflict: protocol p: 'without' and 'full' in {second} are other words for one thing; the former is kept"
        in (capsys.readouterr().err)
    )
    kept = json.loads((into / "protocols/p.json").read_text())
    assert (kept["cells"], kept["variants"]) == (["a", "b", "c"], {"b": "without"})


def test_a_damaged_listing_is_named_and_all_else_is_merged(
    stores: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, into = stores
    (first / "protocols/p.json").write_text("{")
    assert merged(first, second, "--into", into) == 1
    said = capsys.readouterr()
    assert f"left out: {first / 'protocols/p.json'}: " in said.err and "3 runs added" in said.out
    assert json.loads((into / "protocols/p.json").read_text())["cells"] == ["b", "c"]
