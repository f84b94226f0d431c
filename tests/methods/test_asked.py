"""What a method answers is looked at once, before it trains: one sentence says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from methods.asked import begin, factor_of, granted_stages, set_rates, stages_of
from methods.base import Budget, Clock, Config, Draw, Method, Stage, Trained
from methods.errors import MethodError

BUDGET = Budget(8, False, 2, 2)
DRAW = Draw(2, 2, ("weak",))
ONE, TWO = Stage("one", 4, DRAW), Stage("two", 4, DRAW)


class Answers(Method):
    """A method that answers what it is given."""

    def __init__(self, answer: Any) -> None:
        nn.Module.__init__(self)
        self.answer: Callable[[], Any] = lambda: answer

    def stages(self, budget: Budget) -> Any:
        return self.answer()

    def begin(self, stage: Stage) -> Any:
        return self.answer()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("one", -1, DRAW), "Stage 'one': updates=-1; expected a whole number, 1 or more"),
        (("one", 0, DRAW), "Stage 'one': updates=0; expected a whole number, 1 or more"),
        (("one", True, DRAW), "Stage 'one': updates=True; expected a whole number, 1 or more"),
        (("one", 4.0, DRAW), "Stage 'one': updates=4.0; expected a whole number, 1 or more"),
        (("one", 4, DRAW, "First"), "Stage 'one': keep='First'; expected last or best"),
        (("one", 4, DRAW, "Best"), "Stage 'one': keep='Best'; expected last or best"),
        (("", 4, DRAW), "Stage: name=''; expected printable characters without /"),
        (("a/b", 4, DRAW), "Stage: name='a/b'; expected printable characters without /"),
        (("a\nb", 4, DRAW), r"Stage: name='a\nb'; expected printable characters without /"),
        ((1, 4, DRAW), "Stage: name=1; expected printable characters without /"),
    ],
)
def test_a_stage_that_would_train_otherwise_than_it_says_is_refused(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(said)}$"):
        Stage(*given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "Answers.stages(budget) returns None; expected a list of Stage"),
        (ONE, "Answers.stages(budget) returns a Stage; expected a list of Stage"),
        ([], "Answers.stages(budget) names no stage; expected one or more"),
        ([ONE, ("two", 4)], "Answers.stages(budget) names a tuple; expected a list of Stage"),
        ([ONE, TWO, ONE], "Answers.stages(budget) names two stages 'one'; expected another name for each"),
    ],
)
def test_stages_that_are_none_are_refused(given: Any, said: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(said)}$"):
        stages_of(Answers(given), BUDGET)


def test_stages_may_be_yielded_one_by_one() -> None:
    assert stages_of(Answers(one for one in (ONE, TWO)), BUDGET) == (ONE, TWO)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "Answers.begin(one) returns None; expected optimisers by name, each a Trained"),
        ({}, "Answers.begin(one) hands over no optimiser; return them by name, each a Trained"),
        ({"network": 1}, "Answers.begin(one) hands over 'network': a int; expected a name and a Trained"),
    ],
)
def test_a_beginning_without_optimisers_is_refused(given: Any, said: str) -> None:
    with pytest.raises(MethodError, match=f"^{re.escape(said)}$"):
        begin(Answers(given), ONE)


def test_a_beginning_hands_over_its_optimisers() -> None:
    trained = {"network": Trained(torch.optim.SGD([torch.zeros(1)], lr=1.0), lambda clock: 1.0)}
    assert begin(Answers(trained), ONE) is trained


def trained(schedule: Callable[[Clock], Any]) -> Trained:
    made = Trained(torch.optim.SGD([torch.zeros(1)], lr=0.5), schedule)
    begin(Answers({"network": made}), ONE)
    return made


def test_rates_are_the_initial_ones_times_the_factor_of_the_update() -> None:
    made = trained(lambda clock: 1 - clock.progress)
    for update, rate in ((0, 0.5), (3, 0.125), (2, 0.25)):
        set_rates({"network": made}, Clock(update, 4, torch.Generator()))
        assert made.optimizer.param_groups[0]["lr"] == rate


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (lambda clock: 1 / 0, "ends by ZeroDivisionError: division by zero"),
        (lambda clock: float("nan"), "gives nan at update 3"),
        (lambda clock: float("inf"), "gives inf at update 3"),
        (lambda clock: -1.0, "gives -1.0 at update 3"),
        (lambda clock: None, "gives None at update 3"),
    ],
)
def test_a_schedule_that_gives_no_factor_is_refused(schedule: Callable[[Clock], Any], said: str) -> None:
    with pytest.raises(MethodError) as told:
        factor_of("network", trained(schedule), Clock(3, 4, torch.Generator()))
    assert str(told.value) == f"the schedule of optimiser 'network' {said}; expected a finite number, 0 or more"


def test_an_optimiser_that_an_earlier_stage_had_begins_at_the_rate_it_was_made_with() -> None:
    made = Trained(torch.optim.SGD([torch.zeros(1)], lr=0.5), lambda clock: 1 - clock.progress)
    method = Answers({"network": made})
    begin(method, ONE)
    set_rates({"network": made}, Clock(3, 4, torch.Generator()))
    assert made.optimizer.param_groups[0]["lr"] == 0.125
    set_rates(begin(method, TWO), Clock(0, 4, torch.Generator()))
    assert made.optimizer.param_groups[0]["lr"] == 0.5


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (Budget(4, False, 2, 2), "take 8 updates where 4 are granted in all; cut them by budget"),
        (Budget(3, True, 2, 2), "take 8 updates where 3 are granted to each of 2 stages, so 6; cut"),
    ],
)
def test_stages_that_take_other_than_what_is_granted_are_refused(budget: Budget, said: str) -> None:
    method = Answers([ONE, TWO])
    method.config = Config()
    with pytest.raises(MethodError, match=rf"^Answers\.stages\(budget\) {re.escape(said)}"):
        granted_stages(method, budget)
    assert granted_stages(method, BUDGET) == (ONE, TWO)
