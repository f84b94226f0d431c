"""The plan of an advice on disk: what was asked and what was decided, so that the same words go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.errors import ResultError
from results.record import parse_object
from results.writing import write_json

FORM = 2
"""Since 2: the stronger recipe of supervised training is run too."""


@dataclass(frozen=True)
class Places:
    """The files of an advice on a data set, below a folder of runs."""

    out: Path
    dataset: str

    @property
    def folder(self) -> Path:
        """The folder of all of them."""
        return self.out / "advice" / self.dataset

    @property
    def plan(self) -> Path:
        """What was asked and decided."""
        return self.folder / "plan.json"

    @property
    def folds(self) -> Path:
        """The plan of a folder's folds."""
        return self.folder / "folds.json"

    @property
    def everything(self) -> Path:
        """The plan by which a folder's images are all trained on."""
        return self.folder / "everything.json"

    @property
    def protocol(self) -> Path:
        """The protocol."""
        return self.folder / f"advice-{self.dataset}.toml"


def write_plan(places: Places, asked: Mapping[str, Any], decided: Mapping[str, Any]) -> None:
    """Write what was decided beside what was asked."""
    write_json(places.plan, {"form": FORM, "asked": asked, "decided": decided})


def decided_before(places: Places, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what was decided when the same was asked; None where it was not, or the file is damaged."""
    try:
        values = parse_object(places.plan.read_bytes(), places.plan, "it is planned anew")
    except (OSError, ResultError):
        return None
    decided = values.get("decided")
    same = values.get("form") == FORM and values.get("asked") == asked
    return decided if same and isinstance(decided, dict) else None
