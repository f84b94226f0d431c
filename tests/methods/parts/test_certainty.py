"""Entropy and squared gap: slow references, known values, invariances."""

import math

import pytest
import torch

from methods.parts.certainty import entropy, probabilities, squared_gap


def maps(seed: int) -> torch.Tensor:
    return probabilities(3 * torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(seed)))


def test_entropy_equals_the_loop() -> None:
    predicted = maps(0)
    found = entropy(predicted)
    for n, y, x in torch.cartesian_prod(torch.arange(2), torch.arange(4), torch.arange(5)).tolist():
        slow = -sum(float(p) * math.log(float(p)) for p in predicted[n, :, y, x])
        assert found[n, y, x].item() == pytest.approx(slow, abs=1e-5)


def test_entropy_is_ln_of_the_classes_at_most_and_0_where_sure() -> None:
    assert entropy(torch.full((1, 4, 1, 1), 0.25)).item() == pytest.approx(math.log(4), abs=1e-5)
    assert entropy(torch.tensor([0.0, 1.0, 0.0]).view(1, 3, 1, 1)).item() == pytest.approx(0, abs=1e-5)


def test_entropy_has_a_finite_gradient_where_a_class_is_impossible() -> None:
    logits = torch.tensor([0.0, 200.0]).view(1, 2, 1, 1).requires_grad_()
    entropy(probabilities(logits)).sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_squared_gap_equals_the_loop_and_is_symmetric() -> None:
    one, two = maps(1), maps(2)
    slow = [(a - b) ** 2 for a, b in zip(one.flatten().tolist(), two.flatten().tolist(), strict=True)]
    assert squared_gap(one, two).item() == pytest.approx(sum(slow) / len(slow), rel=1e-5)
    assert squared_gap(one, two).item() == pytest.approx(squared_gap(two, one).item())


def test_the_gap_between_two_sure_classes_of_four_is_a_half() -> None:
    one, two = torch.eye(4)[0].view(1, 4, 1, 1), torch.eye(4)[1].view(1, 4, 1, 1)
    assert squared_gap(one, two).item() == pytest.approx(0.5)
