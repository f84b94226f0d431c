"""Score the weights of finished runs again, with this version's metrics; nothing is trained.

``python -m benchmark.rescore results/runs/CELL ...``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.folders import require_writable
from shell.options import Parser

if TYPE_CHECKING:
    import torch

    from benchmark.cells.cell import Cell


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.rescore", __doc__)
    add = options.add_argument
    add("runs", type=Path, nargs="+", help="folders of finished runs, with their checkpoint.pt")
    add("--device", default="auto", help="cpu, cuda or auto (default); the one that trained gives the same masks")
    add("--data-root", type=Path, help="folder above the data set (default: $ACTION_BENCH_DATA, else data/raw)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Replace the scores in each run's folder; all runs are looked at before the first is touched."""
    given = parser().parse_args(arguments)
    from benchmark.environment.device import device_of
    from benchmark.errors import UsageError
    from benchmark.running.execution import run_cell
    from benchmark.running.options import Options
    from data.catalog import find
    from results.store import Store

    options = Options(device_of(given.device), rescore=True)
    for folder in given.runs:
        require_writable(folder, "give leave to write there, for its scores are replaced")
    cells = [(folder, _cell(folder, options.device)) for folder in given.runs]
    for number, (folder, cell) in enumerate(cells, 1):
        source = find(cell.dataset, given.data_root)
        if source.fingerprint() != cell.data_fingerprint:
            raise UsageError(f"{folder} was run on other files of {cell.dataset}; name their folder with --data-root")
        run_cell(cell, source, Store(folder.resolve().parent), options)
        print(f"[{number}/{len(cells)}] scored again {cell.id}", flush=True)
    return 0


def _cell(folder: Path, device: torch.device) -> Cell:
    from pydantic import ValidationError

    from benchmark.cells.cell import Cell
    from benchmark.errors import UsageError
    from benchmark.training.resume import Place
    from results.record import first_of, read_record
    from results.store import LoadedRecord

    loaded = LoadedRecord(read_record(folder / "record.json"), folder)
    try:
        cell = Cell.model_validate(loaded.values())
    except ValidationError as error:
        raise UsageError(f"{folder / 'cell.json'} is damaged ({first_of(error)}); run the cell again") from None
    name = folder.resolve().name
    if not cell.id == loaded.record.cell.id == name:
        raise UsageError(f"{folder} holds the run {cell.id}; a run's folder has its name")
    network, said = loaded.record.cell.backbone, cell.built_backbone
    if said != network:
        raise UsageError(f"{folder} has the weights of {network}, and its cell.json says {said}; run the cell again")
    Place(folder, {"cell": cell.id}).require_weights(device)
    return cell


if __name__ == "__main__":
    main("benchmark.rescore", command)
