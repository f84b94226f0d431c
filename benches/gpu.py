"""On a GPU: is it right, and how fast? ``python benches/gpu.py [--out FILE.json] [--device cpu]``

One table of every method and stage at preset ``paper``, then whether the same seed gives the same bits, how far card,
CPU and half precision are apart over ten updates, what scoring takes, and whole cells: killed ones, several at once.
Goes on after a failure, and exits with 1 where anything failed. ``--device cpu`` rehearses every line of it on small
slices.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from benches.gpu_cells import cells
from benches.gpu_pace import Found, Pace, names
from benches.gpu_same import agreement
from benches.gpu_scoring import scoring
from benchmark.cells.preset import PRESETS
from benchmark.environment.device import describe, device_of
from benchmark.running.determinism import deterministic

PARTS = {"same": 0.4, "pace": 0.75, "scoring": 1.0, "cells": 1.0}
"""What is looked at, and the share of all time until which something of it may begin."""
REHEARSED = {"size": 64, "labeled_batch": 2, "unlabeled_batch": 2}


def main() -> int:
    """Print the tables and write all of it as JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = options.add_argument
    add("--device", default="cuda", help="cuda (default), or cpu for a rehearsal")
    add("--out", type=Path, default=Path("gpu.json"), help="file of all figures (default gpu.json)")
    add("--updates", type=int, help="updates a stage is timed over (default 20, 1 in a rehearsal)")
    add("--seconds", type=float, default=150, help="time after which nothing more is begun (default 150)")
    add("--methods", nargs="*", help="which methods (default all)")
    add("--eager", action="store_true", help="launch each kernel of an update by itself")
    add("--parts", nargs="*", default=[*PARTS], help=f"{', '.join(PARTS)} (default all)")
    given = options.parse_args()
    device, begun = device_of(given.device), time.monotonic()
    card = device.type == "cuda"
    preset = PRESETS["paper"] if card else PRESETS["paper"].model_copy(update=REHEARSED)
    updates = given.updates or (20 if card else 1)
    chosen = given.methods or names()

    def left(part: str) -> float:
        return PARTS[part] * given.seconds - (time.monotonic() - begun)

    parts: dict[str, Callable[[], Iterable[Found]]] = {
        "pace": lambda: _paced(Pace(device, preset, updates, given.eager), chosen, lambda: left("pace")),
        "same": lambda: map(_said, agreement(device, chosen, lambda: left("same"))),
        "scoring": lambda: map(_said, scoring(device, preset)),
        "cells": lambda: map(_said, cells(device, lambda: left("cells"))),
    }
    found: dict[str, Any] = {"environment": describe(device), "preset": preset.model_dump(mode="json")}
    with deterministic(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the pace tells which there were
        for part in given.parts:
            found[part] = []
            for one in _guarded(part, parts[part]):
                found[part].append(one)
                found["seconds"] = time.monotonic() - begun
                given.out.write_text(json.dumps(found, indent=1), encoding="utf-8")  # also for one that is stopped
    failed = [
        one for part in given.parts for one in found[part] if "failed" in one or one.get("twice_the_same") is False
    ]
    for one in failed:
        print("failed:", one)
    return int(bool(failed))


def _guarded(part: str, run: Callable[[], Iterable[Found]]) -> Iterator[Found]:
    """Yield what a part finds, and why it failed."""
    try:
        yield from run()
    except Exception as error:
        yield _said({"failed": f"{part}: {type(error).__name__}: {error}"})


def _paced(pace: Pace, chosen: Sequence[str], left: Callable[[], float]) -> Iterator[Found]:
    print(
        f"{'method, stage':32}{'/s':>8}{'ms':>8}{'on it':>8}{'busy':>6}{'kernels':>8}{'MiB':>7}  waits in five updates"
    )
    for name in chosen:
        if left() < 0:
            yield _said({"method": name, "failed": "not measured, since the time is up"})
            continue
        for one in pace.of(name):
            _row(one)
            yield one
            if torch.cuda.is_initialized():
                torch.cuda.empty_cache()


def _row(one: Found) -> None:
    named = f"{one['method']}, {one['stage']}"
    if "failed" in one:
        print(f"{named:32} {one['failed']}", flush=True)
        return
    ms, waits = one.get("device_ms", float("nan")), sum(one.get("syncs", {}).values())
    print(
        f"{named:32}{one['updates_a_second']:8.1f}{one['ms']:8.2f}{ms:8.2f}{one.get('busy', 0):6.0%}"
        f"{one.get('kernels', 0):8.0f}{one.get('peak_mib', 0):7.0f}  {waits:.0f}",
        flush=True,
    )


def _said(one: Found) -> Found:
    print(", ".join(f"{key} {value}" for key, value in one.items()), flush=True)
    return one


if __name__ == "__main__":
    sys.exit(main())
