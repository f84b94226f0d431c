"""Teachers follow their students as the rule says."""

import pytest
import torch

from methods.parts.teacher import follow, frozen_copy, warm_decay, without_dropout


def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))


def test_weights_and_buffers_move_by_one_minus_decay() -> None:
    student = network()
    teacher = frozen_copy(student)
    with torch.no_grad():
        for value in [*student.parameters(), *student.buffers()]:
            value += 1
    before = {k: v.clone() for k, v in teacher.state_dict().items()}
    follow(teacher, student, 0.9)
    for key, value in teacher.state_dict().items():
        step = 0.1 if value.is_floating_point() else 1
        torch.testing.assert_close(value, before[key] + step)


def test_a_teacher_takes_no_gradient_and_leaves_the_student_its_own() -> None:
    student = network()
    teacher = frozen_copy(student)
    assert not any(weight.requires_grad for weight in teacher.parameters())
    assert all(weight.requires_grad for weight in student.parameters())


@pytest.mark.parametrize(("update", "expected"), [(0, 0.0), (1, 0.5), (9, 0.9), (99, 0.99), (5000, 0.99)])
def test_a_young_teacher_follows_fast(update: int, expected: float) -> None:
    assert warm_decay(0.99, update) == pytest.approx(expected)


def test_without_dropout_a_teacher_uses_batch_statistics_and_is_deterministic() -> None:
    teacher = torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.Dropout(0.5), torch.nn.Dropout2d(0.5))
    without_dropout(teacher)
    images = 5 + torch.randn(4, 2, 8, 8)
    torch.testing.assert_close(teacher(images), teacher(images))
    torch.testing.assert_close(teacher(images).mean((0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
