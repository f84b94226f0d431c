"""The memory of labelled pixels: what it keeps, its contrast by loops, and the means that turn with it."""

import pytest
import torch
from torch.nn import functional

from methods.parts.adaptive import Adaptive
from methods.parts.pixel_memory import UNKNOWN, PixelMemory, UnitMeans, memory_contrast
from methods.parts.simplex import simplex

ADAPTIVE = Adaptive(temperature=0.2, centre_temperature=0.2, centre_weight=0.1)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def units(*shape: int, seed: int = 0) -> torch.Tensor:
    return functional.normalize(torch.randn(*shape, generator=rng(seed)), dim=-1)


def test_a_memory_starts_with_unit_vectors_of_no_class() -> None:
    memory = PixelMemory(5, 3)
    torch.testing.assert_close(memory.vectors.norm(dim=1), torch.ones(5))
    assert memory.classes.tolist() == [UNKNOWN] * 5
    assert {"vectors", "classes", "pointer"} == set(memory.state_dict())


def test_entries_are_written_round_and_round_and_uncounted_ones_left_out() -> None:
    memory = PixelMemory(5, 1)
    values = torch.arange(4.0).unsqueeze(1)
    memory.push(values, torch.tensor([0, 1, 2, 3]), torch.tensor([True, False, True, True]))
    assert memory.vectors[:3, 0].tolist() == [0, 2, 3]
    assert memory.classes.tolist() == [0, 2, 3, UNKNOWN, UNKNOWN]
    assert memory.pointer == 3
    memory.push(values + 10, torch.tensor([4, 5, 6, 7]), torch.tensor([True, True, False, True]))
    assert memory.vectors[:, 0].tolist() == [13, 2, 3, 10, 11]
    assert memory.classes.tolist() == [7, 2, 3, 4, 5]
    assert memory.pointer == 1
    memory.push(values, torch.zeros(4).long(), torch.zeros(4).bool())
    assert memory.classes.tolist() == [7, 2, 3, 4, 5]


def slow(queries, own, present, centres, memory) -> torch.Tensor:
    losses = []
    for k in present:
        for query, teacher in zip(queries[k], own[k], strict=True):
            others = torch.cat([teacher[None], memory.vectors, centres])
            shares = (others @ query / ADAPTIVE.temperature).softmax(0).log()
            near = [0, *(1 + place for place, kind in enumerate(memory.classes.tolist()) if kind == k)]
            centre = 1 + len(memory.classes) + k
            losses.append(-(sum(shares[i] for i in near) + 0.1 * shares[centre]) / (len(near) + 1))
    return torch.stack(losses).mean()


def test_the_contrast_and_its_gradient_equal_the_loop() -> None:
    queries, own, centres = units(4, 3, 8).requires_grad_(), units(4, 3, 8, seed=1), simplex(4, 8)[[2, 0, 3, 1]]
    memory = PixelMemory(6, 8)
    memory.push(units(5, 8, seed=2), torch.tensor([0, 1, 1, 3, 2]), torch.ones(5).bool())
    present = torch.tensor([True, True, False, True])
    fast = memory_contrast(queries, own, present, centres, memory, ADAPTIVE)
    loop = slow(queries, own, [0, 1, 3], centres, memory)
    assert fast.item() == pytest.approx(loop.item(), rel=1e-5)
    (one,), (other,) = torch.autograd.grad(fast, queries), torch.autograd.grad(loop, queries)
    torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)
    assert not one[2].any()


def test_without_a_class_it_is_0_with_a_gradient() -> None:
    queries = units(4, 3, 8).requires_grad_()
    loss = memory_contrast(queries, units(4, 3, 8), torch.zeros(4).bool(), simplex(4, 8), PixelMemory(2, 8), ADAPTIVE)
    loss.backward()
    assert loss.item() == 0
    assert queries.grad is not None and not queries.grad.any()


def test_means_keep_unit_length_and_turn_by_the_rate() -> None:
    means = UnitMeans(2, 2, 0.1)
    torch.testing.assert_close(means.means.norm(dim=1), torch.ones(2))
    means.means.copy_(torch.eye(2))
    means.update(torch.tensor([[0.0, 5.0], [7.0, 0.0]]), torch.tensor([True, False]))
    turned = torch.tensor([0.9, 0.1]) / 0.82**0.5  # the batch's mean counts by its direction alone
    torch.testing.assert_close(means.means, torch.stack([turned, torch.tensor([0.0, 1.0])]))


def test_classes_get_the_centres_that_they_match_best() -> None:
    means, centres, order = UnitMeans(4, 8, 0.1), simplex(4, 8), [2, 0, 3, 1]
    means.means.copy_(centres[order])
    assert torch.equal(means.assigned(centres), centres[order])
