"""Contrasts: slow references, known values, invariances, empty cases."""

import math

import pytest
import torch

from methods.parts import contrast
from methods.parts.contrast import class_contrast, pair_contrast

TAU = 0.5


def vectors(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, 5, generator=torch.Generator().manual_seed(0))


def cosine(one: torch.Tensor, two: torch.Tensor) -> float:
    return float((one @ two) / one.norm() / two.norm())


def test_pairs_equal_the_loop() -> None:
    found = vectors(7)
    rng = torch.Generator().manual_seed(1)
    kind = torch.randint(3, (7, 7), generator=rng)
    positive, negative = kind == 0, kind == 1
    positive[3] = False  # an anchor without a partner
    means = []
    for i in range(7):
        below = sum(math.exp(cosine(found[i], found[k]) / TAU) for k in range(7) if negative[i, k])
        losses = []
        for j in range(7):
            if positive[i, j]:
                own = math.exp(cosine(found[i], found[j]) / TAU)
                losses.append(-math.log(own / (own + below)))
        if losses:
            means.append(sum(losses) / len(losses))
    assert pair_contrast(found, positive, negative, TAU).item() == pytest.approx(sum(means) / len(means), rel=1e-5)


def test_a_batch_of_pairs_is_the_mean_of_its_items() -> None:
    found, positive = vectors(3, 4), torch.eye(4).roll(2, 0).bool()
    alone = [pair_contrast(item, positive, ~positive, TAU) for item in found]
    torch.testing.assert_close(pair_contrast(found, positive, ~positive, TAU), torch.stack(alone).mean())


def test_vectors_that_are_all_alike_cost_the_logarithm_of_the_candidates() -> None:
    positive = torch.eye(6).roll(3, 0).bool()
    apart = ~positive & ~torch.eye(6, dtype=torch.bool)
    assert pair_contrast(torch.ones(6, 3), positive, apart, 0.1).item() == pytest.approx(math.log(5), rel=1e-5)


@pytest.mark.parametrize("has", ["no negatives", "no positives"])
def test_without_one_kind_of_pair_it_is_0_with_a_finite_gradient(has: str) -> None:
    found = vectors(4).requires_grad_()
    none, some = torch.zeros(4, 4, dtype=torch.bool), torch.eye(4).roll(2, 0).bool()
    value = pair_contrast(found, *((some, none) if has == "no negatives" else (none, some)), TAU)
    value.backward()
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert found.grad is not None
    assert torch.isfinite(found.grad).all()


def slow_classes(found: torch.Tensor, classes: torch.Tensor) -> float:
    groups = []
    for group, labels in zip(found, classes.tolist(), strict=True):
        losses = []
        for i, label in enumerate(labels):
            partners = [j for j, other in enumerate(labels) if other == label and j != i]
            if label == 0 or not partners:
                continue
            below = sum(math.exp(cosine(group[i], group[k]) / TAU) for k in range(len(labels)) if k != i)
            losses.append(-sum(cosine(group[i], group[j]) / TAU - math.log(below) for j in partners) / len(partners))
        if losses:
            groups.append(sum(losses) / len(losses))
    return sum(groups) / len(groups)


def test_classes_equal_the_loop() -> None:
    found, classes = vectors(4, 8), torch.randint(4, (4, 8), generator=torch.Generator().manual_seed(2))
    classes[1] = 0  # a group of background
    classes[2] = torch.tensor([0, 0, 0, 0, 0, 0, 1, 2])  # a group without partners
    assert class_contrast(found, classes, 4, TAU).item() == pytest.approx(slow_classes(found, classes), rel=1e-5)


def test_a_group_of_one_vector_a_class_is_0_where_the_released_code_has_nan() -> None:
    assert class_contrast(vectors(1, 3), torch.tensor([[0, 1, 2]]), 3, TAU).item() == 0


def test_rows_at_a_time_give_the_same_value_and_gradient() -> None:
    size = contrast.ROWS + 100
    classes = torch.arange(size).remainder(3).unsqueeze(0)
    found = torch.randn(1, size, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(class_contrast(found, classes, 3, TAU), found)
    unit = torch.nn.functional.normalize(found[0], dim=1)
    logits = (unit @ unit.T / TAU).masked_fill(torch.eye(size, dtype=torch.bool), -torch.inf)
    own = (classes[0].unsqueeze(1) == classes[0]) & ~torch.eye(size, dtype=torch.bool)
    losses = logits.logsumexp(1) - logits.where(own, 0).sum(1) / own.sum(1)
    value = losses[classes[0] > 0].mean()
    assert class_contrast(found, classes, 3, TAU).item() == pytest.approx(value.item(), rel=1e-12)
    torch.testing.assert_close(slope, torch.autograd.grad(value, found)[0])


def test_order_and_scale_do_not_matter() -> None:
    found, classes = vectors(2, 8), torch.arange(16).view(2, 8) % 3
    order = torch.randperm(8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        class_contrast(7 * found[:, order], classes[:, order], 3, TAU), class_contrast(found, classes, 3, TAU)
    )


def test_background_only_is_0_with_a_finite_gradient() -> None:
    found = vectors(2, 6).requires_grad_()
    value = class_contrast(found, torch.zeros(2, 6, dtype=torch.int64), 3, TAU)
    value.backward()
    assert value.item() == 0
    assert found.grad is not None
    assert not found.grad.any()


def test_a_step_down_draws_a_class_together() -> None:
    found, classes = vectors(1, 6).requires_grad_(), torch.tensor([[1, 1, 1, 0, 2, 2]])
    (slope,) = torch.autograd.grad(class_contrast(found, classes, 3, TAU), found)
    after = (found - 0.5 * slope).detach()
    assert cosine(after[0, 0], after[0, 1]) > cosine(found[0, 0].detach(), found[0, 1].detach())
