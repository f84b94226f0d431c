"""A run beside the band of its cell: inside, outside high or low by term and update, or why there is no band."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from benchmark.watching.watched import Watched
from results.bands import FEWEST, FOLDER, Band, file_of, nearest, read_bands, settled
from results.logged import Logged, Place
from results.same_code import SameCode

Outcome = Literal["inside", "outside high", "outside low", "not yet", "other updates"]
NAMED = 4
"""Fields that a sentence names; of more, the rest is counted."""
WIDTH = 40


@dataclass(frozen=True)
class Compared:
    """A point of a band and what the run has there. value: None where it has nothing, or a mean over other updates."""

    place: Place
    value: float | None
    low: float
    high: float
    outcome: Outcome

    @property
    def outside(self) -> bool:
        """Whether the run's value is beyond the band."""
        return self.outcome.startswith("outside")


@dataclass(frozen=True)
class Verdict:
    """What a run is beside a band. band: the one it is held against, without the run's own seed; None for none.

    differences: the fields in which its cell is another than the band's, or than that of the nearest one, ``beside``.
    """

    band: Band | None
    beside: Band | None = None
    differences: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    compared: tuple[Compared, ...] = ()

    @property
    def outside(self) -> list[Compared]:
        """The points at which the run is beyond its band."""
        return [one for one in self.compared if one.outside]

    @property
    def word(self) -> str:
        """``outside``, ``inside``, or ``no band`` where nothing can be compared (yet)."""
        known = any(one.value is not None for one in self.compared)
        return "outside" if self.outside else "inside" if known else "no band" if self.band is None else "not yet"


def held(run: Watched, bands: list[Band], against: Band | None = None) -> Verdict:
    """Return a run beside the band of its cell, or beside another one that is named; its own seed is left out of it."""
    mine = settled(run.values)
    band = against or nearest(bands, mine)
    if band is None:
        return Verdict(None)
    differences = band.differing(mine)
    if differences and against is None:
        return Verdict(None, band, differences)
    rest = band if run.own_seed is None or differences else band.without(run.own_seed)
    if len(rest.seeds) < FEWEST:
        return Verdict(None, band, differences)
    limits = rest.limits()
    return Verdict(rest, band, differences, tuple(_compared(run.log, place, limits[place]) for place in limits))


def _compared(log: Logged, place: Place, limits: tuple[float, float]) -> Compared:
    low, high = limits
    value = log.values.get(place)
    if value is None:
        return Compared(place, None, low, high, "not yet" if log.last < place.update else "other updates")
    if value > high or not math.isfinite(value):
        return Compared(place, value, low, high, "outside high")
    return Compared(place, value, low, high, "outside low" if value < low else "inside")


@cache
def bands_for(preset: str, folder: Path = FOLDER) -> list[Band]:
    """Return the bands of a preset, read once a process; ResultError where the file is damaged."""
    return read_bands(file_of(preset, folder)) if preset.isidentifier() else []


def reason(run: Watched, verdict: Verdict, folder: Path = FOLDER) -> str:
    """Return in a sentence what a run is beside its band, or why there is none."""
    if verdict.outside:
        first = verdict.outside[0]
        more = f", and {len(verdict.outside) - 1} more" if len(verdict.outside) > 1 else ""
        return f"outside: {point(first)}{more}"
    if verdict.band is not None:
        seen = sum(one.value is not None for one in verdict.compared)
        return f"inside at {'all ' * (seen == len(verdict.compared))}{seen} of {len(verdict.compared)} points"
    if not run.values:
        return f"no band: {run.folder / 'cell.json'} is missing or damaged, so nothing tells which cell this is"
    if verdict.beside is None:
        return (
            f"no band: {file_of(run.preset, folder)} holds none; python -m benchmark.bands makes them of finished runs"
        )
    if verdict.differences:
        name, count = verdict.beside.name, seeds_of(verdict.beside)
        return f"no band of this cell: the nearest, {name} of {count}, is of another: {fields(verdict.differences)}"
    others = verdict.beside if run.own_seed is None else verdict.beside.without(run.own_seed)
    return f"no band: {seeds_of(others)} beside this run's, and a band takes {FEWEST} or more"


def point(one: Compared) -> str:
    """Return a point that is beyond its band in words."""
    where = f"{one.place.term} is {one.outcome.removeprefix('outside ')} at update {one.place.update}"
    return f"{where} ({one.value:.4g}; band {one.low:.4g} to {one.high:.4g})"


def fields(differences: Mapping[str, tuple[Any, Any]]) -> str:
    """Return in which fields two cells differ, with both values."""
    words = [f"{name} {_short(mine)} here, {_short(theirs)} there" for name, (mine, theirs) in differences.items()]
    rest = [f"{len(words) - NAMED} more"] if len(words) > NAMED else []
    return "; ".join([*words[:NAMED], *rest])


def seeds_of(band: Band) -> str:
    """Return how many seeds a band rests on, in words."""
    count = len(band.seeds)
    return {0: "no seed", 1: f"one seed ({band.seeds[0]})" if band.seeds else ""}.get(count, f"{count} seeds")


def codes(run: Watched, band: Band, same: SameCode) -> str:
    """Return that a band is of other code than a run, or of code that nobody can tell; empty where it is the same."""
    if band.code is None:
        return f"nobody can tell which code the band is of ({', '.join(band.commits)})"
    if run.code is None:
        return "nobody can tell which code this run is of"
    if run.code == band.code or same.calls_same(band.cell["method"], run.code, band.code):
        return ""
    return f"the band is of other code ({band.code}, {', '.join(band.commits)}) than this run's ({run.code})"


def _short(value: Any) -> str:
    many = isinstance(value, list) and len(value) > NAMED
    text = f"{len(value)} of them" if many else "not told" if value is None else str(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
