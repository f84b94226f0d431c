"""A real Ray cluster of two nodes on this machine: a node that dies in mid-sweep costs nothing but time."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmark.environment import checkout
from benchmark.errors import RunError, UsageError
from benchmark.launchers import ray as launcher
from benchmark.launchers.job import Job
from benchmark.launchers.ray import Shares, connected, files_of, launch, task_of
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from results.errors import ResultError
from results.store import Store
from tests.benchmark.launchers.cells import content, is_half_trained, jobs, undisturbed

pytestmark = pytest.mark.usefixtures("thin")
KILLS = 25  # of half-trained runs for each number of cells at once, so fifty in all; some more die as they start
UPDATES = 20


class Killer(threading.Thread):
    """Kills a process that runs a cell every other second or so, until it has killed enough half-trained ones.

    jobs: those of the round, which the test sets.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.rng, self.kills = np.random.default_rng(0), 0
        self.jobs: Sequence[Job] = ()

    def run(self) -> None:
        while self.kills < KILLS:
            time.sleep(self.rng.uniform(0, 4))
            commands = Path("/proc").glob("[0-9]*/cmdline")
            running = [int(command.parent.name) for command in commands if named(command) == "ray::_run"]
            half_trained = any(is_half_trained(job) for job in self.jobs)
            if running and (half_trained or self.rng.random() < 1 / 10):
                os.kill(running[int(self.rng.integers(len(running)))], signal.SIGKILL)
                self.kills += half_trained


def named(command: Path) -> str:
    """Return the name that a process gave itself; Ray's workers take their task's. Empty where it is gone."""
    try:
        return command.read_bytes().rstrip(b"\0").decode(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def nodes() -> Iterator[tuple[Any, Any]]:
    """Start a head without a slot for cells and two nodes with one each; yield the cluster and a node."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install -e '.[cluster]' adds it")
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    yield cluster, node
    ray.shutdown()
    cluster.shutdown()


@pytest.mark.slow
def test_a_node_that_dies_in_mid_sweep_leaves_a_full_table(nodes: tuple[Any, Any], tmp_path: Path) -> None:
    cluster, node = nodes
    mine = jobs(tmp_path / "ray", 3)
    ended = []
    for number, (job, reason) in enumerate(launch(mine, Shares(), cluster.address)):
        if number == 0:
            cluster.remove_node(node, allow_graceful=False)
        ended.append((job.cell.id, reason))
    assert sorted(ended) == sorted((job.cell.id, None) for job in mine)
    assert not list((tmp_path / "ray").glob(".seen-by-*"))
    for cell, wanted in undisturbed(tmp_path / "alone", 3).items():
        assert content(tmp_path / "ray", cell) == wanted


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are found in /proc, which this system lacks")
@pytest.mark.parametrize("at_once", [1, 2])
def test_workers_killed_at_random_cost_nothing_but_time(nodes: tuple[Any, Any], at_once: int, tmp_path: Path) -> None:
    cluster, _ = nodes
    quiet, killer = undisturbed(tmp_path / "quiet", 2, UPDATES), Killer()
    killer.start()
    rounds = 0
    while killer.is_alive():
        rounds += 1
        out = tmp_path / str(rounds)
        shares, killer.jobs = Shares(retries=10 * KILLS, at_once=at_once), jobs(out, 2, UPDATES)
        ended = [reason for _, reason in launch(killer.jobs, shares, cluster.address)]
        assert ended == [None] * len(quiet)
        assert {cell: content(out, cell) for cell in quiet} == quiet
    assert killer.kills == KILLS


@pytest.mark.slow
@pytest.mark.parametrize(("gpus", "alone", "each"), [(0.5, False, True), (0, False, False), (0, True, True)])
def test_cells_on_a_gpu_and_beside_code_from_outside_have_a_process_each_and_others_share_them(
    nodes: tuple[Any, Any], gpus: float, alone: bool, each: bool
) -> None:
    cluster, node = nodes
    cluster.remove_node(node)
    cluster.add_node(num_cpus=1, num_gpus=1)  # Ray believes it
    ray = connected(cluster.address)
    task = task_of(ray, Shares(gpus=gpus), lambda: os.getpid(), alone)
    where = [ray.get(task.remote()) for _ in range(6)]
    assert (len(set(where)) == len(where)) == each


def test_files_of_a_node_that_does_not_see_the_store_come_whole_or_not_at_all(tmp_path: Path) -> None:
    (job, _) = jobs(tmp_path / "node", 1)
    there = run_cell(job.cell, find("phantom"), Store(job.out), Options(torch.device("cpu")))
    files = dict(files_of(there))
    here = Store(tmp_path / "store")
    here.receive(job.cell.id, files)
    assert files_of(here.folder(job.cell.id)) == files
    damaged = {**files, "cases.parquet": files["cases.parquet"][:-1] + b"x"}
    with pytest.raises(ResultError, match=r"cases\.parquet of phantom-2-supervised.* is damaged"):
        Store(tmp_path / "other").receive(job.cell.id, damaged)
    assert not (tmp_path / "other").exists()


def test_a_node_of_other_code_refuses_and_one_whose_git_was_killed_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> tuple[str | None, bool]:
        raise RunError("git status was stopped by signal 9")

    (job, _) = jobs(tmp_path, 1)
    monkeypatch.setattr(launcher, "code", launcher.code.__wrapped__)
    monkeypatch.setattr(checkout, "commit", lambda: ("0123", False))
    refusal = "a node's code is of commit 0123, this sweep's of commit 4567; update the node"
    assert launcher._run(job, "token", ("4567", "")).reason == refusal
    monkeypatch.setattr(checkout, "commit", killed)
    assert launcher._run(job, "token", ("0123", "")).reason == "git status was stopped by signal 9"
    monkeypatch.setattr(checkout, "commit", lambda: ("0123", False))
    assert launcher._run(job, "token", ("0123", "")).reason is None


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"needs Ray, which is not installed: pip install 'action-bench\[cluster\]'"):
        connected(None)


@pytest.mark.parametrize(
    ("kept", "chosen", "mode"), [(True, "", "token"), (False, "", ""), (True, "disabled", "disabled")]
)
def test_a_token_is_shown_where_there_is_one(
    kept: bool, chosen: str, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kept:
        (tmp_path / "auth_token").write_text("secret")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "auth_token"))
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", chosen)  # so that it is put back
    if not chosen:
        monkeypatch.delenv("RAY_AUTH_MODE")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError):
        connected(None)
    assert os.environ.get("RAY_AUTH_MODE", "") == mode
