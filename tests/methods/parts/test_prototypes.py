"""Prototypes against loops: who scores a vector, which ones are kept, how far pixels are from them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.prototypes import Prototypes, Selectors, alike, distance, members, perceptron, rows

CLASSES, WIDTH = 3, 5


def vectors(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def classes(count: int, seed: int = 0, of: int = CLASSES) -> Tensor:
    return torch.randint(-1, of, (count,), generator=torch.Generator().manual_seed(seed))


def slow_scores(selectors: Selectors, given: Tensor, labels: Tensor) -> list[float]:
    """Return each vector's score by torch's own layers, a class at a time."""
    found = [0.0] * len(given)
    for kind in range(CLASSES):
        mine = [number for number, label in enumerate(labels.tolist()) if label == kind]
        norm = nn.BatchNorm1d(WIDTH).double()
        norm.weight.data, norm.bias.data = selectors.scale[kind].data, selectors.shift[kind].data
        hidden = functional.leaky_relu(norm(selectors.first[kind](given[mine])), 0.2)
        for number, row in zip(mine, hidden, strict=True):
            found[number] = ((row * selectors.last.weight[kind]).sum() + selectors.last.bias[kind]).item()
    return found


def selectors() -> Selectors:
    torch.manual_seed(0)
    built = Selectors(CLASSES, WIDTH).double()
    for values in (built.scale, built.shift):
        nn.init.normal_(values)
    return built


def test_a_score_is_that_of_its_classs_network() -> None:
    given, labels = vectors(40), classes(40)
    found = selectors()(given, members(labels, CLASSES))
    assert found.tolist() == pytest.approx(slow_scores(selectors(), given, labels), rel=1e-9, abs=1e-12)


def test_members_are_counted_by_class_and_nobodys_pixel_by_none() -> None:
    assert members(torch.tensor([[0, 2], [-1, 255]]), 3).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_rows_are_pixels_in_the_order_of_their_classes() -> None:
    maps = torch.arange(12.0).view(2, 2, 1, 3)
    assert rows(maps).tolist() == [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10], [8, 11]]


def slow_choice(given: Tensor, labels: Tensor, scores: Tensor, size: int) -> list[list[list[float]]]:
    chosen = []
    for kind in range(CLASSES):
        mine = [number for number, label in enumerate(labels.tolist()) if label == kind]
        best = sorted(mine, key=lambda number: -float(scores[number]))[:size]
        chosen.append([given[number].tolist() for number in best])
    return chosen


@pytest.mark.parametrize("count", [3, 8, 60])
def test_the_kept_are_those_of_the_greatest_scores(count: int) -> None:
    given, labels = vectors(count), classes(count)
    scores = torch.randn(count, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    memory = Prototypes(CLASSES, 6, WIDTH).double()
    memory.choose(given, members(labels, CLASSES), scores)
    found = [[v.tolist() for v in memory.vectors[kind][memory.filled[kind]]] for kind in range(CLASSES)]
    assert found == slow_choice(given, labels, scores, 6)


def test_a_class_without_a_vector_keeps_what_it_had_and_one_with_few_forgets_the_rest() -> None:
    memory = Prototypes(2, 4, WIDTH).double()
    first = vectors(8)
    memory.choose(first, members(torch.tensor([0, 1] * 4), 2), torch.arange(8.0))
    memory.choose(10 + first[:2], members(torch.tensor([1, 1]), 2), torch.arange(2.0))
    assert memory.filled.tolist() == [[True] * 4, [True, True, False, False]]
    assert torch.equal(memory.vectors[0], first[[6, 4, 2, 0]])
    assert torch.equal(memory.vectors[1, :2], 10 + first[[1, 0]])


def test_only_a_class_with_two_prototypes_is_usable() -> None:
    memory = Prototypes(3, 2, WIDTH).double()
    assert memory.usable.tolist() == [False] * 3
    memory.choose(vectors(3), members(torch.tensor([1, 2, 2]), 3), torch.zeros(3))
    assert memory.usable.tolist() == [False, False, True]


def slow_distance(given: Tensor, labels: Tensor, scores: Tensor, memory: Prototypes, weights: Tensor) -> float:
    """Return the mean over classes of the mean over all pairs, each side's weights scaled to a mean of 1."""
    total = 0.0
    for kind in range(CLASSES):
        mine = given[labels == kind]
        kept, own = memory.vectors[kind][memory.filled[kind]], scores[labels == kind]
        counted = weights.view(CLASSES, -1)[kind][memory.filled[kind]]
        if len(mine) < 2 or len(kept) < 2:
            continue
        pairs = 0.0
        for vector, weight in zip(mine.tolist(), (own * len(own) / own.sum()).tolist(), strict=True):
            for other, share in zip(kept.tolist(), (counted * len(kept) / counted.sum()).tolist(), strict=True):
                dot = sum(a * b for a, b in zip(vector, other, strict=True))
                pairs += weight * share * (1 - dot / (math.hypot(*vector) * math.hypot(*other)))
        total += pairs / (len(mine) * len(kept))
    return total / CLASSES


@pytest.mark.parametrize("weighed", ["alike", "learned"])
def test_the_distance_equals_the_loop_over_pairs(weighed: str) -> None:
    memory = Prototypes(CLASSES, 4, WIDTH).double()
    memory.choose(vectors(7, 5), members(torch.tensor([1, 1, 1, 2, 2, 2, 2]), CLASSES), vectors(7, 6)[:, 0])
    given, labels = vectors(30, 1), classes(30, 1)
    scores, weights = vectors(30, 2)[:, 0].sigmoid(), vectors(CLASSES * 4, 3)[:, 0].sigmoid()
    if weighed == "alike":
        weights = torch.ones_like(weights)
    centres = memory.centres(alike if weighed == "alike" else lambda unit, membership: weights)
    found = distance(given, members(labels, CLASSES), scores, centres, memory.usable)
    assert found.item() == pytest.approx(slow_distance(given, labels, scores, memory, weights), rel=1e-6)


def test_prototypes_are_weighed_at_length_1() -> None:
    memory, seen = Prototypes(2, 2, WIDTH).double(), list[Tensor]()
    memory.choose(7 * vectors(4), members(torch.tensor([0, 0, 1, 1]), 2), torch.zeros(4))
    memory.centres(lambda unit, membership: seen.append(unit) or unit[:, 0].abs())
    assert seen[0].norm(dim=1).tolist() == pytest.approx([1] * 4)


def test_pixels_at_their_only_prototype_are_at_0_and_opposite_ones_at_2() -> None:
    memory = Prototypes(2, 2, WIDTH).double()
    memory.choose(torch.ones(2, WIDTH).double(), members(torch.tensor([1, 1]), 2), torch.zeros(2))
    centres, ones = memory.centres(alike), torch.ones(2)
    for sign, wanted in ((3.0, 0.0), (-3.0, 2 / 2)):  # background has no prototype and counts as a class
        pixels = sign * torch.ones(2, WIDTH).double()
        far = distance(pixels, members(torch.tensor([1, 1]), 2), ones, centres, memory.usable)
        assert far.item() == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("labels", [[0, 0], [2, 1], [-1, -1]])
def test_where_no_class_has_two_pixels_and_prototypes_there_is_no_distance_but_a_gradient(labels: list[int]) -> None:
    memory = Prototypes(CLASSES, 2, WIDTH)
    memory.choose(vectors(2).float(), members(torch.tensor([1, 1]), CLASSES), torch.zeros(2))
    pixels = vectors(2, 1).float().requires_grad_()
    far = distance(pixels, members(torch.tensor(labels), CLASSES), torch.ones(2), memory.centres(alike), memory.usable)
    far.backward()
    assert far.item() == 0 and pixels.grad is not None and not pixels.grad.any()


def test_a_head_is_linear_norm_relu_linear() -> None:
    kinds = [type(layer) for layer in perceptron(16, 32)]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]
    assert perceptron(16, 32)(torch.rand(3, 16)).shape == (3, 32)
