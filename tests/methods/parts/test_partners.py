"""Whose pixels are pasted, and who says what they are."""

import torch
from torch import nn

from methods.parts.partners import PARTNERS


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 3, 1), nn.BatchNorm2d(3))


def test_the_next_one_is_the_partner_and_known_by_the_batchs_own_labels() -> None:
    partner, images = PARTNERS["next"], torch.rand(3, 1, 4, 4)
    own, other = partner.split(images)
    assert torch.equal(own, images)
    assert torch.equal(other, images[[1, 2, 0]])
    predicted = torch.rand(3, 3, 4, 4)
    assert torch.equal(partner.foresee(network(), other)(predicted), predicted[[1, 2, 0]])


def test_another_one_is_of_the_second_half_and_predicted_in_evaluation_mode() -> None:
    partner, images, found = PARTNERS["other"], torch.rand(4, 1, 4, 4), network()
    own, other = partner.split(images)
    assert torch.equal(torch.cat([own, other]), images)
    before = {key: value.clone() for key, value in found.state_dict().items()}
    predicted = partner.foresee(found.train(), other)(torch.zeros(2, 3, 4, 4))
    assert all(torch.equal(value, before[key]) for key, value in found.state_dict().items())
    assert found.training and found[1].training
    torch.testing.assert_close(predicted, found.eval()(other).softmax(1))
    assert not predicted.requires_grad


def test_a_batch_has_one_slice_or_two_for_each_that_learns() -> None:
    assert {name: partner.slices for name, partner in PARTNERS.items()} == {"next": 1, "other": 2}
