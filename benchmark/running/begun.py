"""Where a cell's training begins or goes on: a training is of one code."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import uuid4

from benchmark.cells.cell import Cell
from benchmark.environment.code import parts_of
from benchmark.environment.device import device_named
from benchmark.errors import RunError
from benchmark.running.options import Options
from benchmark.training.checkpoint import OtherRunError
from benchmark.training.resume import Place, place_of
from results.code import CODE, TRAINED, Parts, code_of, differing, parts_in
from results.standing import UNTOLD, named, way_on
from results.writing import write_json


def begun(cell: Cell, folder: Path, options: Options) -> Place:
    """Return where a cell is trained, with the files of the code that trains it written down there.

    RunError where other code, or another device, began the training that lies there; ``force`` starts such a one anew.
    """
    parts = parts_of(cell.method, cell.dataset, cell.origins())
    code = code_of(parts).trained
    marks: dict[str, str | int] = {"cell": cell.id, "threads": options.threads, "device": device_named(options.device)}
    marks["code"] = code or f"untold {uuid4().hex}"  # like no other, so that nobody goes on with it
    try:
        place = place_of(folder, marks, options.device)
    except OtherRunError as error:
        if error.mark == "device":
            _give_up_device(error, options.force)
        elif error.mark == "code":
            _give_up(error.path, parts, options.force)
        else:
            raise
        place = place_of(folder, marks, options.device)
    if place.tells_code:
        write_json(place.folder / CODE, parts)
    return place


def _give_up(checkpoint: Path, parts: Parts, force: bool) -> None:
    """Remove the checkpoint of a training that other code began; RunError where that is not asked for."""
    files = checkpoint.parent / CODE
    theirs = parts_in(files.read_bytes()) if files.exists() else {}
    other = named(differing(theirs, parts, TRAINED)) if theirs else ""
    whose = f"other code than this checkout's{other}" if code_of(parts).trained else UNTOLD
    words = f"{checkpoint} is of a training that was begun by {whose}"
    if not force:
        raise RunError(f"{words}; {way_on(whose)}")
    print(f"{words}, so the run starts anew from nothing", file=sys.stderr)
    checkpoint.unlink()


def _give_up_device(error: OtherRunError, force: bool) -> None:
    """Remove the checkpoint of a training that another device began; RunError where that is not asked for."""
    if not force:
        raise RunError(f"{error}, as --force does") from None
    print(f"{error.path} is of a training on another device, so the run starts anew from nothing", file=sys.stderr)
    error.path.unlink()
