"""The log of a twin, the control of a method: it refuses a training in which more counts than the supervised term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from benchmark.errors import RunError
from benchmark.training.history import History, Terms
from benchmark.training.trail import Row

ROUNDING = 1e-6  # of a share, in single precision; a term that counts changes it by more from update to update


class ControlHistory(History):
    """A history that raises RunError where ``total`` is no fixed multiple of ``supervised`` within a stage.

    Terms are logged without their weights. The supervised one may have one, as FixMatch's has in its released code;
    what else counts changes the multiple from update to update. A stage without that term has a total of 0.
    """

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        super().__init__(rows)
        self._multiples: dict[str, float] = {}

    def _look(self, stage: str, update: int, waiting: Sequence[Terms], means: Mapping[str, float]) -> None:
        """Raise RunError for an update behind means in which more than the supervised term counts."""
        if "total" not in means:
            raise RunError(f"stage {stage!r} of this twin logs no total; return in step what descend(...) returns")
        for total, supervised in _pairs(waiting):
            if not self._is_alone(stage, total, supervised):
                others = [name for name in means if name not in ("total", "supervised")]
                beside = f" beside {', '.join(others)}" if others else ""
                raise RunError(
                    f"stage {stage!r} of this twin learns from more than its supervised term by update {update}: total"
                    f" {total:.6g}, supervised {supervised:.6g}{beside}; the class attribute twin must silence the"
                    " rest, and python -m benchmark.check says which values do"
                )

    def _is_alone(self, stage: str, total: float, supervised: float) -> bool:
        """Return whether an update's total is as many times its supervised term as the stage's first one was."""
        if supervised == 0:
            return total == 0
        multiple = total / supervised
        first = self._multiples.setdefault(stage, multiple)
        return abs(multiple - first) <= ROUNDING * abs(first)


def _pairs(waiting: Sequence[Terms]) -> list[tuple[float, float]]:
    """Return total and supervised term of each update, 0 for one that is not logged, brought to the host at once."""
    terms = [torch.as_tensor(values.get(name, 0.0)) for values in waiting for name in ("total", "supervised")]
    device = terms[0].device
    values = torch.stack([term.to(device).float() for term in terms]).tolist()
    return list(zip(values[::2], values[1::2], strict=True))
