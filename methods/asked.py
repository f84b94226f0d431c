"""What a method is asked by whoever trains it, each answer looked at once: MethodError says what would be right."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, get_args

from torch import Tensor, nn
from torch.optim import Optimizer

from data.batch import Batch, Draw, View
from methods.base import Budget, Clock, Inspected, Method, Stage, Trained
from methods.errors import MethodError

OF_THE_TRAINER = frozenset(("val_dice", "effective_rank", "encoder_gradient"))
"""Terms of a run's history that its trainer writes beside a method's own."""
CHOICES: Mapping[str, Sequence[str]] = {name: get_args(Draw.__annotations__[name]) for name in ("by", "geometry")}


def stages_of(method: Method, budget: Budget) -> tuple[Stage, ...]:
    """Return the stages of a method in order, each of its own name, by which batches and seeds are drawn."""
    given, asked = _given(method.stages(budget)), f"{_name(method)}.stages(budget)"
    if not isinstance(given, Iterable):
        raise MethodError(f"{asked} returns {_a(given)}; expected a list of Stage")
    stages: list[Stage] = []
    for one in given:
        if not isinstance(one, Stage):
            raise MethodError(f"{asked} names {_a(one)}; expected a list of Stage")
        if one.name in [other.name for other in stages]:
            raise MethodError(f"{asked} names two stages {one.name!r}; expected another name for each")
        fault = next(_faults_of(_given(one.draw)), None)
        if fault is not None:
            raise MethodError(f"{asked}: stage {one.name!r} draws {fault}")
        stages.append(one)
    if not stages:
        raise MethodError(f"{asked} names no stage; expected one or more")
    return tuple(stages)


def _faults_of(draw: object) -> Iterator[str]:
    """Yield what of a draw no batch can be of, and what would be right."""
    if not isinstance(draw, Draw):
        yield f"{_a(draw)}; expected a Draw"
        return
    counts = {"labeled": _given(draw.labeled), "unlabeled": _given(draw.unlabeled)}
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            yield f"{name}={count!r}; expected a whole number of slices, 0 or more"
    if not any(counts.values()):
        yield "no slice at all; expected some labelled or unlabelled ones"
    views, known = _given(draw.views), get_args(View)
    if not isinstance(views, Sequence) or isinstance(views, str) or not views:
        yield f"views={views!r}; expected some of {', '.join(known)}, in a tuple"
    else:
        yield from (f"the view {one!r}; known are {', '.join(known)}" for one in views if one not in known)
    for name, choices in CHOICES.items():
        if getattr(draw, name) not in choices:
            yield f"{name}={getattr(draw, name)!r}; expected {' or '.join(choices)}"
    if not _is_within(draw.foreground, 0, 1):
        yield f"foreground={draw.foreground!r}; expected a share of the labelled slices, 0 to 1"


def granted_stages(method: Method, budget: Budget) -> tuple[Stage, ...]:
    """Return the stages of a method in order, which take the updates that a budget grants: all methods have as many."""
    stages = stages_of(method, budget)
    whole = getattr(method.config, "whole_updates", 0)  # of a paper that counts its stages together
    wanted, found = budget.total(len(stages), whole), sum(stage.updates for stage in stages)
    if found != wanted:
        each = f"{budget.updates:,} are granted to each of {len(stages)} stages, so {wanted:,}"
        granted = each if budget.per_stage and not whole else f"{wanted:,} are granted in all"
        words = f"{_name(method)}.stages(budget) take {found:,} updates where {granted}"
        raise MethodError(f"{words}; cut them by budget.split(...)")
    return stages


def begin(method: Method, stage: Stage) -> Mapping[str, Trained]:
    """Begin a stage of a method and return its optimisers by name, each with its initial learning rates kept.

    They are those that it was made with, also where an earlier stage handed it over, as torch's schedulers have it.
    """
    given, asked = _given(method.begin(stage)), f"{_name(method)}.begin({stage.name})"
    if not isinstance(given, Mapping):
        raise MethodError(f"{asked} returns {_a(given)}; expected optimisers by name, each a Trained")
    if not given:
        raise MethodError(f"{asked} hands over no optimiser; return them by name, each a Trained")
    for name, one in given.items():
        if not isinstance(name, str) or not isinstance(one, Trained):
            raise MethodError(f"{asked} hands over {name!r}: {_a(one)}; expected a name and a Trained")
        fault = next(_faults_in(one), None)
        if fault is not None:
            raise MethodError(f"{asked} hands over {name!r}: a Trained {fault}")
        for group in one.optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
    return given


def _faults_in(trained: Trained) -> Iterator[str]:
    """Yield what keeps a trainer from setting the rates of an optimiser."""
    optimizer, schedule = _given(trained.optimizer), _given(trained.schedule)
    if not isinstance(optimizer, Optimizer):
        yield f"of {_a(optimizer)}; expected an optimiser of torch"
    if not callable(schedule):
        yield f"whose schedule is {_a(schedule)}; expected a function of the clock that gives a factor, 0 or more"
    if hasattr(getattr(optimizer, "step", None), "_wrapped_by_lr_sched"):  # as torch marks it
        yield "whose optimiser a scheduler of torch follows; expected Trained(optimizer, schedule) to say its rates"


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


def step(
    method: Method, stage: Stage, trained: Mapping[str, Trained], batch: Batch, clock: Clock
) -> Mapping[str, Tensor | float]:
    """Let a method make an update of a stage that has begun; return its terms, without a host synchronisation.

    MethodError for terms that no history can hold, and for learning rates that the step sets itself.
    """
    rates = {name: [group["lr"] for group in one.optimizer.param_groups] for name, one in trained.items()}
    given, asked = _given(method.step(batch, clock)), f"{_name(method)}.step in stage {stage.name!r}"
    if not isinstance(given, Mapping) or not given:
        found = "a mapping of no term" if isinstance(given, Mapping) else _a(given)
        raise MethodError(f"{asked} returns {found}; expected terms by name, as descend(...) returns them")
    for name, value in given.items():
        _check_term(asked, name, value)
    for name, one in trained.items():
        for group, rate in zip(one.optimizer.param_groups, rates[name], strict=False):
            now = group["lr"]
            if now is not rate and (isinstance(now, Tensor) or isinstance(rate, Tensor) or now != rate):
                words = f"{asked} sets the learning rate of optimiser {name!r} to {float(now):g}, from {float(rate):g}"
                raise MethodError(f"{words}; let begin(stage) return it as Trained(optimizer, schedule)")
    return given


def _check_term(asked: str, name: object, value: object) -> None:
    if not isinstance(name, str) or not name or not name.isprintable():
        raise MethodError(f"{asked} returns a term called {name!r}; expected a name of printable characters")
    if name in OF_THE_TRAINER:
        raise MethodError(f"{asked} returns a term called {name!r}, which the trainer logs; call it otherwise")
    if isinstance(value, Tensor):
        if value.ndim or value.is_complex():
            kind = "a complex tensor" if value.is_complex() else f"a tensor of shape {tuple(value.shape)}"
            raise MethodError(f"{asked} returns {name!r}: {kind}; expected a scalar, such as its mean")
    elif not isinstance(value, Real):
        raise MethodError(f"{asked} returns {name!r}: {_a(value)}; expected a scalar tensor or a number")


def predictors_of(method: Method) -> Mapping[str, nn.Module]:
    """Return the predictors of a method by name, of which there is a first one."""
    given, asked = _given(method.predictors()), f"{_name(method)}.predictors()"
    if not isinstance(given, Mapping):
        raise MethodError(f"{asked} returns {_a(given)}; expected networks by name")
    if not given:
        raise MethodError(f"{asked} names none; expected a network by its name, or more")
    for name, one in given.items():
        if not isinstance(name, str) or not name or not name.isprintable():
            raise MethodError(f"{asked} names {name!r}; expected names of printable characters")
        if not isinstance(one, nn.Module):
            raise MethodError(f"{asked} names {name!r}: {_a(one)}; expected a network, which is an nn.Module")
    return given


def inspected_of(method: Method) -> Inspected | None:
    """Return what a diagnosis may look at after training, None where a method shows nothing."""
    given, asked = _given(method.inspected()), f"{_name(method)}.inspected()"
    if given is None:
        return None
    if not isinstance(given, Inspected):
        raise MethodError(f"{asked} returns {_a(given)}; expected an Inspected, or None")
    parts = {"labeler": given.labeler, **({} if given.representer is None else {"representer": given.representer})}
    for name, part in parts.items():
        if not isinstance(_given(part), nn.Module):
            raise MethodError(f"{asked} has {name}: {_a(part)}; expected a network, which is an nn.Module")
    if not _is_within(given.confident, 0, 1):
        raise MethodError(f"{asked} has confident={given.confident!r}; expected a confidence, 0 to 1")
    if not _is_within(given.negative_temperature, sys.float_info.min, sys.float_info.max):
        words = f"negative_temperature={given.negative_temperature!r}"
        raise MethodError(f"{asked} has {words}; expected a finite number above 0")
    return given


def logits_from(name: str, given: object, images: Tensor, classes: int) -> Tensor:
    """Return what a network gave for images where it is logits of so many classes; MethodError where it is not."""
    wanted = (len(images), classes, *images.shape[-2:])
    if not isinstance(given, Tensor) or given.shape != wanted:
        seen = tuple(given.shape) if isinstance(given, Tensor) else _a(given)
        raise MethodError(f"{name} gives {seen}, expected {wanted}, the logits (N, classes, H, W) of its images")
    return given


def vectors_from(given: object, pixels: int) -> Tensor:
    """Return what a representer gave for so many pixels where it is a vector each; MethodError where it is not."""
    if not isinstance(given, Tensor) or given.ndim != 2 or len(given) != pixels:
        seen = tuple(given.shape) if isinstance(given, Tensor) else _a(given)
        raise MethodError(f"the representer of inspected() gives {seen} for {pixels} pixels, expected ({pixels}, D)")
    return given


def _is_within(value: object, least: float, most: float) -> bool:
    """Return whether a stranger's value is a number in a range; nan is in none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _given(value: object) -> object:
    """Return a stranger's answer as what it may be, which is anything."""
    return value


def _name(method: Method) -> str:
    return type(method).__name__


def _a(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
