"""What is logged of training: means over an interval, brought to the host at its end only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from benchmark.errors import RunError
from benchmark.training.trail import Row

COLUMNS = ("stage", "update", "term", "value")


class History:
    """Rows of (stage, update, term, value); update counts over all stages."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.rows: list[Row] = [
            (str(stage), int(update), str(term), float(value)) for stage, update, term, value in rows
        ]
        self._waiting: list[Mapping[str, Tensor | float]] = []

    def add(self, values: Mapping[str, Tensor | float]) -> None:
        """Take an update's terms without looking at them."""
        self._waiting.append(values)

    def note(self, stage: str, update: int, term: str, value: float) -> None:
        """Write one row at once."""
        self.rows.append((stage, update, term, value))

    def flush(self, stage: str, update: int) -> Mapping[str, float]:
        """Write the mean of each waiting term under an update and return them; RunError for one that is not finite."""
        if not self._waiting:
            return {}
        names = list(self._waiting[0])
        place = _place_of(self._waiting)
        table = torch.stack([torch.stack([_there(v[n], place) for n in names]) for v in self._waiting])
        means = dict(zip(names, table.mean(0).tolist(), strict=True))
        self._waiting.clear()
        for name, value in means.items():
            if not torch.isfinite(torch.tensor(value)):
                raise RunError(f"loss term {name!r} of stage {stage!r} is not finite by update {update}")
            self.note(stage, update, name, value)
        return means


def _place_of(waiting: Sequence[Mapping[str, Tensor | float]]) -> torch.device:
    """Return the device that updates' terms lie on; numbers of the host lie on any."""
    devices = (value.device for values in waiting for value in values.values() if isinstance(value, Tensor))
    return next((device for device in devices if device.type != "cpu"), torch.device("cpu"))


def _there(value: Tensor | float, place: torch.device) -> Tensor:
    """Return a term in float32 on a device; a number is filled in there, since copying it would wait for the device."""
    if not isinstance(value, Tensor):
        return torch.full((), value, dtype=torch.float64, device=place).float()
    return value.float().to(place, non_blocking=place.type != "cpu")
