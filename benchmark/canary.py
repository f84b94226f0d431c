"""Does every method still train as it did? ``python -m benchmark.canary``, before a long sweep.

Trains each method for some updates on a small phantom and compares every term of every update, and what the update did
to the weights, with the trace kept for this torch and class of device, else for the nearest torch. Exits with 0 only
if every method was compared and none is a different one. Which code left which trace, digit by digit, is written down
in results/same_code.json, but of a different one: records of codes with one trace may stand in one line of a page.

Not seen: what begins after these updates or weighs less than rounding; defaults that the canary's preset replaces (a
teacher's decay, thresholds, ramps, the learning rate), which a cell's id shows; other fidelities, backbones and
precisions; how weights are selected and scored.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.folders import require_writable
from shell.options import Parser, whole

if TYPE_CHECKING:
    from torch import device as Device

    from benchmark.canaries.traces import Kept, Trace, Traces, Verdict
    from methods.registry import Entry

TRACES = Path(__file__).parent / "canaries" / "kept"
UPDATES = 50


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.canary", __doc__)
    add = options.add_argument
    add(
        "methods",
        nargs="*",
        metavar="METHOD",
        help="a registered method, or a file of one (default: all of this repository)",
    )
    add(
        "--updates",
        type=whole(1),
        default=UPDATES,
        metavar="N",
        help=f"updates a method is trained (default {UPDATES})",
    )
    add("--keep", action="store_true", help="keep these methods' traces in place of theirs; takes five times as long")
    add("--device", default="auto", help="cpu, cuda, or auto (default): CUDA where there is any")
    add(
        "--traces",
        type=Path,
        default=TRACES,
        metavar="DIR",
        help="folder of kept traces (default benchmark/canaries/kept)",
    )
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print a verdict a method, or keep their traces."""
    given = parser().parse_args(arguments)
    from benchmark.canaries.traces import Traces
    from benchmark.environment.device import device_of
    from benchmark.errors import UsageError
    from benchmark.outside.named import method_named
    from methods.registry import entries

    if given.keep and given.updates != UPDATES:
        raise UsageError(f"--keep keeps traces of {UPDATES} updates, none of {given.updates}; leave --updates out")
    if given.keep:
        require_writable(given.traces, "name another with --traces")
    chosen = {word: method_named(word) for word in given.methods} or entries()
    if given.keep and given.traces == TRACES and (theirs := [one.name for one in chosen.values() if one.origin]):
        raise UsageError(f"--keep: {theirs[0]} is from outside; keep its trace elsewhere, with --traces DIR")
    run = _keep if given.keep else _check
    return run(chosen, given.updates, device_of(given.device), Traces(given.traces))


def _check(chosen: Mapping[str, Entry], updates: int, device: Device, traces: Traces) -> int:
    from benchmark.canaries.rehearsal import take, version

    torch, same = version(), _SameCodes(updates)
    kept, other = traces.load(torch, device.type), traces.nearest(torch, device.type)
    missing = f"no trace kept for torch {torch} on {device.type} with {updates} updates of this phantom"
    uncompared = different = 0
    for word, method in chosen.items():
        name, trace = method.name, take(word, updates, device)
        mine, nearest = _beside(kept, name, trace), _beside(other, name, trace)
        line = str(mine) if mine else f"{missing}; --keep makes one"
        if other and nearest and not mine:
            line = f"{missing}; beside torch {other.torch}: {nearest}"
        print(f"{name:16} {line}", flush=True)
        verdict = mine or nearest
        if verdict is not None and verdict.said != "different method" and method.origin is None:
            same.add(name, trace)
        uncompared += verdict is None
        different += verdict is not None and verdict.said == "different method"
    if uncompared:
        words = "compared with nothing: of these it is not known whether they train as before"
        print(f"{uncompared} of {len(chosen)} {words}")
    if different:
        print("find out why before a long sweep; if the change was meant, --keep keeps the new traces")
    same.write()
    return int(bool(uncompared or different))


def _keep(chosen: Mapping[str, Entry], updates: int, device: Device, traces: Traces) -> int:
    from benchmark.canaries.rehearsal import measured, take, version

    torch, same = version(), _SameCodes(updates)
    before = traces.load(torch, device.type)
    for word, method in chosen.items():
        name, trace = method.name, take(word, updates, device)
        path = traces.save(torch, device.type, {name: measured(word, updates, device, trace)})
        print(f"{name:16} {_beside(before, name, trace) or 'new'}", flush=True)
        if method.origin is None:
            same.add(name, trace)
    print(f"kept in {path}")
    same.write()
    return 0


class _SameCodes:
    """What is written down of the codes that left a trace; nothing of trainings of another length."""

    def __init__(self, updates: int) -> None:
        from benchmark.environment.code import taken
        from results.same_code import SameCode

        self.checkout, self.same, self.counts = taken().checkout, SameCode.read(), updates == UPDATES
        self.news = False

    def add(self, name: str, trace: Trace) -> None:
        """Note that this checkout's code left a trace, on generated data as on all other."""
        from results.code import GENERATORS, code_of

        parts = (self.checkout.parts(name, dataset) for dataset in ("", *GENERATORS))
        codes = [trained for one in parts if (trained := code_of(one).trained) is not None]
        self.news |= self.counts and self.same.add(name, trace.digest, codes)

    def write(self) -> None:
        """Write down what is news; where that can't be, say so, since the verdicts hold all the same."""
        from results import same_code
        from results.errors import ResultError

        if not self.news:
            return
        try:
            self.same.write()
            print(f"which codes are the same is written down in {same_code.SAME_CODE}")
        except ResultError as error:
            print(f"which codes are the same is not written down: {error}")


def _beside(kept: Kept | None, name: str, trace: Trace) -> Verdict | None:
    """Return the verdict, or None where no trace of the same set-up is kept."""
    from benchmark.canaries.traces import compare

    mine = None if kept is None else kept.traces.get(name)
    return None if mine is None or mine.setup != trace.setup else compare(mine, trace)


if __name__ == "__main__":
    main("benchmark.canary", command)
