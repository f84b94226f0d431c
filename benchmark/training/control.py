"""The log of a twin, the control of a method: it refuses a training in which more counts than labelled terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from benchmark.errors import RunError
from benchmark.training.history import History, Terms
from benchmark.training.trail import Row
from methods.base import Method

ROUNDING = 1e-6  # of a share, in single precision; a term that counts changes it by more from update to update


class ControlHistory(History):
    """A history that raises RunError where ``total`` is no fixed multiple of the labelled terms within a stage.

    Terms are logged without their weights. The labelled ones, of which there mostly is one, may have one, as FixMatch's
    has in its released code; what else counts changes the multiple from update to update. A stage without them has a
    total of 0.
    """

    def __init__(self, rows: Sequence[Row] = (), labeled: Sequence[str] = Method.labeled_terms) -> None:
        super().__init__(rows)
        self._labeled = labeled
        self._multiples: dict[str, float] = {}

    def _look(self, stage: str, update: int, waiting: Sequence[Terms], means: Mapping[str, float]) -> None:
        """Raise RunError for an update behind means in which more than labelled terms counts."""
        if "total" not in means:
            raise RunError(f"stage {stage!r} of this twin logs no total; return in step what descend(...) returns")
        for total, supervised in _pairs(waiting, self._labeled):
            if not self._is_alone(stage, total, supervised):
                raise RunError(f"stage {stage!r} of this twin {self._more(update, total, supervised, means)}")

    def _more(self, update: int, total: float, supervised: float, means: Mapping[str, float]) -> str:
        """Return in words that more counts than the labelled terms, and which class attribute is to say otherwise."""
        others = [name for name in means if name not in ("total", *self._labeled)]
        beside = f" beside {', '.join(others)}" if others else ""
        hint = "" if means.keys() & set(self._labeled) else ", or labeled_terms name what labelled slices teach"
        return (
            f"learns from more than its {' and '.join(self._labeled)} term by update {update}: total {total:.6g},"
            f" {' + '.join(self._labeled)} {supervised:.6g}{beside}; the class attribute twin must silence the"
            f" rest{hint}, and python -m benchmark.check says which values do"
        )

    def _is_alone(self, stage: str, total: float, supervised: float) -> bool:
        """Return whether an update's total is as many times its labelled terms as the stage's first one was."""
        if supervised == 0:
            return total == 0
        multiple = total / supervised
        first = self._multiples.setdefault(stage, multiple)
        return abs(multiple - first) <= ROUNDING * abs(first)


def _pairs(waiting: Sequence[Terms], labeled: Sequence[str]) -> list[tuple[float, float]]:
    """Return total and labelled terms of each update, 0 for one that is not logged, brought to the host at once."""
    names = ("total", *labeled)
    terms = [torch.as_tensor(values.get(name, 0.0)) for values in waiting for name in names]
    device = terms[0].device
    rows = torch.stack([term.to(device).float() for term in terms]).view(-1, len(names)).tolist()
    return [(total, sum(each)) for total, *each in rows]
