"""Weights that were scored, so that those which several rules chose, or a kept point holds too, are scored once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from benchmark.training.selection import State

Rows = list[Mapping[str, Any]]


@dataclass(frozen=True)
class _Known:
    predictor: str
    state: State
    rows: Rows


class Scored:
    """The rows of a run's scored weights, by predictor and weights."""

    def __init__(self) -> None:
        self._known: list[_Known] = []

    def rows(self, predictor: str, rule: str, state: State, score: Callable[[], Iterable[Mapping[str, Any]]]) -> Rows:
        """Return the rows of a predictor's weights under a rule; ``score`` makes them where they are not known."""
        found = self.found(predictor, state)
        if found is None:
            found = list(score())
            self._known.append(_Known(predictor, state, found))
        return [{**row, "rule": rule} for row in found]

    def found(self, predictor: str, state: State) -> Rows | None:
        """Return the rows that weights got, under whatever rule; None where they were not scored."""
        return next((one.rows for one in self._known if one.predictor == predictor and _same(one.state, state)), None)


def _same(one: State, other: State) -> bool:
    return one is other or (
        one.keys() == other.keys() and all(torch.equal(one[name], other[name].to(one[name].device)) for name in one)
    )
