"""Run what a protocol has no record of yet, and resume what was cut off.

``python -m benchmark.sweep protocols/acdc.toml``
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from benchmark.command import main
from benchmark.run import RUNS

CELL_BYTES = 3 * 2**30  # room for a cell at preset quick: measured peaks are below 2 GiB


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m benchmark.sweep", description=__doc__)
    add = options.add_argument
    add("protocol", type=Path, help="a TOML file of protocols/")
    add("--jobs", type=int, help="cells at once (default: one a CPU core while memory lasts; one on a GPU)")
    add("--threads", type=int, help="CPU threads a cell (default 1: sums depend on how they are split)")
    add("--launcher", default="local", choices=["local"], help="where cells run")
    add("--twin", action="store_true", help="beside each semi-supervised cell, the same without its unlabelled terms")
    add("--preset", help="replace the protocol's preset: paper, short, quick, smoke")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--data-root", type=Path, help="folder that holds the data set; else $ACTION_BENCH_DATA, else data/raw")
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    add("--dry-run", action="store_true", help="print the cells and which are done, and run none")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Run a protocol's cells; 1 if any failed."""
    given = parser().parse_args(arguments)
    from benchmark.cell import resolve_cell
    from benchmark.environment import device_of
    from benchmark.errors import UsageError
    from benchmark.execution import THREADS
    from benchmark.launchers.local import Job, launch
    from benchmark.protocol import read_protocol
    from data.catalog import find
    from results.store import Store, write_json

    device = device_of(given.device)
    threads = THREADS if given.threads is None else given.threads
    slots = given.jobs if given.jobs is not None else _slots(device.type)
    for name, value in (("--jobs", slots), ("--threads", threads)):
        if value < 1:
            raise UsageError(f"{name} {value}: expected 1 or more")
    protocol = read_protocol(given.protocol)
    source = find(protocol.dataset, given.data_root)
    print(f"{protocol.title}: data set {source.dataset} ({source.origin})")
    replaced = {} if given.preset is None else {"preset": given.preset}
    wishes = [wish.model_copy(update=replaced) for wish in protocol.wishes(twins=given.twin)]
    resolved = [(resolve_cell(wish, source, device.type), wish.variant) for wish in wishes]
    cells = {cell.id: cell for cell, _ in resolved}
    store = Store(given.out)
    todo = [cell for cell in cells.values() if not store.has(cell.id)]
    print(f"{len(cells)} cells, {len(cells) - len(todo)} done, {len(todo)} to run", flush=True)
    for cell in cells.values():
        print(f"  {'to run' if cell in todo else 'done  '} {cell.id}", flush=True)
    if given.dry_run:
        return 0
    variants = {cell.id: variant for cell, variant in resolved if variant}
    listing = {"name": protocol.name, "title": protocol.title, "cells": list(cells), "variants": variants}
    write_json(given.out / "protocols" / f"{protocol.name}.json", listing)
    jobs = [Job(cell, given.data_root, given.out, given.device, threads) for cell in todo]
    failures = 0
    for number, (job, reason) in enumerate(launch(jobs, slots), 1):
        print(f"[{number}/{len(jobs)}] {'failed: ' + reason if reason else 'done'} {job.cell.id}", flush=True)
        failures += reason is not None
    return 1 if failures else 0


def _slots(device: str) -> int:
    if device == "cuda":
        return 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(os.cpu_count() or 1, memory // CELL_BYTES))


if __name__ == "__main__":
    main("benchmark.sweep", command)
