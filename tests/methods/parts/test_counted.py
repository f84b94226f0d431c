"""Losses over some pixels: slow references, what does not count, nothing counted."""

import math

import pytest
import torch

from methods.parts.counted import counted_cross_entropy, counted_dice, masked_cross_entropy
from methods.parts.supervised import DICE_SMOOTH, dice_loss

LOSSES = [counted_dice, counted_cross_entropy, masked_cross_entropy]


def example(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(2, 3, 4, 5, generator=rng)
    return logits, torch.randint(3, (2, 4, 5), generator=rng), torch.rand(2, 4, 5, generator=rng) < 0.4


def test_dice_equals_the_loop() -> None:
    logits, classes, counted = example()
    scores = []
    for k in range(3):
        overlap = squares = size = 0.0
        for n, y, x in torch.nonzero(counted).tolist():
            p = logits[n, :, y, x].softmax(0)[k].item()
            own = classes[n, y, x].item() == k
            overlap, squares, size = overlap + p * own, squares + p * p, size + own
        scores.append((2 * overlap + DICE_SMOOTH) / (squares + size + DICE_SMOOTH))
    assert counted_dice(logits, classes, counted).item() == pytest.approx(1 - sum(scores) / 3, abs=1e-6)


def test_what_is_added_to_dice_can_be_less() -> None:
    logits, classes, counted = example()
    absent = torch.zeros_like(classes)
    few, many = (counted_dice(logits, absent, counted, smooth).item() for smooth in (1e-10, 1e3))
    assert few == pytest.approx(counted_dice(logits, absent, counted).item(), abs=1e-3)
    assert many < 0.05 < few


def test_cross_entropies_equal_the_loop() -> None:
    logits, classes, counted = example()
    losses = [
        -math.log(logits[n, :, y, x].softmax(0)[classes[n, y, x]].item()) for n, y, x in torch.nonzero(counted).tolist()
    ]
    assert counted_cross_entropy(logits, classes, counted).item() == pytest.approx(sum(losses) / len(losses), rel=1e-5)
    assert masked_cross_entropy(logits, classes, counted).item() == pytest.approx(sum(losses) / 40, rel=1e-5)


def test_with_all_pixels_they_are_the_usual_losses() -> None:
    logits, classes, _ = example()
    everything = torch.ones(1, 4, 5)
    torch.testing.assert_close(counted_dice(logits, classes, everything), dice_loss(logits, classes))
    usual = torch.nn.functional.cross_entropy(logits, classes)
    torch.testing.assert_close(counted_cross_entropy(logits, classes, everything), usual)
    torch.testing.assert_close(masked_cross_entropy(logits, classes, everything), usual)


@pytest.mark.parametrize("loss", LOSSES)
def test_pixels_that_do_not_count_have_no_say_and_no_gradient(loss) -> None:
    logits, classes, counted = example()
    logits.requires_grad_()
    value = loss(logits, classes, counted)
    value.backward()
    assert logits.grad is not None
    assert not (logits.grad * ~counted.unsqueeze(1)).any()
    assert (logits.grad * counted.unsqueeze(1)).any()
    other = torch.where(counted.unsqueeze(1), logits.detach(), torch.randn_like(logits))
    torch.testing.assert_close(loss(other, (classes + ~counted) % 3, counted), value.detach())


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_counted_is_0_and_its_gradient_is_finite(loss) -> None:
    logits, classes, counted = example()
    logits.requires_grad_()
    value = loss(logits, classes, counted & False)
    value.backward()
    assert value.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
