"""Losses that most methods share, and what they count at each update, are the released code's."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.base import Clock
from methods.cps import taught_by
from methods.em import EntropyMinimisation, relative_entropy
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.supervised import dice_loss, segmentation_loss
from methods.uamt import UncertaintyAwareMeanTeacher
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import TASK, TOTAL, Given, blocks, drawn, load, official, update_of

GREATEST = {"all_classes": 3, "no_class3": 2, "only_background": 0}
"""The greatest class of each case's masks."""
cases = pytest.mark.parametrize("case", GREATEST)


def masks(case: str) -> Tensor:
    number = list(GREATEST).index(case)
    return torch.from_numpy(blocks(3, 32, 60 + number, 0)).clamp(max=GREATEST[case])


def first_logits(case: str) -> Tensor:
    return other_logits(case, key=1) + 1.5 * one_hot(masks(case))


def other_logits(case: str, key: int = 2) -> Tensor:
    number = list(GREATEST).index(case)
    return 2 * torch.from_numpy(drawn(60 + number, key).standard_normal((3, TASK.classes, 32, 32)))


def one_hot(labels: Tensor) -> Tensor:
    return functional.one_hot(labels, TASK.classes).movedim(-1, 1).double()


def norms(gradient: Tensor) -> Tensor:
    return gradient.square().sum((0, 2, 3)).sqrt()


@cases
def test_cross_entropy_dice_and_half_their_sum_are_the_released_ones(case: str, compare: Compare) -> None:
    there, logits = update_of("losses", case), first_logits(case).requires_grad_()
    loss = segmentation_loss(logits, masks(case))
    (gradient,) = torch.autograd.grad(loss, logits)
    with torch.no_grad():
        compare("losses", "cross-entropy", taught_by(logits, one_hot(masks(case))), there["cross_entropy"])
        compare("losses", "Dice", dice_loss(logits, masks(case)), there["dice"])
    compare("losses", "half their sum", loss.detach(), there["half_sum"])
    compare("losses", "half their sum", norms(gradient), there["half_sum_gradient_norm_per_class"])
    compare("losses", "half their sum", gradient[:, :, 0, :4], there["half_sum_gradient_corner"])


@cases
def test_entropy_is_the_released_one(case: str, compare: Compare) -> None:
    there, logits = update_of("losses", case), first_logits(case).requires_grad_()
    loss = relative_entropy(logits)
    (gradient,) = torch.autograd.grad(loss, logits)
    compare("losses", "entropy", loss.detach(), there["entropy"])
    compare("losses", "entropy", norms(gradient), there["entropy_gradient_norm_per_class"])


@cases
def test_squared_distance_is_the_released_one(case: str, compare: Compare) -> None:
    there = update_of("losses", case)
    pair = probabilities(first_logits(case)), probabilities(other_logits(case))
    compare("losses", "squared distance", squared_gap(*pair), there["squared_distance_mean"])
    corner = torch.stack([part[:, :, 0, :4].flatten() for part in pair], 1)
    entries = torch.stack([squared_gap(*entry) for entry in corner]).view(3, TASK.classes, 4)
    compare("losses", "squared distance", entries, there["squared_distance_corner"])


def clocks(after: int = 0, before: int | None = None) -> list[Clock]:
    """Return the clock so many updates after each update that is kept, or after those before a number."""
    updates = (int(update) for update in load("losses")["ramp/update"])
    return [Given(update + after) for update in updates if before is None or update < before]


def test_the_consistency_weight_is_the_released_one(compare: Compare) -> None:
    method, there = official("em"), load("losses")["ramp/consistency_weight"]
    assert isinstance(method, EntropyMinimisation)
    compare("losses", "consistency weight", np.array([method.weight(clock) for clock in clocks()]), there)


def test_uamts_threshold_is_the_released_one(compare: Compare) -> None:
    method, there = official("uamt"), load("losses")["ramp/threshold_uamt"]
    assert isinstance(method, UncertaintyAwareMeanTeacher)
    compare("losses", "threshold of UA-MT", np.array([method.threshold(clock) for clock in clocks()]), there)


def test_the_rate_is_the_released_one(compare: Compare) -> None:
    method, there = official("em"), load("losses")["ramp/learning_rate_after_update"]
    assert isinstance(method, EntropyMinimisation)
    trained = method.config.trained([nn.Parameter(torch.zeros(1))])
    rates = np.array([method.config.lr * trained.schedule(clock) for clock in clocks(after=1, before=TOTAL)])
    compare("losses", "rate", rates, there[: len(rates)])
