"""A student and its averaged teacher, in each method that has them: who moves, and by what."""

from typing import Any

import pytest
import torch

from methods.base import Stage
from methods.parts.student_teacher import StudentTeacher
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after

NAMES = ("ict", "mean_teacher", "uamt")
each = pytest.mark.parametrize("name", NAMES)


def built(name: str, fidelity: str = "fixed", **overrides: Any) -> tuple[StudentTeacher, Stage]:
    method, stage = made(name, fidelity, **overrides)
    assert isinstance(method, StudentTeacher)
    return method, stage


@each
def test_the_teacher_is_reported_and_the_student_alone_is_optimised(name: str) -> None:
    method, stage = built(name)
    assert list(method.predictors().items()) == [("teacher", method.teacher), ("student", method.student)]
    ((trained, optimised),) = method.begin(stage).items()
    assert trained == "student"
    held = [id(weight) for group in optimised.optimizer.param_groups for weight in group["params"]]
    assert held == [id(weight) for weight in method.student.parameters()]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("ict", {"weight": 10.0, "ramp": 0.0}),
        ("mean_teacher", {"weight": 100.0, "ramp": 0.0}),
        ("uamt", {"weight": 100.0, "ramp": 0.0, "certain_from": 1.0}),
    ],
)
def test_the_term_moves_the_student(name: str, changed: dict[str, float]) -> None:
    assert moved(weights_after(name, **changed), weights_after(name, **{**changed, "weight": 0.0}))


@each
def test_no_gradient_reaches_the_teacher_or_its_target(name: str) -> None:
    method, _ = built(name)
    assert not method.taught(torch.rand(1, 1, SIZE, SIZE)).requires_grad
    assert not any(weight.requires_grad for weight in method.teacher.parameters())


@each
def test_the_teacher_moves_by_one_minus_decay(name: str) -> None:
    method, stage = built(name, decay=0.9)
    before = {key: value.clone() for key, value in method.teacher.named_parameters()}
    method.step(batch_for(stage), clock(99, 100))
    student = dict(method.student.named_parameters())
    for key, value in method.teacher.named_parameters():
        torch.testing.assert_close(value, 0.9 * before[key] + 0.1 * student[key].detach())


@pytest.mark.parametrize(("fidelity", "averaged"), [("official", False), ("fixed", True)])
@each
def test_batch_norms_statistics_are_averaged_in_fixed_and_the_teachers_own_in_the_code(
    name: str, fidelity: str, averaged: bool
) -> None:
    method, stage = built(name, fidelity)
    method.step(batch_for(stage), clock())  # at its first update a teacher takes over all that is averaged
    mine, students = dict(method.teacher.named_buffers()), dict(method.student.named_buffers())
    means = [key for key in mine if key.endswith("running_mean")]
    assert means
    assert all(torch.equal(mine[key], students[key]) for key in means) is averaged


@pytest.mark.parametrize(
    ("name", "fidelity", "calls"), [("mean_teacher", "fixed", 1), ("uamt", "fixed", 9), ("uamt", "official", 5)]
)
def test_the_teacher_sees_noise_of_its_own_in_each_call(name: str, fidelity: str, calls: int) -> None:
    method, stage = built(name, fidelity, noise=1.0)
    batch, seen = batch_for(stage), list[torch.Tensor]()
    method.teacher.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    method.step(batch, clock())
    views = [batch.view("weak")[1], *seen]
    assert len(seen) == calls
    assert not any(torch.equal(one, other) for k, one in enumerate(views) for other in views[:k])
