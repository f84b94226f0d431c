"""The validation Dice."""

import pytest
import torch
from torch import nn

from benchmark.training.validation import mean_dice
from data.pool import Pool


class Known(nn.Module):
    """Predicts the class written in the image."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(images[:, 0].round().long(), 3).movedim(-1, 1).float()


def score(predicted: list[list[int]], reference: list[list[int]], case: list[int]) -> float:
    images = torch.tensor(predicted).view(len(case), 1, 1, -1).float()
    masks = torch.tensor(reference, dtype=torch.uint8).view(len(case), 1, -1)
    names = tuple(str(k) for k in sorted(set(case)))
    pool = Pool(images, masks, torch.tensor(case), torch.zeros(len(case)), names)
    return mean_dice(Known(), pool, 3, torch.autocast("cpu", enabled=False))


def test_dice_is_taken_over_volumes_not_slices() -> None:
    # one volume: class 1 overlap 1 of 2 + 1; class 2 overlap 1 of 1 + 1
    assert score([[1, 0, 0], [0, 0, 2]], [[1, 1, 0], [0, 0, 2]], [0, 0]) == pytest.approx((2 / 3 + 1) / 2)


def test_a_structure_neither_has_is_left_out_and_a_false_alarm_scores_zero() -> None:
    assert score([[1, 0], [1, 2]], [[1, 0], [1, 0]], [0, 1]) == pytest.approx((1 + 1 + 0) / 3)


def test_numbers_of_volumes_need_not_start_at_zero() -> None:
    assert score([[1, 2], [1, 0]], [[1, 2], [1, 0]], [4, 5]) == 1
