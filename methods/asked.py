"""What a method is asked by whoever trains it, each answer looked at once: MethodError says what would be right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from torch import nn

from methods.base import Budget, Clock, Method, Stage, Trained
from methods.errors import MethodError


def stages_of(method: Method, budget: Budget) -> tuple[Stage, ...]:
    """Return the stages of a method in order, each of its own name, by which batches and seeds are drawn."""
    given: object = method.stages(budget)
    if not isinstance(given, Iterable):
        raise MethodError(f"stages(budget) returns {_a(given)}; expected a list of Stage")
    stages: list[Stage] = []
    for one in given:
        if not isinstance(one, Stage):
            raise MethodError(f"stages(budget) names {_a(one)}; expected a list of Stage")
        if one.name in [other.name for other in stages]:
            raise MethodError(f"stages(budget) names two stages {one.name!r}; expected another name for each")
        stages.append(one)
    if not stages:
        raise MethodError("stages(budget) names no stage; expected one or more")
    return tuple(stages)


def granted_stages(method: Method, budget: Budget) -> tuple[Stage, ...]:
    """Return the stages of a method in order, which take the updates that a budget grants: all methods have as many."""
    stages = stages_of(method, budget)
    whole = getattr(method.config, "whole_updates", 0)  # of a paper that counts its stages together
    wanted, found = budget.total(len(stages), whole), sum(stage.updates for stage in stages)
    if found != wanted:
        each = f"{budget.updates:,} are granted to each of {len(stages)} stages, so {wanted:,}"
        granted = each if budget.per_stage and not whole else f"{wanted:,} are granted in all"
        raise MethodError(f"stages(budget) take {found:,} updates where {granted}; cut them by budget.split(...)")
    return stages


def begin(method: Method, stage: Stage) -> Mapping[str, Trained]:
    """Begin a stage of a method and return its optimisers by name, each with its initial learning rates kept.

    They are those that it was made with, also where an earlier stage handed it over, as torch's schedulers have it.
    """
    given: object = method.begin(stage)
    if not isinstance(given, Mapping):
        raise MethodError(f"begin({stage.name}) returns {_a(given)}; expected optimisers by name, each a Trained")
    if not given:
        raise MethodError(f"begin({stage.name}) hands over no optimiser; return them by name, each a Trained")
    for name, one in given.items():
        if not isinstance(name, str) or not isinstance(one, Trained):
            raise MethodError(f"begin({stage.name}) hands over {name!r}: {_a(one)}; expected a name and a Trained")
        for group in one.optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
    return given


def factor_of(name: str, trained: Trained, clock: Clock) -> float:
    """Return the factor on the initial learning rates of an optimiser, by its name, at an update."""
    expected = "expected a finite number, 0 or more"
    try:
        factor: Any = trained.schedule(clock)
    except MethodError:
        raise
    except Exception as error:  # whatever a stranger's schedule meets
        words = f"the schedule of optimiser {name!r} ends by {type(error).__name__}: {error}"
        raise MethodError(f"{words}; {expected}") from error
    is_number = isinstance(factor, Real)
    if not is_number or not 0 <= factor < math.inf:  # nan is in no range
        raise MethodError(f"the schedule of optimiser {name!r} gives {factor!r} at update {clock.update}; {expected}")
    found: float = factor  # as it came, to the last bit
    return found


def set_rates(trained: Mapping[str, Trained], clock: Clock) -> None:
    """Set the learning rates of an update."""
    for name, one in trained.items():
        factor = factor_of(name, one, clock)
        for group in one.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor


def predictors_of(method: Method) -> Mapping[str, nn.Module]:
    """Return the predictors of a method by name, of which there is a first one."""
    given: object = method.predictors()
    if not isinstance(given, Mapping):
        raise MethodError(f"predictors() returns {_a(given)}; expected networks by name")
    if not given:
        raise MethodError("predictors() names none; expected a network by its name, or more")
    for name, one in given.items():
        if not isinstance(one, nn.Module):
            raise MethodError(f"predictors() names {name!r}: {_a(one)}; expected a network, which is an nn.Module")
    return given


def _a(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
