"""The rows of the case explorer: each run of a line of the table, with its patients' numbers and masks as text."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.case_numbers import CaseNumbers, case_numbers
from reports.line import Line
from reports.reading import ReadOnce
from reports.seeds_text import seed_words
from results.images import Pictured

Volume = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Run:
    """A run of a row. key: its cell's id; seed: in words, by which it is named beside the others of its row.

    rule: which weights are looked at. masks: a text a case (see ``packed``), {} where none were kept.
    """

    key: str
    seed: str
    rule: str
    numbers: CaseNumbers
    masks: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Row:
    """A line of the table by its runs, one a seed. key: by which it is named in addresses."""

    key: str
    label: str
    runs: tuple[Run, ...]

    @property
    def usual(self) -> int:
        """The number of the run that is looked at at first: the first that kept masks, else the first of all."""
        return next((number for number, run in enumerate(self.runs) if run.masks), 0)

    def named(self, run: Run) -> str:
        """Return what a run of the row is called, with its seed where the row has several."""
        return self.label if len(self.runs) == 1 else f"{self.label}, {run.seed}"

    def told(self, runs: list[Run]) -> str:
        """Return what some of its runs are called: the row where these are all."""
        return self.label if len(runs) == len(self.runs) else f"{self.label}, {', '.join(run.seed for run in runs)}"


def row_of(line: Line, images: Mapping[str, Pictured]) -> Row:
    """Return the row of a line. images: of the cases by name, {} where none are shown."""
    seeds = seed_words(line)
    runs = (_run(loaded, seed, images) for loaded, seed in zip(line.records, seeds, strict=True))
    return Row(line.first.cell.id, line.label, tuple(runs))


def _run(loaded: ReadOnce, seed: str, images: Mapping[str, Pictured]) -> Run:
    masks = (loaded.masks(images) if images else None) or {}
    texts = {name: packed(mask) for name, mask in masks.items()}
    return Run(loaded.record.cell.id, seed, loaded.record.headline.rule, case_numbers(loaded), texts)


def packed(mask: Volume) -> str:
    """Return a mask (n, H, W) as ``x y width height base64``, deflated, of the box that holds all of its labels.

    Empty where nothing is labelled.
    """
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in ((0, 2), (0, 1)))
    if not len(rows):
        return ""
    (top, bottom), (left, right) = ((int(found[0]), int(found[-1]) + 1) for found in (rows, columns))
    box = np.ascontiguousarray(mask[:, top:bottom, left:right])
    return f"{left} {top} {right - left} {bottom - top} {as_text(zlib.compress(box.tobytes()))}"


def as_text(content: bytes) -> str:
    """Return bytes as a page's text holds them."""
    return base64.b64encode(content).decode()
