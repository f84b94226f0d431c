"""Adaptive contrast: all-loops references, known values, what it must not depend on, running means."""

import math
from collections.abc import Sequence

import pytest
import torch
from torch.nn import functional

from methods.parts.adaptive import Adaptive, RunningMeans, adaptive_contrast, centre_pull, supervised_contrast
from methods.parts.simplex import simplex

ADAPTIVE = Adaptive(temperature=0.1, centre_temperature=0.07, centre_weight=0.2)


def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return queries (4, 5, 8), keys (4, 7, 8), the present classes (all but 2) and centres (4, 8)."""
    rng = torch.Generator().manual_seed(0)
    queries = functional.normalize(torch.randn(4, 5, 8, generator=rng), dim=-1).requires_grad_()
    keys = functional.normalize(torch.randn(4, 7, 8, generator=rng), dim=-1)
    return queries, keys, torch.tensor([True, True, False, True]), simplex(4, 8)[[2, 0, 3, 1]]


def mean(values: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(values)).mean()


def slow_contrast(queries: torch.Tensor, keys: torch.Tensor, present: list[int], temperature: float) -> torch.Tensor:
    losses = []
    for c in present:
        for query in queries[c]:
            everyone = sum(torch.exp(query @ key / temperature) for other in present for key in keys[other])
            losses.append(mean([-torch.log(torch.exp(query @ key / temperature) / everyone) for key in keys[c]]))
    return mean(losses)


def slow_pull(queries: torch.Tensor, centres: torch.Tensor, present: list[int], temperature: float) -> torch.Tensor:
    losses = []
    for c in present:
        for query in queries[c]:
            powers = [torch.exp(query @ centre / temperature) for centre in centres]
            losses.append(-torch.log(powers[c] / sum(powers)))
    return mean(losses)


def assert_same(fast: torch.Tensor, slow: torch.Tensor, queries: torch.Tensor) -> None:
    assert fast.item() == pytest.approx(slow.item(), rel=1e-4)
    (one,), (other,) = torch.autograd.grad(fast, queries), torch.autograd.grad(slow, queries)
    assert other.abs().sum() > 0
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_contrast_and_its_gradient_equal_the_loop() -> None:
    queries, keys, present, _ = scene()
    fast, slow = supervised_contrast(queries, keys, present, 0.1), slow_contrast(queries, keys, [0, 1, 3], 0.1)
    assert_same(fast, slow, queries)


def test_pull_and_its_gradient_equal_the_loop() -> None:
    queries, _, present, centres = scene()
    fast, slow = centre_pull(queries, centres, present, 0.07), slow_pull(queries, centres, [0, 1, 3], 0.07)
    assert_same(fast, slow, queries)


def test_adaptive_contrast_and_its_gradient_equal_the_weighted_loops() -> None:
    queries, keys, present, centres = scene()
    slow = slow_contrast(queries, keys, [0, 1, 3], 0.1) + 0.2 * slow_pull(queries, centres, [0, 1, 3], 0.07)
    assert_same(adaptive_contrast(queries, keys, present, centres, ADAPTIVE), slow, queries)


def test_two_opposite_classes_cost_what_the_hand_says() -> None:
    queries = torch.tensor([[[1.0, 0.0]], [[-1.0, 0.0]]])  # own keys at cosine 1, two a class; the others at -1
    keys = queries.expand(2, 2, 2)
    both = torch.tensor([True, True])
    assert supervised_contrast(queries, keys, both, 0.5).item() == pytest.approx(math.log(2 + 2 * math.exp(-4)))
    assert centre_pull(queries, queries[:, 0], both, 0.5).item() == pytest.approx(math.log1p(math.exp(-4)), rel=1e-5)


def test_a_query_between_all_centres_pays_the_log_of_their_number() -> None:
    queries = torch.zeros(4, 3, 8)
    assert centre_pull(queries, simplex(4, 8), torch.ones(4).bool(), 0.07).item() == pytest.approx(math.log(4))


def test_swapped_centres_cost_more_than_matched_ones() -> None:
    centres, all_present = simplex(4, 8), torch.ones(4).bool()
    queries = centres.unsqueeze(1)
    matched, swapped = (
        centre_pull(queries, centres[order], all_present, 0.5) for order in ([0, 1, 2, 3], [1, 0, 2, 3])
    )
    assert matched < swapped


def test_a_rotation_of_all_vectors_changes_nothing() -> None:
    queries, keys, present, centres = scene()
    turn, _ = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))
    before = adaptive_contrast(queries, keys, present, centres, ADAPTIVE)
    after = adaptive_contrast(queries @ turn, keys @ turn, present, centres @ turn, ADAPTIVE)
    assert after.item() == pytest.approx(before.item(), rel=1e-4)


def test_the_order_of_the_classes_does_not_matter() -> None:
    queries, keys, present, centres = scene()
    order = torch.tensor([3, 2, 0, 1])
    before = adaptive_contrast(queries, keys, present, centres, ADAPTIVE)
    after = adaptive_contrast(queries[order], keys[order], present[order], centres[order], ADAPTIVE)
    assert after.item() == pytest.approx(before.item(), rel=1e-5)


def test_vectors_of_an_absent_class_count_for_nothing() -> None:
    queries, keys, present, centres = scene()
    before = adaptive_contrast(queries, keys, present, centres, ADAPTIVE)
    strange, odd = queries.detach().clone(), keys.clone()
    strange[2], odd[2] = 100.0, -100.0
    strange.requires_grad_()
    after = adaptive_contrast(strange, odd, present, centres, ADAPTIVE)
    assert after.item() == before.item()
    (one,), (other,) = torch.autograd.grad(before, queries), torch.autograd.grad(after, strange)
    assert torch.equal(one, other)
    assert not other[2].any()


@pytest.mark.parametrize("count", [0, 1])
def test_without_two_present_classes_there_is_nothing_to_learn(count: int) -> None:
    queries, keys, _, centres = scene()
    loss = adaptive_contrast(queries, keys, torch.arange(4) < count, centres, ADAPTIVE)
    assert loss.item() == 0
    loss.backward()
    assert torch.equal(queries.grad, torch.zeros_like(queries))


def test_keys_and_centres_take_no_gradient() -> None:
    queries, keys, present, centres = scene()
    keys.requires_grad_()
    centres.requires_grad_()
    adaptive_contrast(queries, keys, present, centres, ADAPTIVE).backward()
    assert queries.grad.abs().sum() > 0
    assert keys.grad is None
    assert centres.grad is None


def test_low_precision_around_it_changes_nothing() -> None:
    queries, keys, present, centres = scene()
    before = adaptive_contrast(queries, keys, present, centres, ADAPTIVE)
    with torch.autocast("cpu", torch.bfloat16):
        assert adaptive_contrast(queries, keys, present, centres, ADAPTIVE).item() == before.item()


def test_means_of_present_classes_move_and_others_stay() -> None:
    running = RunningMeans(3, 2, rate=0.1)
    running.update(torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]), torch.tensor([True, True, False]))
    running.update(torch.tensor([[0.0, 1.0], [5.0, 5.0], [1.0, 0.0]]), torch.tensor([True, False, True]))
    torch.testing.assert_close(running.means, torch.tensor([[0.09, 0.1], [0.0, 0.1], [0.1, 0.0]]))


def test_constant_means_are_reached_geometrically() -> None:
    running, target = RunningMeans(2, 3, rate=0.1), torch.randn(2, 3)
    for _ in range(20):
        running.update(target, torch.tensor([True, True]))
    torch.testing.assert_close(running.means, (1 - 0.9**20) * target)


def test_means_take_no_gradient_and_are_saved() -> None:
    running, source = RunningMeans(2, 3, rate=0.1), torch.randn(2, 3, requires_grad=True)
    running.update(source, torch.tensor([True, True]))
    assert not running.means.requires_grad
    loaded = RunningMeans(2, 3, rate=0.1)
    loaded.load_state_dict(running.state_dict())
    assert torch.equal(loaded.means, running.means)


def test_centres_come_in_the_order_of_the_classes_near_them() -> None:
    centres, order = simplex(4, 8), [2, 0, 3, 1]
    running = RunningMeans(4, 8, rate=0.1)
    running.update(centres[order], torch.ones(4).bool())
    assert torch.equal(running.assigned(centres), centres[order])


def test_a_class_not_seen_yet_takes_the_centre_that_is_left() -> None:
    centres, order = simplex(4, 8), [2, 0, 3, 1]
    running = RunningMeans(4, 8, rate=0.1)
    running.update(centres[order], torch.tensor([True, False, True, True]))
    assert torch.equal(running.assigned(centres), centres[order])
