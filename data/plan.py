"""How a folder of one's own is read: what its name says, what was decided, and who trains, validates and tests.

A plan is a JSON file that `data.plan` or the first run on a folder writes, that its user may edit, and that every later
run reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Window = tuple[float, float]
Intensity = Literal["mri", "ct", "plain"]


@dataclass(frozen=True)
class Plan:
    """What was decided of a folder.

    labels: each structure's value in the files, in the order of classes. ignored: the value of what nobody labelled.
    channels: their names. windows: of each channel, the grey values that become 0 and 1 in all volumes; None where each
    volume is scaled by its own. axis: which of (slices, rows, columns) of the files is cut across; None for the
    coarsest of each volume. fit: of slices that are not square. partly: by case, the slices that are labelled where
    others are not. patients: by case. train, val, test: patients, training ones in labelling order; unlabeled: those
    without masks. folds: parts of the labelled patients, for cross-validation.
    """

    dataset: str
    labels: Mapping[str, int]
    channels: tuple[str, ...]
    intensity: tuple[Intensity, ...]
    windows: tuple[Window | None, ...]
    fit: Literal["stretch", "pad"]
    patients: Mapping[str, str]
    train: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]
    unlabeled: tuple[str, ...] = ()
    folds: tuple[tuple[str, ...], ...] = ()
    ignored: int | None = None
    axis: int | None = None
    partly: Mapping[str, tuple[int, ...]] | None = None
    planar: bool = False
    told: Mapping[str, str] | None = None

    def of_cell(self) -> Mapping[str, Any]:
        """Return what of it changes a run's numbers and is neither in its split nor in the content of its data."""
        values = {"labels": dict(self.labels), "channels": list(self.channels)}
        return {**values, "windows": [None if one is None else list(one) for one in self.windows]}


def windows_of(values: Mapping[str, Any]) -> tuple[Window | None, ...]:
    """Return the windows of a cell's plan; none for no plan."""
    return tuple(None if one is None else (float(one[0]), float(one[1])) for one in values.get("windows", ()))
