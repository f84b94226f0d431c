"""Cells of the phantom at preset smoke, of a few words each."""

from typing import Any

from benchmark.cells.cell import Cell, Wish, resolve_cell
from data.source import Source


def cell(source: Source, **wish: Any) -> Cell:
    return resolve_cell(Wish(**{"method": "supervised", "preset": "smoke", **wish}), source, "cpu")
