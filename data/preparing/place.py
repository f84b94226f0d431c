"""Where prepared slices lie."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from data.errors import DataError
from data.files import whole_path
from data.grid import Grid

PLACE = Path(__file__).resolve().parents[1] / "prepared"
VARIABLE = "ACTION_BENCH_PREPARED"


def named_place() -> Path | None:
    """Return the place that the variable names, whole, so that other processes find it; None where it names none."""
    named = os.environ.get(VARIABLE)
    return whole_path(named).absolute() if named else None


@contextmanager
def taking_from(place: Path | None) -> Iterator[None]:
    """Let the variable name a place meanwhile, as it does elsewhere; as it is where that names none."""
    before = os.environ.get(VARIABLE)
    try:
        if place is not None:
            os.environ[VARIABLE] = str(place)
        yield
    finally:
        if before is not None:
            os.environ[VARIABLE] = before
        elif place is not None:
            os.environ.pop(VARIABLE, None)


def place_of() -> Path:
    """Return where runs look for prepared slices; DataError where it was named and is no folder, or not there."""
    place = place_to_fill()
    if not place.is_dir() and named_place() is not None:
        raise DataError(
            f"{place}, which {VARIABLE} names, is not there; name the folder that slices were prepared in (python -m "
            "data.prepare), or name none"
        )
    return place


def place_to_fill() -> Path:
    """Return where slices are prepared; DataError where that is no folder."""
    place = named_place() or PLACE
    if place.exists() and not place.is_dir():
        raise DataError(f"{place} is no folder; {VARIABLE} names the one that prepared slices lie in")
    return place


def folder_of(place: Path, grid: Grid) -> Path:
    """Return the folder of slices on a grid."""
    text = json.dumps(asdict(grid), sort_keys=True, separators=(",", ":"))
    return place / f"{grid.size}-{grid.resizing}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
