"""Does every method still train as it did? ``python -m benchmark.canary``, before a long sweep.

Trains each method for some updates on a small phantom and compares the loss of every update with the trace kept for
this torch and class of device. Exits with 1 if one is a different method.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main

if TYPE_CHECKING:
    from benchmark.traces import Kept, Trace, Verdict

TRACES = Path(__file__).parent / "traces"
UPDATES = 50


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m benchmark.canary", description=__doc__)
    add = options.add_argument
    add("methods", nargs="*", metavar="METHOD", help="a registered method (default: all)")
    add("--updates", type=int, default=UPDATES, metavar="N", help=f"updates a method is trained (default {UPDATES})")
    add("--keep", action="store_true", help="keep the traces in place of those that were; takes six times as long")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--traces", type=Path, default=TRACES, metavar="DIR", help="folder of kept traces (default benchmark/traces)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print a verdict a method."""
    given = parser().parse_args(arguments)
    from benchmark.environment import device_of
    from benchmark.errors import UsageError
    from benchmark.rehearsal import measured, take, version
    from benchmark.traces import Traces
    from methods.registry import entries, entry

    if given.updates < 1:
        raise UsageError(f"--updates {given.updates}: expected 1 or more")
    names = [entry(name).name for name in given.methods] or list(entries())
    device, traces, torch = device_of(given.device), Traces(given.traces), version()
    kept, other = traces.load(torch, device.type), traces.nearest(torch, device.type)
    failed = False
    for name in names:
        trace = take(name, given.updates, device)
        verdict = _beside(kept, name, trace)
        wanted = f"torch {torch} on {device.type} with {given.updates} updates of this phantom"
        print(f"{name:16} {verdict or _missing(wanted, _beside(other, name, trace), other)}", flush=True)
        if given.keep:
            path = traces.save(torch, device.type, {name: measured(name, given.updates, device, trace)})
        failed |= verdict is not None and verdict.said == "different method"
    if given.keep:
        print(f"kept in {path}")
        return 0
    if failed:
        print("find out why before a long sweep; if the change was meant, --keep keeps the new traces")
    return int(failed)


def _beside(kept: Kept | None, name: str, trace: Trace) -> Verdict | None:
    """Return the verdict, or None where no trace of the same set-up is kept."""
    from benchmark.traces import compare

    mine = None if kept is None else kept.traces.get(name)
    return None if mine is None or mine.setup != trace.setup else compare(mine, trace)


def _missing(wanted: str, verdict: Verdict | None, other: Kept | None) -> str:
    nearest = f"; beside torch {other.torch}: {verdict}" if verdict and other else ""
    return f"no trace kept for {wanted}; --keep makes one{nearest}"


if __name__ == "__main__":
    main("benchmark.canary", command)
