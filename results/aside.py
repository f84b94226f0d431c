"""Runs in a store that no number can be of: failed, cut off, damaged, or of a form that this code does not read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from results.claims import is_claimed
from results.errors import ForeignError, ResultError

Kind = Literal["failed", "running", "cut off", "damaged", "foreign", "left out"]
LEFT = ("cell.json", "progress.json", "failure.json", "checkpoint.pt")
"""What a run leaves before its record; a folder with none of them is no run."""


@dataclass(frozen=True)
class Aside:
    """A run by its folder's name, what became of it, and why in a sentence."""

    id: str
    kind: Kind
    why: str
    folder: Path


def without_record(folder: Path) -> Aside | None:
    """Return what became of a run that has no record; None for a folder of something else."""
    if not any((folder / name).exists() for name in LEFT):
        return None
    failure, seen = _object(folder / "failure.json"), _object(folder / "progress.json")
    where = _where(seen)
    if _runs(folder):
        return Aside(folder.name, "running", f"its record is not written yet{where}", folder)
    if failure:
        return Aside(folder.name, "failed", f"{failure.get('reason') or 'nobody knows why'}{where}", folder)
    return Aside(folder.name, "cut off", f"it has no record{where}; a sweep goes on with it", folder)


def unreadable(folder: Path, error: ResultError) -> Aside:
    """Return what a run is whose record or tables can't be read: damaged, or whole and of another form or cell."""
    return Aside(folder.name, "foreign" if isinstance(error, ForeignError) else "damaged", str(error), folder)


def _runs(folder: Path) -> bool:
    with suppress(ResultError):  # of a file system without locks
        return is_claimed(folder.parent, folder.name)
    return False


def _where(seen: Mapping[str, Any]) -> str:
    return f", at update {seen['update']} of {seen['total']}" if {"update", "total"} <= seen.keys() else ""


def _object(path: Path) -> Mapping[str, Any]:
    """Return a file's JSON object, {} for anything else; of a damaged file what happened is known, not why."""
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {"reason": ""} if path.exists() else {}
    return values if isinstance(values, dict) else {}
