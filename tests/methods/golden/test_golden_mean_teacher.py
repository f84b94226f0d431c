"""Mean teacher: three updates late in training, and its very first three, are the released code's."""

from collections.abc import Mapping

import pytest
import torch

from methods.mean_teacher import MeanTeacher
from tests.methods.golden import replay
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import START, Array, Given, Watched, drawn, fill, official, sorted_weights, step
from tests.methods.golden.replay import Replay, weak

TERMS = {name: name for name in ("total", "supervised", "consistency")}


def begun() -> MeanTeacher:
    method = official("mean_teacher")
    assert isinstance(method, MeanTeacher)
    for number, network in enumerate((method.student, method.teacher)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    replay.begun(method)
    return method


def draws(number: int, there: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    return {"noise": torch.from_numpy(drawn(3000 + number).standard_normal((4, 1, 64, 64)))}


@pytest.mark.parametrize(("file", "first"), [("step_mean_teacher", START), ("step_mean_teacher_start", 0)])
def test_three_updates_of_mean_teacher_are_the_released_ones(file: str, first: int, compare: Compare) -> None:
    method = begun()
    watched = {"student": Watched(method.student), "teacher": Watched(method.teacher)}
    Replay("mean_teacher", file, method, watched, TERMS, first=first, draws=draws).compared(compare)


def test_after_the_first_update_the_teacher_is_the_student() -> None:
    method = begun()
    noise = torch.zeros(4, 1, 64, 64)
    step(method, weak(0), Given(0, noise=noise), fresh=True)
    pairs = zip(method.student.parameters(), method.teacher.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
