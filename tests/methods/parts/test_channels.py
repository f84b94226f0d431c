"""Dropped channels: whole ones, as many as asked for, the mean kept."""

import pytest
import torch

from methods.parts.channels import drop_channels


def test_whole_channels_are_dropped_and_the_others_make_up_for_them() -> None:
    maps = [torch.rand(4, 200, 2, 3) + 1, torch.rand(4, 0, 2, 2)]
    dropped = drop_channels(maps, 0.25, torch.Generator().manual_seed(0))
    assert [level.shape for level in dropped] == [level.shape for level in maps]
    gone = (dropped[0] == 0).all(3).all(2)
    assert gone.float().mean().item() == pytest.approx(0.25, abs=0.05)
    assert gone[0].tolist() != gone[1].tolist()
    torch.testing.assert_close(dropped[0][~gone], maps[0][~gone] / 0.75)
    assert (maps[0] >= 1).all()


def test_nothing_is_dropped_at_probability_0() -> None:
    maps = [torch.rand(2, 3, 4, 4)]
    assert torch.equal(drop_channels(maps, 0.0, torch.Generator())[0], maps[0])
