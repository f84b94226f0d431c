"""Quarter turns item by item."""

import pytest
import torch

from methods.parts.turns import TURNS, turned


def maps() -> torch.Tensor:
    return torch.rand(4, 2, 5, 5, generator=torch.Generator().manual_seed(0))


def test_each_item_is_turned_by_its_own_number() -> None:
    found, turns = maps(), torch.tensor([3, 0, 2, 1])
    slow = torch.stack([torch.rot90(item, int(k), (1, 2)) for item, k in zip(found, turns, strict=True)])
    assert torch.equal(turned(found, turns), slow)


@pytest.mark.parametrize(("name", "count"), [("slice", 4), ("batch", 1)])
def test_a_number_is_drawn_for_each_slice_or_for_the_batch(name: str, count: int) -> None:
    draws = [TURNS[name](maps(), torch.Generator().manual_seed(seed)) for seed in range(40)]
    assert {len(drawn) for drawn in draws} == {count}
    assert set(torch.cat(draws).tolist()) == {0, 1, 2, 3}


def test_one_number_turns_all_alike() -> None:
    for turns in range(4):
        assert torch.equal(turned(maps(), torch.tensor([turns])), maps().rot90(turns, (2, 3)))


def test_four_quarter_turns_are_none() -> None:
    found = maps()
    for _ in range(4):
        found = turned(found, torch.ones(4, dtype=torch.int64))
    assert torch.equal(found, maps())


def test_a_corner_goes_round() -> None:
    corner = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).view(1, 1, 2, 2)
    assert turned(corner, torch.tensor([1])).flatten().tolist() == [2.0, 4.0, 1.0, 3.0]
