"""CutMix pastes one rectangle of half the area, the same in every tensor."""

import pytest
import torch

from methods.parts.mix import cutmix


def test_half_of_each_item_comes_from_the_next_one() -> None:
    values = torch.arange(64.0).view(-1, 1, 1).expand(64, 64, 64)
    image, mask = cutmix((values.unsqueeze(1), values), torch.Generator().manual_seed(0))
    torch.testing.assert_close(image.squeeze(1), mask)
    pasted = mask != values
    assert set(mask[0].unique().tolist()) <= {0.0, 1.0}
    assert pasted.float().mean().item() == pytest.approx(0.5, abs=0.03)
    rows, columns = pasted[3].any(1), pasted[3].any(0)
    assert pasted[3].sum() == rows.sum() * columns.sum()


def test_the_input_is_not_changed() -> None:
    values = torch.rand(4, 1, 8, 8)
    before = values.clone()
    cutmix((values,), torch.Generator().manual_seed(0))
    assert torch.equal(values, before)
