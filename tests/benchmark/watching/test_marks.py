"""The word that status and a sweep say of a run, and what it costs them."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmark import status
from benchmark.launchers.display import Watch
from benchmark.watching import mark, verdict
from results.writing import write_json
from tests.benchmark.watching.made_runs import cell, done, five_seeds, rows, under_way

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let the bands of five seeds be this repository's, and return which files of bands are read."""
    folder, read = five_seeds(tmp_path), list[Path]()
    monkeypatch.setattr(mark, "bands_for", lambda preset: verdict.bands_for(preset, folder))
    monkeypatch.setattr(verdict, "read_bands", lambda path, own=verdict.read_bands: (read.append(path), own(path))[1])
    verdict.bands_for.cache_clear()
    return read


def listed(root: Path, *cells: str) -> list[str]:
    write_json(root / "protocols" / "p.json", {"title": "P", "cells": list(cells)})
    return ["p.toml", "--out", str(root)]


def test_status_marks_what_is_outside_in_one_word(bands: list[Path], tmp_path: Path, capsys) -> None:
    root, good, bad, late, other = tmp_path / "runs", cell(7), cell(8), cell(9), cell(7, method="em")
    done(root, good, rows(1.0, 0.4))
    done(root, bad, rows(1.0, 0.9))
    under_way(root, late, rows(5.0, 0.4, until=20))
    done(root, other, rows(50.0, 0.4))
    capsys.readouterr()
    assert status.command(listed(root, good.id, bad.id, late.id, other.id, "missing")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [": outside, " in line for line in lines[:5]] == [False, True, True, False, False]
    assert lines[2].startswith(f"cut off  {late.id}: outside, at train 20/40")
    assert lines[-1] == f"2 outside the band of our seeds; python -m benchmark.doctor {root / bad.id}"
    assert bands == [tmp_path / "bands" / "smoke.json"]  # once, however many cells there are


def test_status_goes_on_where_bands_are_damaged_and_says_so(bands: list[Path], tmp_path: Path, capsys) -> None:
    (tmp_path / "bands" / "smoke.json").write_text("{")
    folder = done(tmp_path / "runs", cell(8), rows(1.0, 0.9))
    assert mark.told_of(folder) == ""
    capsys.readouterr()
    assert status.command(listed(tmp_path / "runs", folder.name)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "whether any is outside its band is not known" in lines[0] and "smoke.json is damaged" in lines[0]
    assert "1 of 1 done" in lines[2]


def test_a_sweep_says_of_a_cell_that_ended_that_it_is_inside_or_outside(
    bands: list[Path], tmp_path: Path, capsys
) -> None:
    folders = [done(tmp_path / "runs", cell(7), rows(1.0, 0.4)), done(tmp_path / "runs", cell(8), rows(1.0, 0.9))]
    folders.append(done(tmp_path / "runs", cell(7, method="em"), rows(1.0, 0.9)))
    jobs = [SimpleNamespace(id=folder.name, folder=folder) for folder in folders]
    forecast = SimpleNamespace(ended=lambda *_: None, left=lambda *_: None)
    capsys.readouterr()
    watch = Watch(jobs, forecast, io.StringIO())  # type: ignore[arg-type]
    assert watch.follow(((job, None) for job in jobs), lambda *_: None) == 0  # type: ignore[misc]
    said = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert said == [
        "inside its band",
        "outside its band: val_dice is high at update 40 (0.9; band 0.2034 to 0.6366); "
        f"python -m benchmark.doctor {folders[1]}",
    ]


@pytest.mark.parametrize("words", [["benchmark.status", "p.toml", "--out"], ["benchmark.doctor"]])
def test_looking_imports_no_torch(words: list[str], tmp_path: Path) -> None:
    folder = done(tmp_path, cell(8), rows(1.0, 0.9))
    listed(tmp_path, folder.name)
    module, *given = words
    where = str(tmp_path if given else folder)
    code = f"import sys; from {module} import command; command({[*given, where]}); print('torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert folder.name in ended.stdout
    assert ended.stdout.splitlines()[-1] == "False"
