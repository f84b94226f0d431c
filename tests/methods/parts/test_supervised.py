"""The supervised loss: slow reference, known value, invariance."""

import pytest
import torch

from methods.parts.supervised import dice_loss, segmentation_loss


def slow_dice(logits: torch.Tensor, masks: torch.Tensor) -> float:
    probabilities = logits.softmax(1)
    total = 0.0
    for k in range(logits.shape[1]):
        overlap = size = 0.0
        for n, y, x in torch.cartesian_prod(*(torch.arange(d) for d in masks.shape)).tolist():
            p, g = float(probabilities[n, k, y, x]), float(masks[n, y, x] == k)
            overlap, size = overlap + p * g, size + p * p + g * g
        total += 1 - (2 * overlap + 1e-5) / (size + 1e-5)
    return total / logits.shape[1]


def test_dice_loss_equals_the_loop() -> None:
    rng = torch.Generator().manual_seed(0)
    logits, masks = torch.randn(2, 3, 4, 5, generator=rng), torch.randint(0, 3, (2, 4, 5), generator=rng)
    assert dice_loss(logits, masks).item() == pytest.approx(slow_dice(logits, masks), abs=1e-6)


def test_a_certain_right_answer_costs_nothing() -> None:
    masks = torch.tensor([[[0, 1], [2, 3]]])
    logits = 100 * torch.nn.functional.one_hot(masks, 4).movedim(-1, 1).float()
    assert segmentation_loss(logits, masks).item() == pytest.approx(0, abs=1e-6)


def test_uniform_logits_cost_half_of_ln_classes_plus_dice() -> None:
    masks = torch.tensor([[[0, 1], [2, 3]]])
    # per class: overlap 1/4, squares 4/16 + 1; dice = 0.5 / 1.25 = 0.4
    expected = 0.5 * (torch.log(torch.tensor(4.0)).item() + 1 - (0.5 + 1e-5) / (1.25 + 1e-5))
    assert segmentation_loss(torch.zeros(1, 4, 2, 2), masks).item() == pytest.approx(expected, abs=1e-6)


def test_order_of_slices_does_not_matter() -> None:
    rng = torch.Generator().manual_seed(1)
    logits, masks = torch.randn(3, 4, 8, 8, generator=rng), torch.randint(0, 4, (3, 8, 8), generator=rng)
    there, back = segmentation_loss(logits, masks), segmentation_loss(logits.flip(0), masks.flip(0))
    assert float(there) == pytest.approx(float(back), abs=1e-6)
