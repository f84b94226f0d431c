"""Score the weights of finished runs again, with this version's metrics; nothing is trained.

``python -m benchmark.rescore results/runs/CELL ...``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.folders import require_writable
from shell.options import Parser

if TYPE_CHECKING:
    from data.source import Source
    from results.record import Record


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.rescore", __doc__)
    add = options.add_argument
    add("runs", type=Path, nargs="+", help="folders of finished runs, with their checkpoint.pt")
    add("--device", default="auto", help="cpu, cuda or auto (default); the one that trained gives the same masks")
    options.add_data_root()
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Replace the scores in each run's folder; all runs are looked at before the first is touched."""
    given = parser().parse_args(arguments)
    from benchmark.environment.device import device_of
    from benchmark.running.execution import run_cell
    from benchmark.running.finished import cell_of
    from benchmark.running.options import Options
    from results.store import Store

    options = Options(device_of(given.device), rescore=True)
    for folder in given.runs:
        require_writable(folder, "give leave to write there, for its scores are replaced")
    runs = [(folder, cell_of(folder, options.device)) for folder in given.runs]
    sources = [_source(folder, cell.dataset, given.data_root) for folder, cell in runs]
    for number, ((folder, cell), source) in enumerate(zip(runs, sources, strict=True), 1):
        store = Store(folder.resolve().parent)
        before = store.load(cell.id).record
        run_cell(cell, source, store, options)
        words = _moved(before, store.load(cell.id).record)
        print(f"[{number}/{len(runs)}] scored again {cell.id}{words}", flush=True)
    return 0


def _source(folder: Path, dataset: str, data_root: Path | None) -> Source:
    """Return the data set that a run was run on, and say what of that can't be told; UsageError for another."""
    from benchmark.scoring.same_data import require_same
    from data.catalog import find
    from results.record import read_record

    source = find(dataset, data_root)
    untold = require_same(read_record(folder / "record.json"), source, folder)
    if untold:
        print(untold, file=sys.stderr)
    return source


def _moved(before: Record, now: Record) -> str:
    """Return by how much a run's reported mean Dice moved, empty where it is what it was."""
    was, is_now = (_reported(record) for record in (before, now))
    return "" if was == is_now else f": its mean Dice was {was}, and is {is_now}"


def _reported(record: Record) -> str:
    head = record.headline
    rows = (row for row in record.summary if row.structure == "avg")
    dice = next((row.dice for row in rows if (row.predictor, row.rule) == (head.predictor, head.rule)), None)
    return "none" if dice is None else f"{100 * dice:.2f}"


if __name__ == "__main__":
    main("benchmark.rescore", command)
