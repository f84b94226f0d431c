"""Records whose files are read once a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy.typing as npt
import pandas as pd

from reports.columns import check_columns
from reports.soundness import check_sound
from results.checksums import PREDICTIONS, Take, all_of, read_whole
from results.errors import ForeignError
from results.store import LoadedRecord

T = TypeVar("T")

Point = tuple[str, int, float]
"""Stage, update and value."""
Terms = Mapping[str, Sequence[Point]]
"""What was logged of training by term, terms and points in the order in which they were."""
Curve = Mapping[tuple[str, int], float]
"""A value by stage and update, in their order."""
Quantities = Mapping[tuple[str, str], Sequence[Point]]
"""What a look inside a method found of single structures, by quantity and structure; the stage is empty."""
PICTURES = (
    "embedding.parquet",
    *(f"predictions/{name}.npz" for name in ("gallery", "images", "masks")),
)
"""Files that a page shows of some runs only."""


@dataclass(frozen=True)
class ReadOnce(LoadedRecord):
    """A record that keeps what it read as long as it is kept itself, so that a page reads each file once.

    pictures: whether masks and pictures of patients may be shown, where they are kept.
    """

    _read: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    pictures: bool = True

    @classmethod
    def of(cls, loaded: LoadedRecord) -> ReadOnce:
        """Return a record as one that reads once, itself where it is one."""
        return loaded if isinstance(loaded, cls) else cls(loaded.record, loaded.folder)

    def named(self, variant: str) -> ReadOnce:
        """Return the same record under a protocol's name for it, with what was read."""
        return replace(self, record=super().named(variant).record)

    def moved(self, folder: Path) -> ReadOnce:
        """Return the same record in the folder of a copy without pictures, with what else was read."""
        kept = {name: value for name, value in self._read.items() if name != "gallery"}
        return replace(self, folder=folder, _read=kept)

    def whole(self) -> ReadOnce:
        """Return it with what all pages read of it; ResultError where a file is damaged or is no such table."""
        self._once("sound", self._check)
        for name in PICTURES:
            if (self.folder / name).exists():
                read_whole(self.folder, name)
        return self

    def _check(self) -> bool:
        values = self.values()
        for name in ("schedule", "config", "policy"):
            if not isinstance(values.get(name) or {}, dict):
                raise ForeignError(f"{self.folder / 'cell.json'}: {name}: expected an object of values by name")
        history = self.history()
        tables = {
            "cases": self.cases(),
            "history": history,
            "diagnosis": self.diagnosis(),
            "conventions": self.conventions(),
            "ledger": self.ledger(),
            "volumes": self.volumes(),
        }
        for name, table in tables.items():
            if table is not None:
                check_columns(self.folder, name, table)
        self._once("terms", partial(_points, history, ["term"], "stage"))
        check_sound(self.folder, self.record, self.cases())
        return True

    def values(self) -> Mapping[str, Any]:
        """Return the cell's resolved values."""
        return self._once("values", super().values)

    def cases(self) -> pd.DataFrame:
        """Return the scores; not to be changed, like all tables here."""
        return self._once("cases", super().cases)

    def diagnosis(self) -> pd.DataFrame | None:
        """Return what a look inside the method found, None if nothing."""
        return self._once("diagnosis", super().diagnosis)

    def conventions(self) -> pd.DataFrame | None:
        """Return the headline's scores under every convention, None in records of older versions."""
        return self._once("conventions", super().conventions)

    def ledger(self) -> pd.DataFrame | None:
        """Return Dice at kept points of training, None in records of older versions."""
        return self._once("ledger", super().ledger)

    def volumes(self) -> pd.DataFrame | None:
        """Return how large structures are, None in records of older versions."""
        return self._once("volumes", super().volumes)

    def embedding(self) -> pd.DataFrame | None:
        """Return sampled pixels' representations in the plane, None where the method has none."""
        return self._once("embedding", super().embedding)

    def gallery(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return the pictures of the best, median and worst case, None where they are not kept."""
        return self._once("gallery", super().gallery)

    @property
    def has_predictions(self) -> bool:
        """Whether masks and pictures of patients are kept."""
        return (self.folder / PREDICTIONS).exists()

    @property
    def shows_pictures(self) -> bool:
        """Whether a page of it holds pictures of patients."""
        return self.pictures and self.has_predictions

    def _predicted(self, name: str, take: Take = all_of) -> dict[str, npt.NDArray[Any]] | None:
        return super()._predicted(name, take) if self.pictures else None

    def terms(self) -> Terms:
        """Return what was logged of training by term."""
        return self._once("terms", lambda: _points(self.history(), ["term"], "stage"))

    def quantities(self) -> Quantities:
        """Return what a look inside the method found by quantity and structure; {} where there was none."""
        return self._once("quantities", self._quantities)

    def _quantities(self) -> Quantities:
        table = self.diagnosis()
        return {} if table is None else _points(table, ["quantity", "structure"], None)

    def _once(self, name: str, read: Callable[[], T]) -> T:
        if name not in self._read:
            self._read[name] = read()
        found: T = self._read[name]
        return found


def _points(table: pd.DataFrame, names: Sequence[str], stage: str | None) -> dict[Any, list[Point]]:
    """Return a table's points by what it holds in the named columns, which is a tuple for several of them."""
    keys = [table[name].tolist() for name in names]
    found: dict[Any, list[Point]] = {}
    points = zip(
        table[stage].tolist() if stage else [""] * len(table),
        table["update"].tolist(),
        table["value"].tolist(),
        strict=True,
    )
    for key, point in zip(keys[0] if len(keys) == 1 else zip(*keys, strict=True), points, strict=True):
        found.setdefault(key, []).append(point)
    return found
