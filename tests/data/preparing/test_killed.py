"""A case that ends the process that reads it is broken by its own name, and the others are made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from data import catalog
from data.folders.plan import read_plan
from data.preparing import jobs
from data.preparing.alone import KILLED, KilledError
from data.preparing.aside import PlaceError
from data.preparing.jobs import Done, Task, Workshop, done, told
from tests.data.folders.toy import nnunet
from tests.data.preparing.toy import shards

BEGIN = """
import os, sys
def fatal(act, named):
    def acted(*given):
        if named(given[0]) == {name!r}:
            os.kill(os.getpid(), 9)
        return act(*given)
    return acted
"""
FATAL = {
    "made": """
from data.preparing import jobs
jobs.make = fatal(jobs.make, lambda stream: stream.name)
""",
    "opened": """
from data.preparing import unopened
unopened.place_of = fatal(unopened.place_of, lambda path: path.name[:4])
""",
    "windowed": """
from data.folders import source
source.streamed = fatal(source.streamed, lambda case: case.name)
source.read_volume = fatal(source.read_volume, lambda case: case.name)
""",
}
"""What kills the process that does it to a case, wherever it is imported: a new process imports what began it."""
MAIN = """
from data.prepare import command
if __name__ == "__main__":
    sys.exit(command([sys.argv[1], "--size", "32", "--preset", "smoke", "--jobs", sys.argv[2]]))
"""
LESS = "GB hold no more beside the largest case"


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "asked"), [("made", "1"), ("made", "3"), ("opened", "3"), ("windowed", "3")])
def test_a_case_that_kills_its_process_is_listed_and_the_others_are_made(
    tmp_path: Path, place: Path, plans: Path, stage: str, asked: str
) -> None:
    windowed = stage == "windowed"
    root = nnunet(tmp_path / "toy", masked=6, bare=0, channels=("CT" if windowed else "MRI",))
    split = catalog.find(str(root)).split
    name, plan = split.train[0], plans / "toy.json"
    script = tmp_path / "fatal.py"
    script.write_text(BEGIN.format(name=name) + FATAL[stage] + MAIN, encoding="utf-8")

    def run() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, str(script), str(plan), asked]
        return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)

    ended = run()
    if (stage, asked) != ("made", "3"):  # the command itself is killed with it, and the next knows at what
        assert ended.returncode == -signal.SIGKILL
        ended = run()
    assert ended.returncode == 1, ended.stderr
    assert f"  broken: {name} (training): {KILLED}" in ended.stdout and "Traceback" not in ended.stderr
    assert read_plan(plan).broken == {name: KILLED}
    assert len([path for path in shards(place) if path.endswith("images.npy")]) == len(split.train) + len(split.val) - 1
    again = run()  # which doesn't kill the command either
    assert again.returncode == 1 and read_plan(plan).broken == {name: KILLED}, again.stderr


class Pool:
    """Stands for processes: a case called fatal ends them all."""

    _processes = None

    def __init__(self, *_: object) -> None:
        self.is_broken = False

    def submit(self, act: object, task: Task) -> Future[Done]:
        self.is_broken |= task.name == "fatal"
        made = Future[Done]()
        if self.is_broken:
            made.set_exception(BrokenProcessPool())
        else:
            made.set_result(Done(task, None, None, 0))
        return made

    def shutdown(self, **_: object) -> None:
        pass


def test_those_under_way_are_made_again_alone_and_the_rest_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = list[str]()

    def alone(act: object, task: Task, **_: object) -> Done:
        apart.append(task.name)
        if task.name == "fatal":
            raise KilledError(KILLED)
        return Done(task, None, None, 0)

    monkeypatch.setattr(jobs, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(jobs, "apart", alone)
    monkeypatch.setattr(Task, "memory", 0)
    names = ["a", "b", "fatal", "c", "d", "e", "noted"]
    made = list(done(Workshop(None, Path(), 2), [Task(name, "p", None, []) for name in names], ["noted"]))
    assert sorted(one.task.name for one in made) == sorted(names)
    assert {one.task.name: one.wrong for one in made if one.wrong} == {"fatal": KILLED}
    assert apart[0] == "noted" and "fatal" in apart and len(apart) <= 3


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
