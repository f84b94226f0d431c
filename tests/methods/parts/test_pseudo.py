"""Losses on pseudo-labels: which pixels their mean is over."""

import pytest
import torch
from torch.nn import functional

from methods.parts.pseudo import pseudo_loss, pseudo_loss_of_positive


def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return logits (2, 3, 2, 2), classes and weights; half of the first image's pixels have a loss of exactly 0."""
    logits = torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([[[0, 1], [2, 0]], [[1, 1], [0, 2]]])
    logits[0, :, 0] = 200 * functional.one_hot(classes[0, 0], 3).T.float()
    return logits.requires_grad_(), classes, torch.tensor([0.5, 0.25])


def test_pixels_without_a_loss_stay_out_of_the_mean() -> None:
    logits, classes, weight = scene()
    losses = functional.cross_entropy(logits, classes, reduction="none") * weight.view(2, 1, 1)
    assert (losses > 0).sum() == 6
    assert pseudo_loss_of_positive(logits, classes, weight).item() == pytest.approx(losses.sum().item() / 6)
    assert pseudo_loss(logits, classes, weight).item() == pytest.approx(losses.sum().item() / 8)


def test_an_image_of_weight_0_does_not_count_among_the_pixels() -> None:
    logits, classes, _ = scene()
    losses = functional.cross_entropy(logits, classes, reduction="none")
    found = pseudo_loss_of_positive(logits, classes, torch.tensor([0.0, 1.0]))
    assert found.item() == pytest.approx(losses[1].mean().item())


def test_without_any_loss_it_is_0_with_a_gradient() -> None:
    logits, classes, _ = scene()
    loss = pseudo_loss_of_positive(logits, classes, torch.zeros(2))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None and not logits.grad.any()
