"""Pixels that nobody labelled count in no loss: the others alone give the same value and the same gradient."""

import pytest
import torch
from torch import Tensor

from data.task import IGNORED
from methods.parts.contrast import class_contrast
from methods.parts.counted import counted_cross_entropy, counted_dice
from methods.parts.labels import one_hot
from methods.parts.supervised import cross_entropy, dice_loss, segmentation_loss


def case() -> tuple[Tensor, Tensor]:
    """Return logits and masks (1, H, W) whose lower half is nobody's."""
    rng = torch.Generator().manual_seed(0)
    logits, masks = torch.randn(1, 3, 8, 8, generator=rng), torch.randint(3, (1, 8, 8), generator=rng)
    masks[:, 4:] = IGNORED
    return logits, masks


@pytest.mark.parametrize("loss", [segmentation_loss, cross_entropy, dice_loss])
def test_the_labelled_half_alone_gives_the_same(loss) -> None:
    logits, masks = case()
    whole, half = logits.clone().requires_grad_(), logits[:, :, :4].clone().requires_grad_()
    one, other = loss(whole, masks), loss(half, masks[:, :4])
    one.backward()
    other.backward()
    assert one.item() == pytest.approx(other.item(), rel=1e-6)
    assert torch.allclose(whole.grad[:, :, :4], half.grad, atol=1e-7)
    assert whole.grad[:, :, 4:].abs().max() == 0


@pytest.mark.parametrize("loss", [counted_cross_entropy, counted_dice])
def test_counted_losses_leave_it_out_too(loss) -> None:
    logits, masks = case()
    everywhere = torch.ones(1, 8, 8, dtype=torch.bool)
    alone = loss(logits[:, :, :4], masks[:, :4], everywhere[:, :4])
    assert loss(logits, masks, everywhere).item() == pytest.approx(alone.item(), rel=1e-6)


def test_a_pixel_of_nobody_is_member_of_no_class() -> None:
    membership = one_hot(case()[1], 3)
    assert membership[:, :, :4].sum(1).eq(1).all()
    assert membership[:, :, 4:].sum() == 0


def test_contrast_sees_neither_anchor_nor_other_in_it() -> None:
    rng = torch.Generator().manual_seed(1)
    vectors, classes = torch.randn(2, 12, 5, generator=rng), torch.randint(3, (2, 12), generator=rng)
    classes[:, 8:] = IGNORED
    alone = class_contrast(vectors[:, :8], classes[:, :8], 3, 0.1)
    assert class_contrast(vectors, classes, 3, 0.1).item() == pytest.approx(alone.item(), rel=1e-6)


def test_without_such_pixels_values_are_as_they_were() -> None:
    rng = torch.Generator().manual_seed(2)
    logits, masks = torch.randn(2, 4, 8, 8, generator=rng), torch.randint(4, (2, 8, 8), generator=rng)
    assert torch.equal(cross_entropy(logits, masks), torch.nn.functional.cross_entropy(logits, masks))
