"""What of a protocol is done, running, cut off or missing: ``python -m benchmark.status protocols/acdc.toml``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmark.command import main
from benchmark.run import RUNS


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m benchmark.status", description=__doc__)
    add = options.add_argument
    add("protocol", type=Path, help="a TOML file of protocols/ that a sweep was started on")
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print a line a cell, and how many are done."""
    given = parser().parse_args(arguments)
    from benchmark.errors import UsageError
    from results.store import Store

    listing = given.out / "protocols" / f"{given.protocol.stem}.json"
    if not listing.exists():
        raise UsageError(f"{given.protocol}: no sweep of it was started in {given.out}; see benchmark.sweep --dry-run")
    cells, store = json.loads(listing.read_text())["cells"], Store(given.out)
    states = [_state(store, cell) for cell in cells]
    for cell, state in zip(cells, states, strict=True):
        print(f"{state:40} {cell}")
    print(f"{states.count('done')} of {len(cells)} done")
    return 0


def _state(store: object, cell: str) -> str:
    from results.store import Store

    assert isinstance(store, Store)
    if store.has(cell):
        return "done"
    file = store.folder(cell) / "progress.json"
    try:
        seen = json.loads(file.read_text())
    except (OSError, json.JSONDecodeError):
        return "missing"
    left = (seen["total"] - seen["update"]) / max(seen["rate"], 1e-9) / 60
    return f"begun: {seen['stage']} {seen['update']}/{seen['total']}, {left:.0f} min"


if __name__ == "__main__":
    main("benchmark.status", command)
