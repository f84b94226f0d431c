"""What is logged of training: means over an interval, brought to the host at its end only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from benchmark.errors import RunError
from benchmark.training.trail import Row

COLUMNS = ("stage", "update", "term", "value")
Terms = Mapping[str, Tensor | float]


class History:
    """Rows of (stage, update, term, value); update counts over all stages."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.rows: list[Row] = [
            (str(stage), int(update), str(term), float(value)) for stage, update, term, value in rows
        ]
        self._waiting: list[Terms] = []

    def add(self, values: Terms) -> None:
        """Take an update's terms without looking at them."""
        self._waiting.append(values)

    def note(self, stage: str, update: int, term: str, value: float) -> None:
        """Write one row at once."""
        self.rows.append((stage, update, term, value))

    def flush(self, stage: str, update: int) -> Mapping[str, float]:
        """Write the mean of each waiting term under an update and return them; RunError for one that is not finite.

        So it is for one that some of the updates lack.
        """
        if not self._waiting:
            return {}
        waiting = tuple(self._waiting)
        self._waiting.clear()
        means = _means(waiting)
        for name, value in means.items():
            if not torch.isfinite(torch.tensor(value)):
                raise RunError(f"loss term {name!r} of stage {stage!r} is not finite by update {update}")
            self.note(stage, update, name, value)
        self._look(stage, update, waiting, means)
        other = sorted({name for terms in waiting for name in terms if name not in means})
        if other:
            words = f"loss term {other[0]!r} of stage {stage!r} is logged in some updates and not in others by update"
            raise RunError(f"{words} {update}; log it in each update of the stage, as 0 where it does not count")
        return means

    def _look(self, stage: str, update: int, waiting: Sequence[Terms], means: Mapping[str, float]) -> None:
        """Look at the updates behind means, and raise RunError for what the run may not go on with."""


def _means(waiting: Sequence[Terms]) -> Mapping[str, float]:
    """Return the mean of each term that all updates have."""
    names = [name for name in waiting[0] if all(name in terms for terms in waiting)]
    if not names:
        return {}
    place = _place_of(waiting)
    table = torch.stack([torch.stack([_there(terms[name], place) for name in names]) for terms in waiting])
    return dict(zip(names, table.mean(0).tolist(), strict=True))


def _place_of(waiting: Sequence[Terms]) -> torch.device:
    """Return the device that updates' terms lie on; numbers of the host lie on any."""
    devices = (value.device for values in waiting for value in values.values() if isinstance(value, Tensor))
    return next((device for device in devices if device.type != "cpu"), torch.device("cpu"))


def _there(value: Tensor | float, place: torch.device) -> Tensor:
    """Return a term in float32 on a device; a number is filled in there, since copying it would wait for the device."""
    if not isinstance(value, Tensor):
        return torch.full((), value, dtype=torch.float64, device=place).float()
    return value.float().to(place, non_blocking=place.type != "cpu")
