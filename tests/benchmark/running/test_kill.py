"""Killed in each stage of ACTION and started again, a run ends with the same weights and scores, byte for byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from benchmark import run

ROOT = Path(__file__).parents[3]
STAGES = ("global", "local", "anatomical")
UPDATES = 12


def words(out: Path, save_seconds: int) -> list[str]:
    shares = [f"--set={name}_share=1" for name in STAGES]
    cell = ["--method", "action", "--dataset", "phantom", "--preset", "smoke", f"--set=updates={UPDATES}", *shares]
    return [*cell, "--out", str(out), "--log-every", "1", "--save-seconds", str(save_seconds), "--device", "cpu"]


def start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmark.run", *words(out, save_seconds=0)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_in(stage: str, out: Path) -> None:
    """Start the run and send SIGKILL at its first sign of the stage, once a checkpoint is there."""
    process = start(out)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if seen_stage(out) == stage and list(out.glob("*/checkpoint.pt")):
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.01)
    assert process.wait() == -signal.SIGKILL


def seen_stage(out: Path) -> str | None:
    for path in out.glob("*/progress.json"):
        try:
            return str(json.loads(path.read_text())["stage"])
        except (OSError, json.JSONDecodeError):
            return None
    return None


def only(out: Path) -> Path:
    (folder,) = (path.parent for path in out.glob("*/record.json"))
    return folder


@pytest.mark.usefixtures("small_phantom")
def test_killed_in_each_stage_it_ends_with_the_same_bytes(tmp_path: Path, no_page: None) -> None:
    # A run that nobody kills needs no process of its own.
    assert run.command(words(tmp_path / "straight", save_seconds=60)) == 0
    straight = only(tmp_path / "straight")
    for stage in STAGES:
        kill_in(stage, tmp_path / "killed")
    assert start(tmp_path / "killed").wait() == 0
    resumed = only(tmp_path / "killed")
    assert resumed.name == straight.name
    for name in ("cases.parquet", "history.parquet", "cell.json", "predictions/masks.npz"):
        assert (resumed / name).read_bytes() == (straight / name).read_bytes(), name
    weights = [torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (straight, resumed)]
    for kind in ("chosen", "last"):
        for rule, state in weights[0][kind].items():
            assert all(torch.equal(value, weights[1][kind][rule][key]) for key, value in state.items())
    assert not list(resumed.glob(".*"))
