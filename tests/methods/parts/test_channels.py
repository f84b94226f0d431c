"""Dropped channels: whole ones, as many as asked for, the mean kept."""

import pytest
import torch

from methods.parts.channels import draw_channels, with_channels


def dropped(maps: torch.Tensor, probability: float) -> torch.Tensor:
    return with_channels(maps, draw_channels(maps, probability, torch.Generator().manual_seed(0)), probability)


def test_whole_channels_are_dropped_and_the_others_make_up_for_them() -> None:
    maps = torch.rand(4, 200, 2, 3) + 1
    found = dropped(maps, 0.25)
    assert dropped(maps[:, :0], 0.25).shape == (4, 0, 2, 3)
    gone = (found == 0).all(3).all(2)
    assert gone.float().mean().item() == pytest.approx(0.25, abs=0.05)
    assert gone[0].tolist() != gone[1].tolist()
    torch.testing.assert_close(found[~gone], maps[~gone] / 0.75)
    assert (maps >= 1).all()


def test_nothing_is_dropped_at_probability_0() -> None:
    maps = torch.rand(2, 3, 4, 4)
    assert torch.equal(dropped(maps, 0.0), maps)
