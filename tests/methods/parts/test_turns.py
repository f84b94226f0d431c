"""Quarter turns item by item."""

import torch

from methods.parts.turns import turned


def maps() -> torch.Tensor:
    return torch.rand(4, 2, 5, 5, generator=torch.Generator().manual_seed(0))


def test_each_item_is_turned_by_its_own_number() -> None:
    found, turns = maps(), torch.tensor([3, 0, 2, 1])
    slow = torch.stack([torch.rot90(item, int(k), (1, 2)) for item, k in zip(found, turns, strict=True)])
    assert torch.equal(turned(found, turns), slow)


def test_four_quarter_turns_are_none() -> None:
    found = maps()
    for _ in range(4):
        found = turned(found, torch.ones(4, dtype=torch.int64))
    assert torch.equal(found, maps())


def test_a_corner_goes_round() -> None:
    corner = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).view(1, 1, 2, 2)
    assert turned(corner, torch.tensor([1])).flatten().tolist() == [2.0, 4.0, 1.0, 3.0]
