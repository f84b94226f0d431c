"""Relational distillation: slow reference, known values, stop-gradient, places."""

import math

import pytest
import torch

from methods.parts.distillation import Bank, LocalHead, local_places, relation_loss, same_place


def test_relation_loss_equals_the_loop() -> None:
    rng = torch.Generator().manual_seed(0)
    student, teacher = torch.rand(2, 3, 5, generator=rng), torch.rand(2, 3, 5, generator=rng)
    total = 0.0
    for n in range(2):
        for p in range(3):
            q = [math.exp(v / 0.1) for v in student[n, p].tolist()]
            t = [math.exp(v / 0.04) for v in teacher[n, p].tolist()]
            total += sum(a / sum(t) * math.log((a / sum(t)) / (b / sum(q))) for a, b in zip(t, q, strict=True))
    assert relation_loss(student, teacher, 0.1, 0.04).item() == pytest.approx(total / 6, rel=1e-4)


def test_equal_relations_at_equal_temperatures_cost_nothing() -> None:
    similarity = torch.rand(4, 2, 6)
    assert relation_loss(similarity, similarity, 0.1, 0.1).item() == pytest.approx(0, abs=1e-6)


def test_a_constant_target_stays_one_and_another_takes_a_gradient() -> None:
    student, teacher = torch.rand(2, 1, 4, requires_grad=True), torch.rand(2, 1, 4, requires_grad=True)
    relation_loss(student, teacher.detach(), 0.1, 0.01).backward()
    assert teacher.grad is None
    assert student.grad is not None
    assert student.grad.abs().sum() > 0
    relation_loss(student, teacher, 0.1, 0.01).backward()
    assert teacher.grad is not None
    assert teacher.grad.abs().sum() > 0


def test_the_bank_keeps_the_newest_first_and_lets_the_oldest_go() -> None:
    bank = Bank(3, 1, 2)
    for k in range(5):
        angle = torch.tensor(float(k))
        bank.push(2 * torch.stack([angle.cos(), angle.sin()]).view(1, 1, 2))
    expected = torch.tensor([[math.cos(k), math.sin(k)] for k in (4, 3, 2)])
    torch.testing.assert_close(bank.anchors[:, 0], expected)


def test_a_batch_larger_than_the_bank_is_cut() -> None:
    bank = Bank(2, 1, 4)
    bank.push(torch.rand(5, 1, 4))
    assert bank.anchors.shape == (2, 1, 4)


def test_windows_are_compared_with_anchors_of_their_own_place() -> None:
    bank = Bank(1, 2, 2)
    bank.push(torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]))
    similarity = same_place(torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), bank.anchors)
    torch.testing.assert_close(similarity, torch.tensor([[[1.0], [0.0]]]))


def test_windows_equal_cutting_then_pooling_each() -> None:
    """Pooling all windows at once must give what pooling a quarter-wide window by itself gives."""
    head = LocalHead(2).eval()
    output = torch.rand(1, 2, 64, 64)
    together = head(output)
    assert together.shape == (1, local_places(), head.width)
    for place, (row, column) in enumerate((r, c) for r in range(7) for c in range(7)):
        window = output[:, :, 8 * row : 8 * row + 16, 8 * column : 8 * column + 16]
        cells = torch.nn.functional.adaptive_avg_pool2d(window, 8)[0].flatten(1).T
        alone = head.perceptron(cells).T.reshape(1, -1)
        torch.testing.assert_close(together[:, place], alone, atol=1e-6, rtol=1e-5)
