"""Draws, terms, rates and parts to look into that a method answers: what no run can use is told in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR

from benchmark.training.inside import GRADIENT, RANK
from benchmark.training.validation import logits_of
from methods.asked import (
    OF_THE_TRAINER,
    begin,
    inspected_of,
    logits_from,
    predictors_of,
    stages_of,
    step,
    vectors_from,
)
from methods.base import Budget, Clock, Draw, Inspected, Method, Stage, Trained
from methods.errors import MethodError

BUDGET = Budget(8, False, 2, 2)
STAGE = Stage("one", 8, Draw(2, 2, ("weak",)))
KNOWN = "plain, weak, weak_b, strong, strong_b, strong_sharp"
NET = nn.Identity()


class Answers(Method):
    """A method that answers what it is given. act: what a step does first."""

    def __init__(self, answer: Any, act: Callable[[], object] = lambda: None) -> None:
        nn.Module.__init__(self)
        self.answer: Callable[[], Any] = lambda: answer
        self.act = act

    def stages(self, budget: Budget) -> Any:
        return [Stage("one", 8, self.answer())]

    def begin(self, stage: Stage) -> Any:
        return self.answer()

    def step(self, batch: Any, clock: Clock) -> Any:
        self.act()
        return self.answer()

    def predictors(self) -> Any:
        return self.answer()

    def inspected(self) -> Any:
        return self.answer()


def refused(said: str) -> Any:
    return pytest.raises(MethodError, match=f"^{re.escape(said)}$")


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        ((2, 2, ("weak",)), "a tuple; expected a Draw"),
        (Draw(-1, 2, ("weak",)), "labeled=-1; expected a whole number of slices, 0 or more"),
        (Draw(2, 2.0, ("weak",)), "unlabeled=2.0; expected a whole number of slices, 0 or more"),  # type: ignore[arg-type]
        (Draw(True, 2, ("weak",)), "labeled=True; expected a whole number of slices, 0 or more"),
        (Draw(0, 0, ("weak",)), "no slice at all; expected some labelled or unlabelled ones"),
        (Draw(2, 2, "weak"), f"views='weak'; expected some of {KNOWN}, in a tuple"),
        (Draw(2, 2, ()), f"views=(); expected some of {KNOWN}, in a tuple"),
        (Draw(2, 2, ("weak", "wild")), f"the view 'wild'; known are {KNOWN}"),
        (Draw(2, 2, ("weak",), by="chance"), "by='chance'; expected shuffle or partition"),  # type: ignore[arg-type]
        (Draw(2, 2, ("weak",), geometry="none"), "geometry='none'; expected common or own"),  # type: ignore[arg-type]
        (Draw(2, 2, ("weak",), foreground=1.5), "foreground=1.5; expected a share of the labelled slices, 0 to 1"),
    ],
)
def test_a_draw_of_which_there_is_no_batch_is_refused_before_anything_trains(draw: Any, said: str) -> None:
    with refused(f"Answers.stages(budget): stage 'one' draws {said}"):
        stages_of(Answers(draw), BUDGET)


def optimizer(scheduled: bool = False) -> torch.optim.Optimizer:
    made = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    return StepLR(made, 1000).optimizer if scheduled else made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Trained(3, lambda clock: 1.0), "of a int; expected an optimiser of torch"),  # type: ignore[arg-type]
        (Trained(optimizer(), 0.9),  # type: ignore[arg-type]
         "whose schedule is a float; expected a function of the clock that gives a factor, 0 or more"),
        (Trained(optimizer(scheduled=True), lambda clock: 1.0), "whose optimiser a scheduler of torch follows; expected"
         " Trained(optimizer, schedule) to say its rates"),
    ],
)  # fmt: skip
def test_what_no_trainer_can_set_rates_of_is_refused(made: Trained, said: str) -> None:
    with refused(f"Answers.begin(one) hands over 'network': a Trained {said}"):
        begin(Answers({"network": made}), STAGE)


def stepped(answer: Any, act: Callable[[], object] = lambda: None, made: Trained | None = None) -> Any:
    trained = {} if made is None else {"network": made}
    batch: Any = None
    return step(Answers(answer, act), STAGE, trained, batch, Clock(0, 8, torch.Generator()))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "None; expected terms by name, as descend(...) returns them"),
        ([1.0], "a list; expected terms by name, as descend(...) returns them"),
        ({}, "a mapping of no term; expected terms by name, as descend(...) returns them"),
        ({"loss": torch.ones(2)}, "'loss': a tensor of shape (2,); expected a scalar, such as its mean"),
        ({"loss": torch.ones(1)}, "'loss': a tensor of shape (1,); expected a scalar, such as its mean"),
        ({"loss": torch.tensor(1j)}, "'loss': a complex tensor; expected a scalar, such as its mean"),
        ({"loss": "low"}, "'loss': a str; expected a scalar tensor or a number"),
        ({"loss": None}, "'loss': None; expected a scalar tensor or a number"),
        ({"loss": {"more": 1.0}}, "'loss': a dict; expected a scalar tensor or a number"),
        ({3: 1.0}, "a term called 3; expected a name of printable characters"),
        ({"a\nb": 1.0}, "a term called 'a\\nb'; expected a name of printable characters"),
        ({"val_dice": 1.0}, "a term called 'val_dice', which the trainer logs; call it otherwise"),
    ],
)
def test_terms_that_no_history_can_hold_are_refused(answer: Any, said: str) -> None:
    with refused(f"Answers.step in stage 'one' returns {said}"):
        stepped(answer)


def test_terms_of_tensors_and_numbers_come_as_they_are() -> None:
    answer = {"total": torch.tensor(2.0), "share": 0.5, "count": 3}
    assert stepped(answer) is answer


def test_the_terms_that_a_trainer_writes_itself_are_those_that_no_method_may_log() -> None:
    assert {RANK, GRADIENT, "val_dice"} == OF_THE_TRAINER


@pytest.mark.parametrize("rate", [0.25, torch.tensor(0.25), torch.tensor(0.5)], ids=["number", "tensor", "same"])
def test_a_rate_that_a_step_sets_is_refused(rate: Any) -> None:
    made = Trained(optimizer(), lambda clock: 1.0)
    with refused(
        f"Answers.step in stage 'one' sets the learning rate of optimiser 'network' to {float(rate):g}, from 0.5; let"
        " begin(stage) return it as Trained(optimizer, schedule)"
    ):
        stepped({"total": 1.0}, lambda: made.optimizer.param_groups[0].update(lr=rate), made)


def test_a_rate_that_stays_what_the_trainer_set_is_none() -> None:
    made = Trained(optimizer(), lambda clock: 1.0)
    stepped({"total": 1.0}, lambda: made.optimizer.param_groups[0].update(lr=0.25 * 2), made)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([NET], "returns a list; expected networks by name"),
        ({}, "names none; expected a network by its name, or more"),
        ({"one": torch.zeros(1)}, "names 'one': a Tensor; expected a network, which is an nn.Module"),
        ({1: NET}, "names 1; expected names of printable characters"),
        ({"": NET}, "names ''; expected names of printable characters"),
    ],
)
def test_predictors_that_are_none_are_refused(answer: Any, said: str) -> None:
    with refused(f"Answers.predictors() {said}"):
        predictors_of(Answers(answer))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"labeler": NET}, "returns a dict; expected an Inspected, or None"),
        (Inspected(torch.relu, 0.9), "has labeler: a builtin_function_or_method; expected a network, which is an"  # type: ignore[arg-type]
         " nn.Module"),
        (Inspected(NET, 0.9, "network"), "has representer: a str; expected a network, which is an nn.Module"),  # type: ignore[arg-type]
        (Inspected(NET, 95), "has confident=95; expected a confidence, 0 to 1"),
        (Inspected(NET, None), "has confident=None; expected a confidence, 0 to 1"),  # type: ignore[arg-type]
        (Inspected(NET, 0.9, None, 0.0), "has negative_temperature=0.0; expected a finite number above 0"),
    ],
)  # fmt: skip
def test_what_no_diagnosis_can_look_into_is_refused(answer: Any, said: str) -> None:
    with refused(f"Answers.inspected() {said}"):
        inspected_of(Answers(answer))


def test_parts_to_look_into_come_as_they_are() -> None:
    answer = Inspected(NET, 0.97, NET, 0.5)
    assert inspected_of(Answers(answer)) is answer and inspected_of(Answers(None)) is None


@pytest.mark.parametrize(
    ("given", "seen"),
    [(torch.zeros(2, 3, 8, 8), "(2, 3, 8, 8)"), (torch.zeros(2, 4, 4, 4), "(2, 4, 4, 4)"), ((1, 2), "a tuple")],
)
def test_logits_of_other_classes_or_another_size_are_refused(given: Any, seen: str) -> None:
    images = torch.zeros(2, 1, 8, 8)
    with refused(f"net gives {seen}, expected (2, 4, 8, 8), the logits (N, classes, H, W) of its images"):
        logits_from("net", given, images, 4)
    right = torch.zeros(2, 4, 8, 8)
    assert logits_from("net", right, images, 4) is right


def test_vectors_are_one_a_pixel() -> None:
    assert vectors_from(torch.zeros(3, 5), 3).shape == (3, 5)
    with refused("the representer of inspected() gives (3, 5, 1) for 3 pixels, expected (3, D)"):
        vectors_from(torch.zeros(3, 5, 1), 3)


def test_validation_refuses_a_predictor_of_half_the_size_and_gives_its_mode_back() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 1), nn.AvgPool2d(2))
    words = "expected (3, 4, 8, 8), the logits (N, classes, H, W) of its images"
    with refused(f"the predictor Sequential gives (3, 4, 4, 4), {words}"):
        logits_of(network, torch.zeros(3, 1, 8, 8), 4, torch.autocast("cpu", enabled=False))
    assert network.training
