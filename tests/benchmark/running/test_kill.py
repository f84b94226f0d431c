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

ROOT = Path(__file__).parents[3]
STAGES = ("global", "local", "anatomical")
UPDATES = 18


def start(out: Path) -> subprocess.Popen[bytes]:
    shares = [f"--set={name}_share=1" for name in STAGES]
    words = ["--method", "action", "--dataset", "phantom", "--preset", "smoke", f"--set=updates={UPDATES}", *shares]
    words += ["--out", str(out), "--log-every", "1", "--save-seconds", "0", "--device", "cpu"]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark.run", *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


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


def finish(out: Path) -> Path:
    process = start(out)
    assert process.wait() == 0
    (folder,) = (path.parent for path in out.glob("*/record.json"))
    return folder


@pytest.mark.usefixtures("small_phantom")
def test_killed_in_each_stage_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    straight = finish(tmp_path / "straight")
    for stage in STAGES:
        kill_in(stage, tmp_path / "killed")
    resumed = finish(tmp_path / "killed")
    assert resumed.name == straight.name
    for name in ("cases.parquet", "history.parquet", "cell.json", "predictions/masks.npz"):
        assert (resumed / name).read_bytes() == (straight / name).read_bytes(), name
    weights = [torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (straight, resumed)]
    for kind in ("chosen", "last"):
        for rule, state in weights[0][kind].items():
            assert all(torch.equal(value, weights[1][kind][rule][key]) for key, value in state.items())
    assert not list(resumed.glob(".*"))
