"""What a figure of cases is asked for, and what it then holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.line import Line
from reports.reading import ReadOnce

Plane = npt.NDArray[np.uint8]
PLACES = ("worst", "median", "best")
FEW = 4
"""Names in a sentence."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. methods: as given, each a label or names with commas; cases: places or names."""

    dataset: str | None = None
    labeled: int | None = None
    preset: str | None = None
    methods: tuple[str, ...] = ()
    cases: tuple[str, ...] = PLACES
    structures: tuple[str, ...] = ()
    slice: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Panel:
    """What a method made of a slice. mask: (H, W). dice, hd95: of the whole case, means over structures that count.

    dice is a fraction, hd95 in the record's unit; None where no structure counts.
    """

    mask: Plane
    dice: float | None
    hd95: float | None


@dataclass(frozen=True)
class Row:
    """A case at a slice. place: worst, median or best, empty for a case that was named; number: of the slice, from 1.

    among: of how many cases its place is where some that are scored can't be shown, empty where it is of all.
    image, reference: (H, W), in the reference 255 where nobody labelled. pixel_mm: of row and column, None if unknown.
    """

    name: str
    place: str
    number: int
    image: Plane
    reference: Plane
    pixel_mm: tuple[float, float] | None
    panels: tuple[Panel, ...]
    among: str = ""

    @property
    def rank(self) -> str:
        """The place, and of how many cases where not of all; empty for a case that was named."""
        return f"{self.place} of {self.among}" if self.place and self.among else self.place


@dataclass(frozen=True)
class Column:
    """A method, and the run of it that is shown."""

    line: Line
    run: ReadOnce


@dataclass(frozen=True)
class Shown:
    """A figure's content. structures: names with their labels; left_out: labels of methods that have no column."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    structures: Mapping[str, int]
    unit: str
    left_out: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """Return a line a column and a row: of which run, case and slice it is."""
        for column in self.columns:
            yield f"{column.line.label}: {column.run.record.cell.id}"
        for row in self.rows:
            by = f"{row.rank} by {self.columns[0].line.label}: " if row.place else ""
            yield f"{by}{row.name}, slice {row.number}"
        for among in dict.fromkeys(row.among for row in self.rows if row.place and row.among):
            yield f"ranked are {among}: of the others not all of these runs keep a picture"
        if self.left_out:
            yield f"without a column: {few(self.left_out, '; ')}; --methods names those that are to have one"


def few(names: Sequence[str], between: str) -> str:
    """Return some names for a sentence, and how many more there are."""
    each = list(dict.fromkeys(names))
    more = f"{between}and {len(each) - FEW} more" if len(each) > FEW else ""
    return (between.join(each[:FEW]) or "none") + more
