"""Memories of the teacher's embeddings: what is kept, where, and how long it is."""

import math

import torch

from methods.parts.anchors import Bank, RingBank


def test_the_bank_keeps_the_newest_first_and_lets_the_oldest_go() -> None:
    bank = Bank(3, 1, 2)
    for k in range(5):
        angle = torch.tensor(float(k))
        bank.push(2 * torch.stack([angle.cos(), angle.sin()]).view(1, 1, 2))
    expected = torch.tensor([[math.cos(k), math.sin(k)] for k in (4, 3, 2)])
    torch.testing.assert_close(bank.anchors[:, 0], expected)


def test_a_batch_larger_than_the_bank_is_cut() -> None:
    bank = Bank(2, 1, 4)
    bank.push(torch.rand(5, 1, 4))
    assert bank.anchors.shape == (2, 1, 4)


def test_a_ring_writes_each_entry_as_it_is_over_the_oldest() -> None:
    ring = RingBank(3, 1, 1)
    for k in range(5):
        ring.push(torch.full((1, 1, 1), float(k)))
    assert ring.anchors.flatten().tolist() == [3.0, 4.0, 2.0]
    assert int(ring.oldest) == 2
    ring.push(torch.tensor([5.0, 6.0]).view(2, 1, 1))  # runs over the end
    assert ring.anchors.flatten().tolist() == [6.0, 4.0, 5.0]
    ring.push(torch.arange(10.0).view(10, 1, 1))
    assert sorted(ring.anchors.flatten().tolist()) == [7.0, 8.0, 9.0]


def test_an_entry_of_several_places_takes_the_next_numbers_of_the_line_by_place() -> None:
    ring = RingBank(2, 2, 2)
    ring.push(torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]))
    assert ring.anchors.tolist() == [[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]]


def test_a_rings_first_anchors_have_unit_length_over_the_entries() -> None:
    torch.manual_seed(0)
    torch.testing.assert_close(RingBank(5, 2, 3).anchors.norm(dim=0), torch.ones(2, 3))
    torch.testing.assert_close(Bank(5, 2, 3).anchors.norm(dim=2), torch.ones(5, 2))


def test_a_reset_forgets_what_was_kept() -> None:
    torch.manual_seed(0)
    ring = RingBank(4, 1, 3)
    ring.push(torch.full((2, 1, 3), 9.0))
    ring.reset_parameters()
    assert int(ring.oldest) == 0
    torch.testing.assert_close(ring.anchors.norm(dim=0), torch.ones(1, 3))
