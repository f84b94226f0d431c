"""Killed in each stage of ACTION and started again, a run ends with the same weights and scores, byte for byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmark import run
from benchmark.training.progress import progress_of

ROOT = Path(__file__).parents[3]
SHARES = {"global": 1, "local": 1, "anatomical": 4}
UPDATES, VALIDATIONS = 18, 4  # 3, 3 and 12 updates, the last stage's validated after 9, 12, 15 and 18
KILLS = (1, 4, 11)  # at these updates or soon after: in each stage, in the last one after its first validation
FIRST_VALIDATED = 9


def words(out: Path, save_seconds: int) -> list[str]:
    sets = {"updates": UPDATES, "validations": VALIDATIONS, **{f"{name}_share": each for name, each in SHARES.items()}}
    cell = ["--method", "action", "--dataset", "phantom", "--preset", "smoke"]
    cell += [f"--set={name}={value}" for name, value in sets.items()]
    return [*cell, "--out", str(out), "--log-every", "1", "--save-seconds", str(save_seconds), "--device", "cpu"]


def start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmark.run", *words(out, save_seconds=0)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_at(update: int, out: Path) -> None:
    """Start the run and send SIGKILL at its first sign of the update, once a checkpoint is there."""
    process = start(out)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if seen_update(out) >= update and list(out.glob("*/checkpoint.pt")):
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.01)
    assert process.wait() == -signal.SIGKILL


def seen_update(out: Path) -> int:
    seen = [progress_of(path.parent) for path in out.glob("*/progress.json")]
    return max((one["update"] for one in seen if one is not None), default=0)


def only(out: Path) -> Path:
    (folder,) = (path.parent for path in out.glob("*/record.json"))
    return folder


def same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[key]) for key, value in one.items())


@pytest.mark.usefixtures("small_phantom", "thin")
def test_killed_in_each_stage_it_ends_with_the_same_bytes(tmp_path: Path, no_page: None) -> None:
    # A run that nobody kills needs no process of its own.
    assert run.command(words(tmp_path / "straight", save_seconds=60)) == 0
    straight = only(tmp_path / "straight")
    for update in KILLS:
        kill_at(update, tmp_path / "killed")
    (checkpoint,) = (tmp_path / "killed").glob("*/checkpoint.pt")
    known = torch.load(checkpoint, weights_only=True)["selection"]
    assert known["best_update"] == FIRST_VALIDATED  # so soon all have a Dice of 0, of which the earliest stays the best
    assert start(tmp_path / "killed").wait() == 0
    resumed = only(tmp_path / "killed")
    assert resumed.name == straight.name
    for name in ("cases.parquet", "history.parquet", "cell.json", "predictions/masks.npz"):
        assert (resumed / name).read_bytes() == (straight / name).read_bytes(), name
    weights = [torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (straight, resumed)]
    for kind in ("chosen", "last"):
        for rule, state in weights[0][kind].items():
            assert same(state, weights[1][kind][rule]), rule
    chosen = weights[1]["chosen"]
    assert same(chosen["val_best"], known["best"]) and not same(chosen["val_best"], chosen["last"])
    assert not list(resumed.glob(".*"))
