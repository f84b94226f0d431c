"""Sweeps under fire: killed at random moments, stopped by hand, run twice at once; the bytes are a quiet one's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmark.launchers.job import Job
from benchmark.launchers.local import Patience, launch
from tests.benchmark.launchers.cells import content, is_half_trained, jobs, undisturbed

pytestmark = pytest.mark.usefixtures("thin")
ROOT = Path(__file__).parents[3]
KILLS = 25  # of half-trained runs for each number of jobs, so fifty in all; some more die as they start
UPDATES = 20
SLOT = {"OMP_NUM_THREADS": "1"}
PROTOCOL = (
    "title = 'Fire'\ndataset = 'phantom'\n[[cells]]\nmethods = ['supervised', 'mean_teacher']\nlabeled = [2]\n"
    "seeds = [0, 1]\npresets = ['smoke']\nset = { updates = 40, validations = 2 }\n"
)


class Killer:
    """Kills a random worker about every third second; counts those that left a half-trained run behind."""

    def __init__(self) -> None:
        self.rng, self.kills = np.random.default_rng(0), 0

    def __call__(self, running: Sequence[Job]) -> None:
        workers = multiprocessing.active_children()
        half_trained = any(is_half_trained(job) for job in running)
        if not workers or self.kills >= KILLS or self.rng.random() > (1 / 3 if half_trained else 1 / 20):
            return
        worker = workers[int(self.rng.integers(len(workers)))]
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        self.kills += half_trained


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_a_sweep_whose_workers_are_killed_at_random_gives_the_bytes_of_a_quiet_one(count: int, tmp_path: Path) -> None:
    killer, rounds, quiet = Killer(), 0, undisturbed(tmp_path / "quiet", 2, UPDATES)
    while killer.kills < KILLS:
        rounds += 1
        out = tmp_path / str(rounds)
        ended = list(launch(jobs(out, 2, UPDATES), [SLOT] * count, Patience(retries=10 * KILLS), look=killer))
        assert [reason for _, reason in ended] == [None] * len(quiet)
        assert {cell: content(out, cell) for cell in quiet} == quiet


def sweep(folder: Path, out: str = "out") -> subprocess.Popen[str]:
    (folder / "fire.toml").write_text(PROTOCOL)
    words = [str(folder / "fire.toml"), "--out", str(folder / out), "--jobs", "1", "--device", "cpu"]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark.sweep", *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )  # fmt: skip


def nobody_is_left_of(group: int) -> bool:
    """Return whether a process group is empty within seconds; Python's resource tracker ends after its parent."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def in_mid_cell(out: Path) -> bool:
    return any(out.glob("*/progress.json"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_stopped_by_hand_it_says_one_line_leaves_nobody_and_goes_on(name: str, tmp_path: Path) -> None:
    first = sweep(tmp_path)
    while not in_mid_cell(tmp_path / "out") and first.poll() is None:
        time.sleep(0.05)
    os.killpg(first.pid, getattr(signal, name)) if name == "SIGINT" else first.send_signal(signal.SIGTERM)
    _, error = first.communicate(timeout=60)
    assert first.returncode == 130
    assert error.strip().splitlines()[-1] == "stopped; start the same command again to go on"
    assert "Traceback" not in error
    assert nobody_is_left_of(first.pid)
    again = sweep(tmp_path)
    printed, _ = again.communicate(timeout=600)
    assert again.returncode == 0
    assert printed.count("] done") == 4 - printed.count("  done   ")


@pytest.mark.slow
def test_two_sweeps_on_one_folder_share_the_work_and_train_no_cell_twice(tmp_path: Path) -> None:
    both = [sweep(tmp_path), sweep(tmp_path)]
    printed = [one.communicate(timeout=900)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert len(list((tmp_path / "out").glob("*/record.json"))) == 4
    trained = [
        (folder / "openings.jsonl").read_text().count("scoring") for folder in (tmp_path / "out").glob("phantom*")
    ]
    assert trained == [1] * 4
    assert all("[4/4] done" in text for text in printed)
