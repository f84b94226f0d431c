"""What is recorded of a run, whether it is under way, ended or done: its cell, its code and its history so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.training.trail import TRAIL, trail_of
from results.code import CODE, TRAINED, code_of, parts_in
from results.logged import Logged, logged
from results.store import LoadedRecord, Store

AGAIN = "again"  # benchmark.training.resume, which imports torch


@dataclass(frozen=True)
class Watched:
    """A run's folder and what it tells. code: what trains it, None where that is not told.

    values: its cell's, {} where they can't be read. record: of a run that is done; anew: whether its training is made
    again, which is what the history is of then.
    """

    folder: Path
    values: Mapping[str, Any]
    log: Logged
    code: str | None
    record: LoadedRecord | None = None
    anew: bool = False

    @property
    def preset(self) -> str:
        """The name of its preset; empty where its cell can't be read."""
        return str(self.values.get("preset", ""))

    @property
    def own_seed(self) -> int | None:
        """The seed that all its randomness is from; None where a part of that has one of its own, or nothing tells."""
        own = self.values.get("init_seed") is None and self.values.get("data_seed") is None
        seed = self.values.get("seed")
        return seed if own and isinstance(seed, int) else None


def watched(folder: Path) -> Watched:
    """Return what a run's folder tells at this moment; ResultError where a record there is damaged."""
    anew = (folder / TRAIL).exists() or (folder / AGAIN).exists()
    record = Store(folder.resolve().parent).load(folder.resolve().name) if (folder / "record.json").exists() else None
    if record is not None and not anew:
        code = None if record.record.code is None else record.record.code.trained
        return Watched(
            folder, record.values(), logged(record.history().itertuples(index=False, name=None)), code, record
        )
    place = folder / AGAIN if (folder / AGAIN).exists() else folder
    values = _object(folder / "cell.json") if record is None else record.values()
    return Watched(folder, values, logged(trail_of(folder)), _code(place / CODE), record, record is not None)


def _code(path: Path) -> str | None:
    """Return the code that a file of parts lists; None where it lists none, or not all of it."""
    try:
        parts = parts_in(path.read_bytes())
    except OSError:
        return None
    return code_of({name: parts.get(name, {}) for name in (*TRAINED, "scoring")} | {"scoring": {"": ""}}).trained


def _object(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
