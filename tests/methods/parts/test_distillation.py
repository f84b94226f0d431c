"""Relational distillation: slow reference, known values, stop-gradient, places."""

import math

import pytest
import torch
from torch.nn import functional

from methods.parts.anchors import Bank, RingBank
from methods.parts.distillation import (
    CellPredictor,
    LocalHead,
    by_place,
    linear_pair,
    local_places,
    mixed_places,
    relation_loss,
    same_place,
)


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


def test_windows_are_compared_with_anchors_of_their_own_place() -> None:
    bank = Bank(1, 2, 2)
    bank.push(torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]))
    similarity = same_place(torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), bank.anchors)
    torch.testing.assert_close(similarity, torch.tensor([[[1.0], [0.0]]]))


def test_anchors_as_long_as_they_are_give_the_same_cosines() -> None:
    ring, queue, embedding = RingBank(3, 1, 4), Bank(3, 1, 4), torch.rand(2, 1, 4)
    ring.push(5 * embedding)
    queue.push(5 * embedding.flip(0))
    places = by_place(ring, embedding, ring.anchors)[..., :2]
    torch.testing.assert_close(places, by_place(queue, embedding, queue.anchors)[..., :2].flip(-1))
    torch.testing.assert_close(places.diagonal(dim1=0, dim2=2), torch.ones(1, 2))


@pytest.mark.parametrize("side", [16, 48, 64, 80, 256])
def test_windows_equal_cutting_then_pooling_each(side: int) -> None:
    """Pooling all windows at once must give what pooling a quarter-wide window by itself gives, also with a rest."""
    head = LocalHead(2).eval()
    output = torch.rand(1, 2, side, side)
    together, step = head(output), side // 8
    assert together.shape == (1, local_places(), head.width)
    for place, (row, column) in enumerate((r * step, c * step) for r in range(7) for c in range(7)):
        window = output[:, :, row : row + 2 * step, column : column + 2 * step]
        cells = functional.adaptive_avg_pool2d(window, 8)[0].flatten(1).T
        alone = head.perceptron(cells).T.reshape(1, -1)
        torch.testing.assert_close(together[:, place], alone, atol=1e-6, rtol=1e-5)


def test_a_predictor_of_cells_is_two_1x1_convolutions_of_each_window() -> None:
    predictor = CellPredictor(4 * 64, linear_pair)
    embedding = torch.rand(2, 3, 4 * 64)
    maps = embedding.view(6, 4, 8, 8)
    for layer in predictor.perceptron:
        maps = functional.conv2d(maps, layer.weight[:, :, None, None], layer.bias)
    torch.testing.assert_close(predictor(embedding), maps.view(2, 3, -1))


def test_mixed_relations_equal_the_loop_over_rows_of_the_line_by_place() -> None:
    rng = torch.Generator().manual_seed(0)
    embedding, anchors = torch.randn(2, 3, 4, generator=rng), torch.randn(5, 3, 4, generator=rng)
    mixed = mixed_places(embedding, anchors)
    assert mixed.shape == (2 * 4, 5 * 4)
    lines = [[vectors[n, p, d].item() for p in range(3) for n in range(len(vectors)) for d in range(4)]
             for vectors in (embedding, anchors)]  # fmt: skip
    rows, others = ([torch.tensor(line[k : k + 3]) for k in range(0, len(line), 3)] for line in lines)
    for i, row in enumerate(rows):
        for j, other in enumerate(others):
            expected = torch.cosine_similarity(row, other, dim=0)
            torch.testing.assert_close(mixed[i, j], expected, atol=1e-5, rtol=1e-4)


def test_a_share_that_underflows_in_float32_leaves_both_gradients_finite() -> None:
    student = torch.tensor([[0.3, -0.2, 0.1]], requires_grad=True)
    teacher = torch.tensor([[1.0, -1.0, 0.9]], requires_grad=True)
    assert (teacher.detach() / 0.01).softmax(-1)[0, 1] == 0
    loss = relation_loss(student, teacher, 0.1, 0.01)
    loss.backward()
    wide = [side.detach().double().requires_grad_() for side in (student, teacher)]
    exact = relation_loss(wide[0], wide[1], 0.1, 0.01)
    exact.backward()
    assert loss.item() == pytest.approx(exact.item(), rel=1e-5)
    for side, other in zip((student, teacher), wide, strict=True):
        assert side.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(side.grad, other.grad.float(), rtol=1e-4, atol=1e-6)
