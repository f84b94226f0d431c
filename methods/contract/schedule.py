"""The rule that a twin trains by its method's schedule: stages, what each draws, optimisers and their rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from methods.asked import factor_of, predictors_of, stages_of
from methods.base import Budget, Method, Stage, Trained
from methods.contract.subject import Broken, Subject, begun, predicting
from methods.contract.toy import BUDGET, clock

BUDGETS = (Budget(updates=BUDGET.updates, per_stage=True, labeled=4, unlabeled=4), BUDGET)
"""The second is trained on, so that what an update sees of it is looked at too."""
Plan = Mapping[str, Any]


def schedule(subject: Subject) -> None:
    """Hold the stages and the optimisers of the twin against those of the method, under each fidelity."""
    if not subject.twin or subject.states("schedule"):
        return
    for fidelity in subject.entry.cls.fidelities:
        own, control = (subject.build(subject.configure(values, fidelity)) for values in ({}, subject.twin))
        said = next(_differences(own, control), None)
        if said is not None:
            under = "" if fidelity == "fixed" else f" under fidelity {fidelity}"
            words = f"at {dict(subject.twin)}{under}, {said}, so that more than its terms makes a gain over it"
            raise Broken(f'{words}; give both the same, or say why not: twin_caveats = {{"schedule": "..."}}')


def _differences(own: Method, control: Method) -> Iterator[str]:
    """Yield in what a twin is another training, the plainest first."""
    yield from _apart("the predictors are", list(predictors_of(own)), list(predictors_of(control)))
    for budget in BUDGETS:
        mine, his = stages_of(own, budget), stages_of(control, budget)
        yield from _apart("the stages are", [stage.name for stage in mine], [stage.name for stage in his])
        for one, other in zip(mine, his, strict=True):
            yield from _of_plans(f"stage {one.name} has", _plan(one), _plan(other))
    for one, other in zip(mine, his, strict=True):
        yield from _of_plans(f"stage {one.name} has", _optimizers(own, one), _optimizers(control, other))


def _of_plans(where: str, own: Plan, control: Plan) -> Iterator[str]:
    for name in dict.fromkeys((*own, *control)):
        yield from _apart(f"{where} {name}", own.get(name, "none"), control.get(name, "none"))


def _apart(what: str, own: Any, control: Any) -> Iterator[str]:
    if own != control:
        yield f"{what} {_shown(control)} where the method has {_shown(own)}"


def _shown(value: Any) -> str:
    return ", ".join(map(_shown, value)) if isinstance(value, list | tuple) else f"{value}"


def _plan(stage: Stage) -> Plan:
    draws = {f"draw.{one.name}": getattr(stage.draw, one.name) for one in fields(stage.draw)}
    draws["draw.views"] = list(stage.draw.views)
    return {"updates": stage.updates, "keep": stage.keep, **draws}


def _optimizers(method: Method, stage: Stage) -> Plan:
    """Return what moves weights of predictors in a stage that begins, and how many."""
    trained = begun(method, stage).trained
    mine = {id(weight): weight.numel() for weight in predicting(method) if weight.requires_grad}
    plan: dict[str, Any] = {}
    count = 0
    for name, one in trained.items():
        groups = [
            group for group in one.optimizer.param_groups if any(id(weight) in mine for weight in group["params"])
        ]
        for number, group in enumerate(groups):
            at = f"of {name}, group {number}" if number else f"of {name}"
            plan |= {f"optimiser {at}:": type(one.optimizer).__name__}
            plan |= {f"{key} {at}:": value for key, value in _options(group).items()}
            plan[f"rates {at}:"] = _rates(name, one, stage, float(group["initial_lr"]))
            count += sum(mine.get(id(weight), 0) for weight in group["params"])
    return {**plan, "weights of predictors that are trained:": count}


def _options(group: Mapping[str, Any]) -> Plan:
    """Return what a group of weights is moved by, but for its rate; ``initial_lr`` is what that begins with."""
    told = (int, float, bool, str, tuple)
    return {key: value for key, value in group.items() if key not in ("lr", "initial_lr") and isinstance(value, told)}


def _rates(name: str, one: Trained, stage: Stage, initial: float) -> list[float]:
    return [float(f"{initial * factor_of(name, one, clock(update, stage)):.6g}") for update in range(stage.updates)]
