"""Draws: every slice before any twice, a function of the number alone, parts in turn."""

import pytest
import torch

from data.draw import Partition, Shuffle, WithForeground, slices_that_hold
from data.task import IGNORED


def seeds(*names: int) -> int:
    return sum((k + 1) * 1000**k * n for k, n in enumerate(names))


def test_an_epoch_has_every_slice_once() -> None:
    stream = Shuffle(torch.arange(10), seeds)
    taken = torch.cat([stream.take(update, 3) for update in range(10)])
    for epoch in range(3):
        assert sorted(taken[10 * epoch : 10 * epoch + 10].tolist()) == list(range(10))
    assert taken[:10].tolist() != taken[10:20].tolist()


def test_an_update_draws_the_same_whatever_came_before() -> None:
    straight, jumped = Shuffle(torch.arange(7), seeds), Shuffle(torch.arange(7), seeds)
    taken = [straight.take(update, 4) for update in range(20)]
    assert torch.equal(jumped.take(19, 4), taken[19])
    assert torch.equal(jumped.take(2, 4), taken[2])


def test_a_batch_may_be_larger_than_the_set() -> None:
    taken = Shuffle(torch.arange(2), seeds).take(1, 5)
    assert sorted(taken.tolist()) in ([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])


def test_partitions_take_turns() -> None:
    position = torch.linspace(0, 1, 40)
    stream = Partition(position, seeds)
    for update in range(5):
        parts = (position[stream.take(update, 8)] * 4).long().clamp_max(3)
        assert parts.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]


def test_partitions_of_a_single_slice_volume_still_draw() -> None:
    assert Partition(torch.tensor([0.5]), seeds).take(3, 4).tolist() == [0, 0, 0, 0]


def holding(*structures: list[int]) -> list[Shuffle]:
    return [Shuffle(torch.tensor(slices), seeds) for slices in structures]


@pytest.mark.parametrize(("count", "sure"), [(8, 3), (12, 4), (2, 1), (4, 1), (24, 8)])
def test_the_last_third_of_a_batch_holds_a_structure_each_in_turn(count: int, sure: int) -> None:
    stream = WithForeground(Shuffle(torch.arange(100), seeds), holding([1, 2], [3], [4, 5, 6]), 0.33)
    held = torch.cat([stream.take(update, count)[count - sure :] for update in range(6)])
    assert all((k % 3 == 0) == (slice in (1, 2)) for k, slice in enumerate(held.tolist()))
    assert all((k % 3 == 1) == (slice == 3) for k, slice in enumerate(held.tolist()))
    others = torch.cat([stream.take(update, count)[: count - sure] for update in range(6)])
    assert torch.equal(others, torch.cat([Shuffle(torch.arange(100), seeds).take(k, count - sure) for k in range(6)]))


def test_of_a_structures_slices_none_returns_before_all_were_drawn() -> None:
    stream = WithForeground(Shuffle(torch.arange(100), seeds), holding([1, 2, 3]), 0.33)
    held = torch.cat([stream.take(update, 3)[2:] for update in range(6)]).tolist()
    assert sorted(held[:3]) == sorted(held[3:]) == [1, 2, 3]


def test_without_any_structure_all_are_chosen_among_all() -> None:
    plain = Shuffle(torch.arange(10), seeds)
    assert torch.equal(WithForeground(plain, [], 0.33).take(3, 8), plain.take(3, 8))


def test_slices_that_hold_a_structure_are_found_a_part_after_the_other() -> None:
    masks = torch.zeros(200, 4, 4, dtype=torch.uint8)
    masks[[3, 64, 199], 0, 0], masks[130, 1, 1], masks[[5, 130], 2, 2] = 1, 4, IGNORED
    assert {label: slices.tolist() for label, slices in slices_that_hold(masks).items()} == {1: [3, 64, 199], 4: [130]}
    assert slices_that_hold(masks[4:60]) == {}
