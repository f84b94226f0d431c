"""Cells of a sweep that other code made: said and counted, and trained anew where that is asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from benchmark import status, sweep
from benchmark.launchers.job import Job, attempt
from benchmark.launchers.made import made
from benchmark.launchers.plan import planned
from results.store import Store
from tests.benchmark.other_code.runs import (
    FILE,
    OTHER,
    cell,
    ran,
    restarted,
)
from tests.checkout import ROOT, copied, edit

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")


def protocol(folder: Path) -> Path:
    path = folder / "p.toml"
    path.write_text(
        "title = 'P'\ndataset = 'phantom'\n[[cells]]\nmethods = ['supervised', 'em']\nlabeled = [2]\n"
        "presets = ['smoke']\nset = { updates = 2, validations = 1 }\n"
    )
    return path


def test_a_sweep_and_status_say_it_by_cell_and_in_the_count(checkout: Path, tmp_path: Path, capsys) -> None:
    out, path = tmp_path / "out", protocol(tmp_path)
    folder = ran(out)
    restarted(checkout, FILE)
    words = [str(path), "--out", str(out), "--device", "cpu", "--dry-run"]
    assert sweep.command(words) == 0
    said = capsys.readouterr().out
    assert "2 cells, 1 done, 1 to run\n1 done made by other code than this checkout's; --force trains such" in said
    assert f"done  {folder.name}: {OTHER}\n" in said
    assert sweep.command([*words, "--force"]) == 0
    said = capsys.readouterr().out
    assert "2 cells, 0 done, 2 to run\n1 to run made by other code than this checkout's, and trained anew" in said
    plan = planned(Namespace(protocol=path, twin=False, data_root=None, preset=None), "cpu")
    plan.write(out)
    capsys.readouterr()
    assert status.command([str(path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"done     {folder.name}: {OTHER}\n" in said
    assert "1 done made by other code than this checkout's; benchmark.sweep --force trains such cells anew" in said


@pytest.mark.parametrize(
    ("words", "todo"),
    [(["--force", "em"], 1), (["--force", "em", "supervised"], 2), (["--force"], 2), ([], 1)],
)
def test_force_takes_cells_of_the_named_methods(
    words: list[str], todo: int, checkout: Path, tmp_path: Path, capsys
) -> None:
    ran(tmp_path / "out")
    restarted(checkout, FILE)
    given = [*words, str(protocol(tmp_path)), "--out", str(tmp_path / "out"), "--device", "cpu", "--dry-run"]
    assert sweep.command(given) == 0
    assert f"2 cells, {2 - todo} done, {todo} to run" in capsys.readouterr().out


def test_a_forced_cell_is_trained_anew_once(checkout: Path, tmp_path: Path, updates: list[int]) -> None:
    ran(tmp_path / "out")
    updates.clear()
    job = Job(cell(), None, tmp_path / "out", "cpu", 1, anew=True)
    assert attempt(job) is None and updates == []  # this code made it
    restarted(checkout, FILE)
    assert attempt(Job(cell(), None, tmp_path / "out", "cpu", 1)) is None and updates == []  # nobody asked
    assert attempt(job) is None and updates == [0, 1]
    assert attempt(job) is None and updates == [0, 1]
    assert made([cell()], Store(tmp_path / "out"), []).todo == []


def test_a_missing_protocol_is_named_by_status(tmp_path: Path) -> None:
    path = protocol(tmp_path)
    with pytest.raises(
        Exception, match=re.escape(f"there is no protocol file {tmp_path / 'q.toml'}; did you mean {path}?")
    ):
        status.command([str(tmp_path / "q.toml"), "--out", str(tmp_path)])


@pytest.mark.slow
def test_a_sweep_in_a_copy_of_the_checkout_trains_what_was_edited_anew(tmp_path: Path) -> None:
    root, path = copied(tmp_path / "checkout"), protocol(tmp_path)
    for name in ("data/splits",):
        (root / name).mkdir(parents=True, exist_ok=True)
        for file in (ROOT / name).glob("*.json"):
            (root / name / file.name).write_bytes(file.read_bytes())
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1] / "small"), str(root)])}

    def swept(*words: str) -> str:
        command = [
            sys.executable,
            "-m",
            "benchmark.sweep",
            str(path),
            "--device",
            "cpu",
            "--out",
            str(tmp_path / "out"),
        ]
        ended = subprocess.run([*command, *words], cwd=root, env=variables, capture_output=True, text=True, check=True)
        return ended.stdout

    assert "[2/2] done" in swept()
    edit(root, "methods/em.py")
    assert "2 cells, 2 done, 0 to run\n1 done made by other code" in swept()
    assert "[1/1] done phantom-2-em" in swept("--force")
    assert "2 cells, 2 done, 0 to run\n  done" in swept("--force")
