"""The log of a twin: what it lets pass, what it refuses, and that no twin of this repository is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark.errors import RunError
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.control import ControlHistory
from benchmark.training.history import History
from benchmark.training.trainer import Trainer
from methods import registry
from methods.base import Stage
from methods.contract.learning import more_than_supervised
from tests.benchmark.training.test_trainer import BUDGET, KilledError, Silent, trainer
from tests.contract.toy import TASK
from tests.thinned import CHANNELS

TWINS = {name: entry.cls for name, entry in registry.entries().items() if entry.has_twin}
OTHERS = [(name, fidelity) for name, cls in TWINS.items() for fidelity in cls.fidelities if fidelity != "fixed"]
"""Methods under the fidelities that the rule about twins (methods/contract) does not look at."""
NARROW = {("action_plus", "official"): {"representation": sum(CHANNELS)}, ("gcl", "official"): {"blocks": 3}}
"""Values that suit a thin network, and small slices."""


def logged(*updates: Mapping[str, float]) -> ControlHistory:
    """Return a log that took one stage's updates, two at a time."""
    history = ControlHistory()
    for number, terms in enumerate(updates, 1):
        history.add({name: torch.tensor(value) for name, value in terms.items()})
        if number % 2 == 0:
            history.flush("train", number)
    return history


def terms(multiple: float, *supervised: float) -> Sequence[Mapping[str, float]]:
    return [{"total": multiple * value, "supervised": value, "kl": 7.0} for value in supervised]


def controlled(name: str, fidelity: str, values: Mapping[str, Any]) -> tuple[Trainer, list[Stage]]:
    """Return a trainer of a method with these values, whose log is a twin's, and its stages."""
    made, _ = trainer(name)
    config = registry.configure(name, fidelity, values)
    method = registry.build(name, TASK, "unet", config, weights=None, seed=1)
    settings = replace(made.settings, log=ControlHistory)
    return Trainer(method, made.batches, made.validate, settings), list(method.stages(BUDGET))


@pytest.mark.parametrize("multiple", [1.0, 2.0, 0.3])
def test_a_total_that_is_a_fixed_multiple_of_the_supervised_term_is_logged_as_ever(multiple: float) -> None:
    updates = terms(multiple, 1.7, 0.9, 0.0, 1e-4)
    plain = History()
    for number, one in enumerate(updates, 1):
        plain.add(one)
        if number % 2 == 0:
            plain.flush("train", number)
    assert logged(*updates).rows == plain.rows
    assert [value for *_, term, value in plain.rows if term == "supervised"] == pytest.approx([1.3, 5e-5])


def test_a_term_that_counts_is_refused_with_its_name_where_it_first_shows() -> None:
    late = [*terms(1.0, 0.8, 0.6), {"total": 0.7, "supervised": 0.5, "kl": 0.2}, *terms(1.0, 0.4)]
    words = (
        "stage 'train' of this twin learns from more than its supervised term by update 4: total 0.7, supervised 0.5"
        " beside kl; the class attribute twin must silence the rest, and python -m benchmark.check says which values do"
    )
    with pytest.raises(RunError) as error:
        logged(*late)
    assert str(error.value) == words


def test_a_term_a_hundred_thousandth_of_the_supervised_one_is_seen() -> None:
    with pytest.raises(RunError, match="by update 2"):
        logged(*({"total": value + 1e-5, "supervised": value} for value in (1.0, 0.5)))


def of_two(multiple: float, *updates: tuple[float, float]) -> Sequence[Mapping[str, float]]:
    return [{"total": multiple * (seg + edge), "seg": seg, "edge": edge, "kl": 7.0} for seg, edge in updates]


@pytest.mark.parametrize(
    ("updates", "alone"),
    [
        (of_two(1.0, (1.7, 0.2), (0.9, 0.4)), True),
        (of_two(0.3, (1.7, 0.2), (0.9, 0.4)), True),
        ([*of_two(1.0, (1.7, 0.2)), {"total": 1.5, "seg": 0.9, "edge": 0.4, "kl": 0.2}], False),
        (terms(1.0, 1.7, 0.9), False),
    ],
)
def test_labelled_terms_by_names_of_their_own_are_the_total_together(
    updates: list[Mapping[str, float]], alone: bool
) -> None:
    history = ControlHistory(labeled=("seg", "edge"))
    for one in updates:
        history.add(one)
    with nullcontext() if alone else pytest.raises(RunError, match=r"than its seg and edge term .* seg \+ edge "):
        history.flush("train", 2)
    assert (more_than_supervised(updates, ("seg", "edge")) is None) is alone


def test_a_labelled_term_that_nobody_named_is_told_to_be_named() -> None:
    with pytest.raises(RunError, match=r"supervised 0 beside seg; .* the rest, or labeled_terms name what labelled "):
        logged(*[{"total": 1.0, "seg": 1.0}] * 2)


@pytest.mark.parametrize("total", [0.0, 0.25])
def test_a_stage_without_a_supervised_term_has_a_total_of_0(total: float) -> None:
    updates = [{"total": total, "contrast": 3.0}] * 2
    if total:
        with pytest.raises(RunError, match=r"total 0\.25, supervised 0 beside contrast;"):
            logged(*updates)
    else:
        assert len(logged(*updates).rows) == 2


def test_a_twin_that_logs_no_total_can_not_be_judged_and_is_refused() -> None:
    with pytest.raises(RunError, match="stage 'train' of this twin logs no total; return in step what"):
        logged(*[{"supervised": 1.0}] * 2)


@pytest.mark.parametrize(
    ("updates", "alone"),
    [
        (terms(1.0, 1.7, 0.9), True),
        (terms(0.3, 1.7, 0.0, 0.9, 1e-4), True),
        ([{"total": 0.0, "contrast": 3.0}] * 2, True),
        ([{"total": 0.25, "contrast": 3.0}] * 2, False),
        ([*terms(1.0, 0.8), *terms(1.0 + 5e-7, 0.6)], True),
        ([*terms(1.0, 0.8), *terms(1.0 + 2e-6, 0.6)], False),
        ([*terms(2.0, 0.8), *terms(1.0, 0.6)], False),
        ([*terms(1.0, 0.8), {"total": 0.1, "supervised": 0.0, "kl": 7.0}], False),
        ([{"supervised": 1.0}] * 2, False),
    ],
)
def test_the_rule_of_the_check_refuses_what_a_run_refuses(updates: list[Mapping[str, float]], alone: bool) -> None:
    with nullcontext() if alone else pytest.raises(RunError, match="of this twin"):
        logged(*updates)
    assert (more_than_supervised(updates) is None) is alone


def test_stages_may_have_multiples_of_their_own() -> None:
    history = ControlHistory()
    for stage, multiple in (("one", 1.0), ("two", 0.5)):
        for one in terms(multiple, 0.9, 0.7):
            history.add(one)
        history.flush(stage, 2)
    assert len(history.rows) == 6


def test_a_term_that_is_not_finite_is_told_as_that() -> None:
    with pytest.raises(RunError, match="loss term 'total' of stage 'train' is not finite"):
        logged(*[{"total": float("nan"), "supervised": 1.0}] * 2)


@pytest.mark.parametrize(("name", "fidelity"), OTHERS)
def test_no_twin_of_this_repository_is_refused(name: str, fidelity: str) -> None:
    made, stages = controlled(name, fidelity, {**NARROW.get((name, fidelity), {}), **TWINS[name].twin})
    rows = made.run([replace(stage, updates=2) for stage in stages], Checkpoint(None), Silent()).history.rows
    assert {stage for stage, *_ in rows} == {stage.name for stage in stages}


def test_a_method_itself_is_refused_as_its_twin_after_it_went_on_too(tmp_path: Path) -> None:
    made, stages = controlled("em", "fixed", {"weight": 0.0})
    with pytest.raises(KilledError):
        made.run(stages, Checkpoint(tmp_path / "c.pt"), Silent(4))
    made, stages = controlled("em", "fixed", {})
    with pytest.raises(RunError, match=r"of this twin learns from more .* by update 5: .* beside entropy;"):
        made.run(stages, Checkpoint(tmp_path / "c.pt"), Silent())
