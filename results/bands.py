"""Reference bands: where a run's losses and validation Dice should lie at fixed updates, by our own seeds of its cell.

Kept are the seeds' values, so that a band can gain seeds; its limits are computed where they are asked for.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from results.errors import ResultError
from results.logged import DICE, Place
from results.record import first_of
from results.statistics.prediction import prediction_intervals, reach
from results.writing import put, write_atomic

FOLDER = Path(__file__).resolve().parent / "bands"
LEVEL = 0.99
"""Of a whole run: 99 of 100 runs of the same cell lie inside at every point of their band."""
LEAST_DICE, LEAST_SHARE, LEAST_LOSS = 0.02, 0.05, 0.01
"""No band is narrower than its middle +- 0.02 for Dice, and +- 5 % or 0.01, whichever is more, for a loss."""
FEWEST = 2
"""Seeds that a band takes."""
FIELDS = ("seed", "init_seed", "data_seed", "label_seed", "overrides", "content", "told")
"""Of a cell, what a band doesn't hold for alone: seeds, how values were asked for, and what is told for the record."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Frozen):
    """A term at an update, over the updates since another; values: a seed each, in the band's order."""

    stage: str
    term: str
    update: int
    since: int
    values: tuple[float, ...]

    @property
    def place(self) -> Place:
        """Where it stands in a run's history."""
        return Place(self.stage, self.term, self.update, self.since)

    @property
    def least(self) -> float:
        """Half of the least width of its band."""
        mean = abs(float(np.mean(self.values)))
        return LEAST_DICE if self.term == DICE else max(LEAST_SHARE * mean, LEAST_LOSS)


class Band(_Frozen):
    """What seeds of one cell logged. cell: its values but for FIELDS. code: what trained all of them, None: not told.

    commits: of the runs. machines: processor or GPU, what it computes in, and torch, of each kind among them. later:
    fields that came after some of the runs, whose cells do not tell them: what they are here was done before too.
    """

    cell: Mapping[str, Any]
    seeds: tuple[int, ...]
    code: str | None
    commits: tuple[str, ...]
    machines: tuple[str, ...]
    points: tuple[Point, ...]
    later: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Band:
        if len(set(self.seeds)) != len(self.seeds) or not self.seeds:
            raise ValueError("seeds: expected each once, and one at least")
        for point in self.points:
            if len(point.values) != len(self.seeds) or not all(map(math.isfinite, point.values)):
                raise ValueError(f"{point.term} at {point.update}: expected a finite value a seed")
        return self

    @property
    def name(self) -> str:
        """Readable and unique: its eight hex digits hash the cell's values."""
        cell = self.cell
        words = [cell["dataset"], len(cell["labeled_patients"]), cell["method"], cell["backbone"], cell["preset"]]
        digest = hashlib.sha256(json.dumps(self.cell, sort_keys=True).encode()).hexdigest()[:8]
        return "-".join(str(word).replace(":", "_") for word in (*words, digest))

    def differing(self, cell: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return the fields in which a cell's settled values are not the band's, by dotted name, with both values.

        A field that one does not tell is None.
        """
        mine, theirs = _flat(cell), _flat(self.cell)
        names = [*mine, *(name for name in theirs if name not in mine and name not in self.later)]
        return {name: (mine.get(name), theirs.get(name)) for name in names if mine.get(name) != theirs.get(name)}

    def without(self, seed: int) -> Band:
        """Return the band of the other seeds, which a run of this seed is held against."""
        kept = [place for place, mine in enumerate(self.seeds) if mine != seed]
        if not kept:
            return self.model_copy(update={"seeds": (), "points": ()})
        points = [one.model_copy(update={"values": tuple(one.values[place] for place in kept)}) for one in self.points]
        return self.model_copy(update={"seeds": tuple(self.seeds[place] for place in kept), "points": tuple(points)})

    @property
    def reach(self) -> float:
        """How many standard deviations of its seeds it reaches to either side, where that is not its least width."""
        return reach(len(self.seeds), len(self.points), LEVEL)

    def limits(self, level: float = LEVEL) -> dict[Place, tuple[float, float]]:
        """Return low and high of each point; none of fewer seeds than a band takes. Dice stays within 0 and 1."""
        if len(self.seeds) < FEWEST or not self.points:
            return {}
        values = np.array([point.values for point in self.points]).T
        found = {}
        for point, low, high in zip(self.points, *prediction_intervals(values, level), strict=True):
            half = max((float(high) - float(low)) / 2, point.least)
            middle = float(np.mean(point.values))
            low, high = middle - half, middle + half
            found[point.place] = (max(low, 0.0), min(high, 1.0)) if point.term == DICE else (low, high)
        return found


_BANDS = TypeAdapter(list[Band])


def file_of(preset: str, folder: Path | None = None) -> Path:
    """Return the file with the bands of a preset, which need not exist."""
    return (folder or FOLDER) / f"{preset}.json"


def read_bands(path: Path) -> list[Band]:
    """Return the bands of a file, none where there is none; ResultError where it is damaged."""
    advice = "git checkout it, or remove it and make it again with python -m benchmark.bands"
    try:
        return _BANDS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ResultError(f"{path} cannot be read ({error.strerror}); {advice}") from None
    except ValidationError as error:
        raise ResultError(f"{path} is damaged or changed by hand ({first_of(error)}); {advice}") from None


def write_bands(path: Path, bands: Sequence[Band]) -> None:
    """Write bands, by name, a point a line; equal bands give equal bytes."""
    texts = [_text(band) for band in sorted(bands, key=lambda band: band.name)]
    write_atomic(path, partial(put, ("[\n" + ",\n".join(texts) + "\n]\n").encode()))


def _text(band: Band) -> str:
    values = band.model_dump(mode="json", exclude_defaults=True)
    points = ",\n".join("  " + json.dumps(point) for point in values.pop("points"))
    head = ",\n".join(f" {json.dumps(name)}: {json.dumps(value, sort_keys=True)}" for name, value in values.items())
    return f'{{\n{head},\n "points": [\n{points}\n ]\n}}'


def settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a cell's values a band holds for, as a cell's id takes them: code from outside by its digest."""
    mine = {field: value for field, value in values.items() if field not in FIELDS}
    for place, field in (("schedule", "tuned"), ("reading", "form")):
        if isinstance(mine.get(place), Mapping):
            mine[place] = {name: value for name, value in mine[place].items() if name != field}
    if mine.get("outside"):
        mine["outside"] = {
            role: one if isinstance(one, str) else one["digest"] for role, one in mine["outside"].items()
        }
    return mine


def machine_of(environment: Mapping[str, Any]) -> str:
    """Return a kind of machine, by a record's environment: processor or GPU, what it computes in, and torch."""
    return f"{environment.get('hardware')}, {environment.get('precision')}, torch {environment.get('torch')}"


def untold(cell: Mapping[str, Any], fuller: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that a fuller form of settled values tells and a cell does not, by dotted name."""
    mine = _flat(cell)
    return tuple(sorted(name for name in _flat(fuller) if name not in mine))


def nearest(bands: Sequence[Band], cell: Mapping[str, Any]) -> Band | None:
    """Return the band whose cell differs from one in the fewest fields, of two the one of more seeds."""
    same = [band for band in bands if band.cell.get("method") == cell.get("method")]
    return min(same or bands, key=lambda band: (len(band.differing(cell)), -len(band.seeds)), default=None)


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = list(value) if isinstance(value, tuple) else value
    return found
