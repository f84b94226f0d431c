"""What of a protocol is done, damaged, running, cut off, failed or missing.

``python -m benchmark.status protocols/acdc.toml``
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from benchmark.paths import RUNS
from shell.options import Parser

if TYPE_CHECKING:
    from results.record import Record
    from results.standing import Checkout
    from results.store import Store

STATES = ("done", "damaged", "running", "cut off", "failed", "missing")


@dataclass(frozen=True)
class State:
    """A cell's state; words say more; share is how much of its updates are made; rate is updates a second.

    other: whether it is done by other code than this checkout's.
    """

    kind: str
    words: str = ""
    share: float = 0.0
    rate: float = 0.0
    other: bool = False


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.status", __doc__)
    add = options.add_argument
    add("protocol", type=Path, help="a TOML file of protocols/ that a sweep was started on")
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print a line a cell, then the whole: progress, throughput, time left."""
    given = parser().parse_args(arguments)
    from benchmark.errors import UsageError
    from results.record import read_listing
    from results.store import Store

    listing = given.out / "protocols" / f"{given.protocol.stem}.json"
    if not listing.exists():
        from benchmark.cells.protocol import no_such_file

        if not given.protocol.exists():
            raise UsageError(no_such_file(given.protocol))
        raise UsageError(f"{given.protocol}: no sweep of it was started in {given.out}; see benchmark.sweep --dry-run")
    listed, store, checkout = read_listing(listing), Store(given.out), _here()
    states = {cell: state_of(store, cell, checkout) for cell in listed.cells}
    for cell, state in states.items():
        named = " ".join(filter(None, (cell, listed.apart.get(cell, ""))))
        print(f"{state.kind:8} {named}{f': {state.words}' if state.words else ''}")
    print(_whole(store, states))
    if listed.limited is not None and any(state.kind == "missing" for state in states.values()):
        part = f"{len(listed.limited.cells)} of {len(states)} cells, {listed.limited.each} of each block at most"
        print(f"a part: the sweep was limited to {part}; without --limit it goes on with the rest")
    return 0


def state_of(store: Store, cell: str, checkout: Checkout | None = None) -> State:
    """Return a cell's state by its folder, by whether anybody holds its lock, and by this checkout's code."""
    from benchmark.running.failures import failure_of
    from benchmark.training.progress import PROGRESS, minutes_left, progress_of
    from results.claims import is_claimed
    from results.standing import way_on

    checkout = checkout or _here()

    if store.has(cell):
        loaded = store.load(cell)
        standing = checkout.standing(loaded)
        words = ", ".join(filter(None, (_network(loaded.record), standing.words)))
        return State("done", words, share=1.0, other=standing.kind == "other")
    folder, damage = store.folder(cell), store.damage(cell)
    seen, failure, held = progress_of(folder), failure_of(folder), is_claimed(store.root, cell)
    if damage and not held:
        return State("damaged", f"{', '.join(damage)}: {next(iter(damage.values()))}")
    why = f"{failure.when}: {failure.reason}; log: {folder / failure.log}" if failure and not held else ""
    if seen is None and (folder / PROGRESS).exists() and not held and not failure:
        return State("cut off", f"{folder / PROGRESS} is damaged; a sweep goes on from its checkpoint")
    if seen is None:
        return State("running" if held else "failed" if failure else "missing", why)
    share, left = seen["update"] / max(seen["total"], 1), minutes_left(seen)
    where = f"{seen['stage']} {seen['update']}/{seen['total']}"
    if held and seen["update"] >= seen["total"]:
        return State("running", f"{seen['stage']}, all {seen['total']} updates made", share)
    if held:
        rate = seen["rate"]
        return State("running", f"{where}, {rate:.1f} updates/s, {left:.0f} min left", share, rate)
    if failure:
        return State("failed", f"at {where}, {why}", share)
    other = checkout.begun(folder)
    way = f"{other}; {way_on(other)}" if other else "a sweep goes on from its checkpoint"
    return State("cut off", f"at {where}; {way}", share)


def _here() -> Checkout:
    """Return this checkout's code as it is now."""
    from benchmark.paths import ROOT
    from results.code import Sources
    from results.standing import Checkout

    return Checkout(Sources(ROOT))


def _network(record: Record) -> str:
    """Return which network a run is of where its id names it otherwise; empty where the id says it."""
    return f"an old run, of {record.cell.backbone}" if record.cell.is_renamed else ""


def _whole(store: Store, states: dict[str, State]) -> str:
    """Return the last lines: how many of each kind, updates a second, and hours left at the pace of what is done."""
    from results.standing import MADE_BY_OTHER

    counts = Counter(state.kind for state in states.values())
    words = ", ".join(f"{counts[kind]} {kind}" for kind in STATES if counts[kind])
    share = sum(state.share for state in states.values()) / max(len(states), 1)
    lines = [f"{counts['done']} of {len(states)} done ({words}); {share:.0%} of the work by cells"]
    other = sum(state.other for state in states.values())
    if other:
        lines.append(f"{other} done {MADE_BY_OTHER}; benchmark.sweep --force trains such cells anew")
    running = [state for state in states.values() if state.kind == "running"]
    if running:
        lines.append(f"{len(running)} at once, {sum(state.rate for state in running):.1f} updates/s together")
    seconds = _mean_seconds(store, [cell for cell, state in states.items() if state.kind == "done"])
    left = sum(1 - state.share for state in states.values())
    if left and seconds is not None:
        at_once = max(len(running), 1)
        pace = at_once * 3600 / seconds
        lines.append(f"{pace:.1f} cells an hour, about {60 * left / pace:.0f} minutes left with {at_once} at once")
    return "\n".join(lines)


def _mean_seconds(store: Store, done: Sequence[str]) -> float | None:
    """Return the mean wall time of the cells that are done, scoring included."""
    times = [store.load(cell).record.seconds for cell in done]
    return sum(one.train + one.evaluate for one in times) / len(times) if times else None


if __name__ == "__main__":
    main("benchmark.status", command)
