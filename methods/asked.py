"""What a method is asked by whoever trains it, each answer looked at once: MethodError says what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from methods.base import Budget, Method, Stage, Trained
from methods.errors import MethodError


def stages_of(method: Method, budget: Budget) -> tuple[Stage, ...]:
    """Return the stages of a method in order, each of its own name, by which batches and seeds are drawn."""
    given: object = method.stages(budget)
    if not isinstance(given, Iterable):
        raise MethodError(f"stages(budget) returns {_a(given)}; expected a list of Stage")
    stages = []
    for one in given:
        if not isinstance(one, Stage):
            raise MethodError(f"stages(budget) names {_a(one)}; expected a list of Stage")
        if one.name in [other.name for other in stages]:
            raise MethodError(f"stages(budget) names two stages {one.name!r}; expected another name for each")
        stages.append(one)
    if not stages:
        raise MethodError("stages(budget) names no stage; expected one or more")
    return tuple(stages)


def begin(method: Method, stage: Stage) -> Mapping[str, Trained]:
    """Begin a stage of a method and return its optimisers by name."""
    given: object = method.begin(stage)
    if not isinstance(given, Mapping):
        raise MethodError(f"begin({stage.name}) returns {_a(given)}; expected optimisers by name, each a Trained")
    if not given:
        raise MethodError(f"begin({stage.name}) hands over no optimiser; return them by name, each a Trained")
    for name, one in given.items():
        if not isinstance(name, str) or not isinstance(one, Trained):
            raise MethodError(f"begin({stage.name}) hands over {name!r}: {_a(one)}; expected a name and a Trained")
    return given


def _a(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
