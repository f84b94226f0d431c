"""Whole cells on a device, as a user starts them: the same bytes after a kill, and several at once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benches.gpu_pace import Found

ROOT = Path(__file__).resolve().parents[1]
METHODS = ("mean_teacher", "action")
UPDATES, SEEDS = 60, 4
FOUR = """title = "Four cells"
dataset = "phantom"

[[cells]]
methods = ["supervised"]
labeled = [3]
presets = ["smoke"]
seeds = {seeds}
set = {{ updates = {updates} }}
"""
BYTES = ("cases.parquet", "history.parquet")


QUIET: dict[str, Any] = {
    "cwd": ROOT,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.STDOUT,
    "text": True,
    "check": False,
    "timeout": 150,
}


def cells(device: torch.device, left: Callable[[], float]) -> Iterator[Found]:
    """Yield whether killed runs end in the bytes of others, and what four cells at once take beside one."""
    with TemporaryDirectory() as made:
        out = Path(made)
        for method in METHODS:
            if left() < 0:
                yield {"method": method, "failed": "not killed, since the time is up"}
                continue
            yield {"part": "killed and resumed", "method": method, **killed(out / method, method, device)}
        if left() < 0:
            yield {"part": "cells at once", "failed": "not begun, since the time is up"}
            return
        yield {"part": "cells at once", **_at_once(out / "sweep", device)}


def killed(out: Path, method: str, device: torch.device) -> Found:
    """Return a digest of a run that was killed and started again, or that it failed or is another than without."""
    words = _run(method, device, "--save-seconds", "0")
    straight, cut = out / "straight", out / "cut"
    whole = subprocess.run([*words, "--out", str(straight)], **QUIET)
    with subprocess.Popen([*words, "--out", str(cut)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as begun:
        until = time.monotonic() + 60
        while not list(cut.glob("*/checkpoint.pt")) and begun.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        begun.kill()
    if list(cut.glob("*/record.json")) or not list(cut.glob("*/checkpoint.pt")):
        return {"failed": "it was not killed between its first checkpoint and its record"}
    again = subprocess.run([*words, "--out", str(cut)], **QUIET)
    if whole.returncode or again.returncode:
        return {"failed": f"exit {whole.returncode} undisturbed, {again.returncode} after the kill"}
    mine, other = _digest(cut), _digest(straight)
    return {"bytes": mine} if mine == other else {"failed": f"other bytes: {mine} after the kill, {other} without"}


def _at_once(out: Path, device: torch.device) -> Found:
    """Return seconds of one cell, and of four by a sweep, which packs them by the memory that the first one took."""
    start = time.monotonic()
    alone = subprocess.run([*_run("supervised", device), "--seed", "9", "--out", str(out)], **QUIET)
    one = time.monotonic() - start
    protocol = out / "four.toml"
    protocol.parent.mkdir(parents=True, exist_ok=True)
    protocol.write_text(FOUR.format(seeds=list(range(SEEDS)), updates=UPDATES), encoding="utf-8")
    start = time.monotonic()
    words = ("benchmark.sweep", str(protocol), "--device", device.type, "--jobs", str(SEEDS), "--out", str(out))
    swept = subprocess.run([sys.executable, "-m", *words], **QUIET)
    four = time.monotonic() - start
    if alone.returncode or swept.returncode:
        return {"failed": f"exit {alone.returncode} alone, {swept.returncode} together: {swept.stdout[-200:]!r}"}
    return {"one_s": one, "four_s": four}


def _run(method: str, device: torch.device, *more: str) -> Sequence[str]:
    cell = ("--method", method, "--dataset", "phantom", "--preset", "smoke", "--labeled", "3")
    return [sys.executable, "-m", "benchmark.run", *cell, "--set", f"updates={UPDATES}", "--device", device.type, *more]


def _digest(out: Path) -> str:
    (record,) = out.glob("*/record.json")
    return hashlib.sha256(b"".join((record.parent / name).read_bytes() for name in BYTES)).hexdigest()[:16]
