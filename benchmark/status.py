"""What of a protocol is done, damaged, running, cut off, failed or missing.

``python -m benchmark.status protocols/acdc.toml``
"""

from __future__ import annotations

import argparse
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from benchmark.paths import RUNS
from benchmark.watching.state import STATES, State, state_of, this_checkout
from shell.options import Parser

if TYPE_CHECKING:
    from results.store import Store


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
    from results.record import read_listing
    from results.store import Store

    listing = given.out / "protocols" / f"{given.protocol.stem}.json"
    if not listing.exists():
        print(_not_begun(given.protocol, given.out))
        return 0
    listed, store, checkout = read_listing(listing), Store(given.out), this_checkout()
    states = {cell: state_of(store, cell, checkout) for cell in listed.cells}
    outside = _outside(store, states)
    for cell, state in states.items():
        named = " ".join(filter(None, (cell, listed.apart.get(cell, ""))))
        words = ", ".join(filter(None, ("outside" if cell in outside else "", state.words)))
        print(f"{state.kind:8} {named}{f': {words}' if words else ''}")
    print(_whole(store, states))
    if listed.limited is not None and any(state.kind == "missing" for state in states.values()):
        part = f"{len(listed.limited.cells)} of {len(states)} cells, {listed.limited.each} of each block at most"
        print(f"a part: the sweep was limited to {part}; without --limit it goes on with the rest")
    if outside:
        print(f"{len(outside)} outside the band of our seeds; python -m benchmark.doctor {store.folder(outside[0])}")
    return 0


def _not_begun(protocol: Path, out: Path) -> str:
    """Return that no sweep of a protocol was started, and what starts it; UsageError for a protocol that can't be."""
    from benchmark.cells.protocol import read_protocol

    count = len(read_protocol(protocol).wishes())
    cells = "its one cell" if count == 1 else f"its {count} cells"
    words = [str(protocol), *([] if out == RUNS else ["--out", str(out)])]
    start = f"to start it: python -m benchmark.sweep {shlex.join(words)}; with --dry-run it says what it would take"
    return f"{protocol}: no sweep of {cells} was started in {out}\n{start}"


def _outside(store: Store, states: dict[str, State]) -> list[str]:
    """Return the cells that are outside their band, by a file of bands a preset and the history of a cell."""
    from benchmark.watching.mark import mark_of
    from results.errors import ResultError

    told = [cell for cell, state in states.items() if state.kind not in ("missing", "damaged")]
    try:
        return [cell for cell in told if mark_of(store.folder(cell)) == "outside"]
    except ResultError as error:  # of the bands
        print(f"whether any is outside its band is not known: {error}")
        return []


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
