"""A case that ends the process that reads it is broken by its own name, and the others are made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data import catalog
from data.folders.plan import read_plan
from data.preparing import jobs
from data.preparing.jobs import KILLED, PlaceError, Task, Workshop, done, told
from tests.data.folders.toy import nnunet
from tests.data.preparing.toy import shards

FATAL = """
import os, sys
from data.preparing import jobs
made = jobs.make
def make(stream, *given):
    if stream.name == {name!r}:
        os.kill(os.getpid(), 9)
    return made(stream, *given)
jobs.make = make
"""
"""Kills the process that prepares a case, wherever it is imported: a process of a pool imports what began it."""
LESS = "GB hold no more beside the largest case"
MAIN = """
from data.prepare import command
if __name__ == "__main__":
    sys.exit(command([sys.argv[1], "--size", "32", "--preset", "smoke", "--jobs", sys.argv[2]]))
"""


def run(tmp_path: Path, plan: Path, name: str, jobs: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "fatal.py").write_text(FATAL.format(name=name) + MAIN, encoding="utf-8")
    words = [sys.executable, str(tmp_path / "fatal.py"), str(plan), jobs]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("asked", ["1", "3"])
def test_a_case_that_kills_its_process_is_listed_and_the_others_are_made(
    tmp_path: Path, place: Path, plans: Path, asked: str
) -> None:
    root = nnunet(tmp_path / "toy", masked=6, bare=0)
    split = catalog.find(str(root)).split
    name, plan = split.train[1], plans / "toy.json"
    ended = run(tmp_path, plan, name, asked)
    if asked == "1":  # one process alone is killed with it, and the next knows at what
        assert ended.returncode == -signal.SIGKILL
        ended = run(tmp_path, plan, name, asked)
    assert ended.returncode == 1, ended.stderr
    assert f"  broken: {name} (training): {KILLED}" in ended.stdout and "Traceback" not in ended.stderr
    assert read_plan(plan).broken == {name: KILLED}
    assert len([path for path in shards(place) if path.endswith("images.npy")]) == len(split.train) + len(split.val) - 1
    again = run(tmp_path, plan, name, asked)  # which doesn't kill the command either
    assert again.returncode == 1 and read_plan(plan).broken == {name: KILLED}, again.stderr


def test_where_no_process_begins_no_case_is_at_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_begin", os._exit)
    with pytest.raises(PlaceError, match="was ended before it began, as systems do where memory runs out"):
        list(done(Workshop(None, tmp_path, 1), [Task("a", "a", None, [])], ["a"]))


@pytest.mark.parametrize(
    ("asked", "largest", "memory", "words"),
    [
        (1, 0, 1_900_000_000, "5 cases to read, by 1 process"),
        (2, 0, 1_900_000_000, "5 cases to read, by 2 processes side by side"),
        (64, 0, 1_900_000_000, f"5 cases to read, by 2 processes side by side, since 1.9 {LESS}"),
        (64, 10**9, 1_900_000_000, f"5 cases to read, by 1 process, since 1.9 {LESS}"),
        (64, 10**9, 32 * 10**9, "5 cases to read, by 5 processes side by side"),
        (64, 10**9, 4 * 10**9, f"5 cases to read, by 4 processes side by side, since 4 {LESS}"),
    ],
)
def test_how_many_processes_work_is_said(
    monkeypatch: pytest.MonkeyPatch, asked: int, largest: int, memory: int, words: str
) -> None:
    monkeypatch.setattr(Task, "memory", largest)
    tasks = [Task(str(number), "a", None, []) for number in range(5)]
    assert told(Workshop(None, Path(), asked, memory), tasks) == words
