"""``--limit N``: the first N cells of each block, which nothing can take for the whole; then the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark import status, sweep
from reports import build
from reports.site import command as site
from results.record import Limited, Listing, read_listing
from tests.benchmark.outcome import outcome

pytestmark = pytest.mark.usefixtures("thin")
TWO = """title = "Two blocks"
dataset = "phantom"
set = { updates = 2, validations = 1 }
[[cells]]
methods = ["em", "supervised"]
labeled = [2]
seeds = [0, 1]
presets = ["smoke"]
[[cells]]
methods = ["supervised"]
labeled = [2]
seeds = [0, 1]
presets = ["smoke"]
set = { lr = [0.01, 0.02] }
"""
THREE = """title = "Two blocks"
dataset = "phantom"
set = { updates = 2, validations = 1 }
[[cells]]
methods = ["supervised"]
labeled = [2]
presets = ["smoke"]
set = { lr = [0.01, 0.02] }
[[cells]]
methods = ["em"]
labeled = [2]
presets = ["smoke"]
"""
PART = "a part: {} of {} cells, the first {} of each block (--limit {}); the same command without --limit goes on"


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(TWO)
    return path


def cells(printed: str) -> list[str]:
    """Return method, seed and what is said beside each cell of a dry run."""
    lines = [line.split("phantom-2-")[1] for line in printed.splitlines() if "phantom-2-" in line]
    return [" ".join([one.split("-")[0], one.split("-")[3], *one.split(" ")[1:]]) for one in lines]


@pytest.mark.usefixtures("small_phantom", "thin")
def test_the_first_cells_of_each_block_are_those_that_run_first(
    protocol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(protocol), "--out", str(tmp_path / "out"), "--device", "cpu", "--dry-run"]
    assert sweep.command([*words, "--limit", "1"]) == 0
    printed = capsys.readouterr().out
    assert cells(printed) == ["em s0", "supervised s0 lr=0.01"]
    assert PART.format(2, 8, "cell", 1) in printed
    assert "2 cells, 0 done, 2 to run" in printed
    assert sweep.command([*words, "--limit", "2"]) == 0
    printed = capsys.readouterr().out
    assert cells(printed) == ["em s0", "supervised s0 lr=0.03", "supervised s0 lr=0.01", "supervised s0 lr=0.02"]
    assert PART.format(4, 8, "2 cells", 2) in printed
    assert sweep.command([*words, "--limit", "9"]) == 0
    assert "a part" not in capsys.readouterr().out


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_cell_of_two_blocks_counts_in_both_and_an_excluded_one_in_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = '[[cells]]\nmethods = [{}]\nlabeled = [2]\npresets = ["smoke"]\n'
    inner = 'title = "I"\ndataset = "phantom"\n' + block.format('"ict", "dct"')
    (tmp_path / "inner.toml").write_text(inner)
    path = tmp_path / "outer.toml"
    path.write_text(
        'title = "O"\ndataset = "phantom"\ninclude = ["inner.toml"]\n'
        + block.format('"em", "dct", "cps"')
        + block.format('"dct", "supervised"')
        + '[[exclude]]\nmethods = ["ict", "em"]\n'
    )
    assert sweep.command([str(path), "--out", str(tmp_path / "o"), "--device", "cpu", "--dry-run", "--limit", "1"]) == 0
    printed = capsys.readouterr().out
    assert cells(printed) == ["dct s0"]  # the first of what is left of each of three blocks
    assert "a part: 1 of 3 cells" in printed


@pytest.mark.usefixtures("small_phantom")
def test_a_limited_sweep_says_that_it_is_a_part_everywhere_and_the_rest_follows(
    protocol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    protocol.write_text(THREE)
    out, page = tmp_path / "out", tmp_path / "page"
    words = [str(protocol), "--out", str(out), "--device", "cpu", "--jobs", "1"]
    assert sweep.command([*words, "--limit", "1"]) == 0
    printed = capsys.readouterr().out
    assert printed.count(PART.format(2, 3, "cell", 1)) == 2 and printed.rstrip().endswith("goes on with the rest")
    listing = read_listing(out / "protocols" / "two.json")
    assert len(listing.cells) == 3 and listing.limited is not None
    assert listing.limited.each == 1 and len(listing.limited.cells) == 2
    assert status.command([str(protocol), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "2 of 3 done" in said
    assert "a part: the sweep was limited to 2 of 3 cells, 1 of each block at most; without --limit it goes on" in said
    assert " lr=0.02\n" in said  # of a cell that was left out
    assert build.command(["--protocol", "two", "--runs", str(out), "--out", str(page)]) == 0
    assert "<h1>Two blocks (a part: 2 of 3 cells)</h1>" in (page / "index.html").read_text()
    assert build.command(["--protocol", "two", "--runs", str(out), "--out", str(page), "--title", "Mine"]) == 0
    assert "<h1>Mine (a part: 2 of 3 cells)</h1>" in (page / "index.html").read_text()
    assert site(["--runs", str(out), "--out", str(tmp_path / "site")]) == 0
    assert "Two blocks (a part: 2 of 3 cells)" in (tmp_path / "site" / "index.html").read_text()
    done = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/record.json")}
    assert sweep.command(words) == 0
    printed = capsys.readouterr().out
    assert "3 cells, 2 done, 1 to run" in printed and "a part" not in printed
    assert all((out / name / "record.json").stat().st_mtime_ns == when for name, when in done.items())
    assert read_listing(out / "protocols" / "two.json").limited is None
    assert build.command(["--protocol", "two", "--runs", str(out), "--out", str(page)]) == 0
    assert "<h1>Two blocks</h1>" in (page / "index.html").read_text()


def test_a_heading_is_of_a_part_as_long_as_cells_are_left() -> None:
    limited = Limited(each=1, cells=("a", "b"))
    listing = Listing(title="T", cells=("a", "b", "c"), limited=limited)
    assert [listing.heading(done) for done in (0, 2, 3)] == ["T (a part: 2 of 3 cells)"] * 2 + ["T"]
    assert Listing(title="T", cells=("a", "b")).heading(1) == "T"
    older = json.dumps({"title": "T", "cells": ["a"], "variants": {}})
    assert Listing.model_validate_json(older).limited is None


def test_a_limit_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, error = outcome(capsys, sweep, [str(tmp_path / "any.toml"), "--limit", "0"])
    assert code == 2 and "--limit 0: expected 1 or more" in error
