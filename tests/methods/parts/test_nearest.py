"""The nearest-neighbour term beside a loop over slices, memory and places in numpy, and what has a gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from methods.parts.nearest import nearest_loss


def slow_loss(seen: np.ndarray, taught: np.ndarray, memory: np.ndarray, neighbors: int) -> float:
    """Return the term by loops: for each slice the memory's nearest to the teacher's, and how far the student's is."""

    def cosine(one: np.ndarray, other: np.ndarray) -> float:
        places = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(one, other, strict=True)]
        return float(np.mean(places))

    losses = []
    for mine, theirs in zip(seen, taught, strict=True):
        ranked = sorted(memory, key=lambda one: -cosine(theirs, one))
        losses += [2 - 2 * cosine(mine, one) for one in ranked[:neighbors]]
    return float(np.mean(losses))


def vectors(count: int, seed: int, places: int = 4) -> torch.Tensor:
    return torch.randn(count, places, 6, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("neighbors", [1, 3, 9])
def test_it_is_the_loops_value(neighbors: int) -> None:
    seen, taught, memory = vectors(5, 0), vectors(5, 1), functional.normalize(vectors(9, 2), dim=-1)
    fast = nearest_loss(seen, taught, memory, neighbors)
    assert fast.item() == pytest.approx(slow_loss(seen.numpy(), taught.numpy(), memory.numpy(), neighbors), rel=1e-5)


def test_it_is_0_at_the_neighbours_themselves_and_4_opposite_them() -> None:
    memory = functional.normalize(vectors(7, 0), dim=-1)
    for factor, value in ((3.0, 0.0), (-0.5, 4.0)):
        assert nearest_loss(factor * memory, memory, memory, 1).item() == pytest.approx(value, abs=1e-5)


def test_the_teacher_chooses_and_the_student_moves() -> None:
    memory = functional.normalize(torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]]), dim=-1)
    seen = torch.tensor([[[1.0, 0.1]]], requires_grad=True)
    taught = torch.tensor([[[0.1, 1.0]]], requires_grad=True)
    loss = nearest_loss(seen, taught, memory, 1)
    cosine = 0.1 / np.sqrt(1.01)  # to the second, which lies near the teacher's, not to the first
    assert loss.item() == pytest.approx(2 - 2 * cosine)
    loss.backward()
    assert seen.grad is not None
    assert seen.grad.abs().sum() > 0.1
    assert taught.grad is None


def test_a_step_down_it_brings_slices_nearer() -> None:
    memory = functional.normalize(vectors(9, 2), dim=-1)
    seen, taught = vectors(5, 0).requires_grad_(), vectors(5, 1)
    before = nearest_loss(seen, taught, memory, 3)
    (slope,) = torch.autograd.grad(before, seen)
    assert nearest_loss(seen - slope, taught, memory, 3) < before - 0.01
