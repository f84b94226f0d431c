"""Mean teacher: three updates late in training, and its very first three, are the released code's."""

from collections.abc import Mapping

import pytest
import torch

from methods.base import Budget
from methods.mean_teacher import MeanTeacher
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import (
    START,
    TOTAL,
    Array,
    Given,
    Watched,
    batch,
    drawn,
    fill,
    match,
    official,
    sorted_weights,
    start,
    step,
    update_of,
)


def begun() -> MeanTeacher:
    method = official("mean_teacher")
    assert isinstance(method, MeanTeacher)
    for number, network in enumerate((method.student, method.teacher)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    return method


def terms_match(compare: Compare, method: MeanTeacher, terms: Mapping[str, object], there: Mapping[str, Array]) -> None:
    compare("mean_teacher", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
    for name in ("total", "supervised", "consistency"):
        compare("mean_teacher", "loss", terms[name], there[f"loss/{name}"])


@pytest.mark.parametrize(("file", "first"), [("step_mean_teacher", START), ("step_mean_teacher_start", 0)])
def test_three_updates_of_mean_teacher_are_the_released_ones(file: str, first: int, compare: Compare) -> None:
    method = begun()
    watched = {"student": Watched(method.student), "teacher": Watched(method.teacher)}
    for number in range(3):
        there = update_of(file, f"u{number}")
        noise = torch.from_numpy(drawn(3000 + number).standard_normal((4, 1, 64, 64)))
        clock = Given(first + number, noise=noise)
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        terms_match(compare, method, terms, there)
        compare("mean_teacher", "weight", method.weight(clock), there["loss/weight"])
        match(compare, "mean_teacher", watched, there)


def test_after_the_first_update_the_teacher_is_the_student() -> None:
    method = begun()
    noise = torch.zeros(4, 1, 64, 64)
    step(method, batch(4, 4, 0, {"weak": None}), Given(0, noise=noise), fresh=True)
    pairs = zip(method.student.parameters(), method.teacher.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
