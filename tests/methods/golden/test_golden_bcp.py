"""Bidirectional copy-paste: its losses, and three updates of either stage, are the released code's."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from methods.base import Budget, Stage
from methods.bcp import BidirectionalCopyPaste
from methods.parts.bcp_config import CLEANINGS
from methods.parts.copy_paste import region_loss
from methods.parts.counted import counted_cross_entropy, counted_dice
from tests.methods.golden.conftest import Compare
from tests.methods.golden.loss_cases import CASES, gradient_by_class, logits_of, masks_of
from tests.methods.golden.released import (
    TOTAL,
    Given,
    Watched,
    batch,
    blocks,
    fill,
    match,
    official,
    sorted_weights,
    start,
    step,
    update_of,
)

SIDE = 42
"""Of the box, in the 64 pixels of an image."""
Case = tuple[Tensor, Tensor, Tensor]
"""Logits, classes and where they count."""


def given(number: int, corner: Sequence[int]) -> Given:
    inside = torch.zeros(1, 64, 64, dtype=torch.bool)
    top, left = corner
    inside[:, top : top + SIDE, left : left + SIDE] = True
    return Given(number, box=inside)


def begun() -> tuple[BidirectionalCopyPaste, Sequence[Stage]]:
    method = official("bcp")
    assert isinstance(method, BidirectionalCopyPaste)
    fill(sorted_weights(method.student.network, "unet"), 0, sharp=4)
    stages = method.stages(Budget(TOTAL, True, 8, 8))
    assert [stage.keep for stage in stages] == ["best", "last"]
    start(method, stages[0])
    return method, stages


def pretrain(compare: Compare, method: BidirectionalCopyPaste) -> None:
    watched, seen = {"student": Watched(method.student.network)}, []
    handle = method.student.register_forward_hook(lambda _, __, out: seen.append(out.detach()))
    for number in range(3):
        there, slices = update_of("step_bcp", f"pre_train/u{number}"), batch(8, 8, number, {"weak": None})
        clock = given(number, there["draw/box_row_column"])
        terms = step(method, slices, clock)
        compare("bcp", "loss", terms["total"], there["loss/total"])
        inside, masks = clock.draw("box", None), slices.masks
        frames = [(seen[-1], masks[:4], ~inside), (seen[-1], masks[4:], inside)]
        compare("bcp", "loss", dice(method, frames, (1, 1)), there["loss/dice"])
        compare("bcp", "loss", entropy(frames, (1, 1)), there["loss/cross_entropy"])
        match(compare, "bcp", watched, there)
    handle.remove()


def dice(method: BidirectionalCopyPaste, cases: Sequence[Case], weights: Sequence[float]) -> Tensor:
    smooth = method.config.dice_smooth
    losses = [counted_dice(logits, classes, where, smooth) for logits, classes, where in cases]
    return sum((weight * loss for weight, loss in zip(weights, losses, strict=True)), torch.zeros(()))


def entropy(cases: Sequence[Case], weights: Sequence[float]) -> Tensor:
    losses = [counted_cross_entropy(*case) for case in cases]
    return sum((weight * loss for weight, loss in zip(weights, losses, strict=True)), torch.zeros(()))


def frames_match(
    compare: Compare, method: BidirectionalCopyPaste, cases: Mapping[str, Sequence[Case]], there: Mapping[str, Any]
) -> None:
    totals = {"dice": torch.zeros(()), "cross_entropy": torch.zeros(())}
    for name, weights in (("unlabelled_frame", (0.5, 1)), ("labelled_frame", (1, 0.5))):
        found = {"dice": dice(method, cases[name], weights), "cross_entropy": entropy(cases[name], weights)}
        for loss, value in found.items():
            compare("bcp", "loss", value, there[f"loss/{loss}_{name}"])
            totals[loss] = totals[loss] + value
    for loss, value in totals.items():
        compare("bcp", "loss", value, there[f"loss/{loss}"])


def labels_match(compare: Compare, raw: Sequence[Tensor], pseudo: Sequence[Tensor], there: Mapping[str, Any]) -> None:
    counts = [torch.bincount(one.flatten(), minlength=4) for one in (raw[0], *pseudo)]
    for mine, name in zip(counts, ("before_components", "first", "second"), strict=True):
        compare("bcp", "pseudo-labels", mine, there[f"pseudo_{name}_pixels_per_class"])


def test_three_updates_of_either_stage_are_the_released_ones(compare: Compare) -> None:
    method, stages = begun()
    pretrain(compare, method)
    start(method, stages[1])
    watched = {"student": Watched(method.student.network), "teacher": Watched(method.teacher)}
    out: list[Tensor] = []
    raw: list[Tensor] = []
    method.student.register_forward_hook(lambda _, __, logits: out.append(logits.detach()))
    method.teacher.register_forward_hook(lambda _, __, logits: raw.append(logits.argmax(1)))
    for number in range(3):
        there, slices = update_of("step_bcp", f"self_train/u{number}"), batch(8, 8, 100 + number, {"weak": None})
        clock = given(number, there["draw/box_row_column"])
        out.clear()
        raw.clear()
        terms = step(method, slices, clock)
        compare("bcp", "loss", terms["total"], there["loss/total"])
        compare("bcp", "rate", method.optimizer.param_groups[0]["lr"], 0.01)
        pseudo, inside, masks = [CLEANINGS["largest"](one) for one in raw], clock.draw("box", None), slices.masks
        labels_match(compare, raw, pseudo, there)
        cases = {
            "unlabelled_frame": [(out[0], pseudo[0], ~inside), (out[0], masks[:4], inside)],
            "labelled_frame": [(out[1], masks[4:], ~inside), (out[1], pseudo[1], inside)],
        }
        frames_match(compare, method, cases, there)
        match(compare, "bcp", watched, there)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("frame", "weights"), [("labelled", (1.0, 0.5)), ("unlabelled", (0.5, 1.0))])
def test_losses_of_a_mixed_image_are_the_released_ones(
    compare: Compare, case: str, frame: str, weights: tuple[float, float]
) -> None:
    (logits, _), there = logits_of(case), update_of("losses", f"{case}/bcp_{frame}_frame")
    method = begun()[0]
    other = torch.from_numpy(np.asarray(blocks(3, 32, 60 + CASES.index(case), 4)))
    inside = torch.zeros(1, 32, 32, dtype=torch.bool)
    inside[:, 5:26, 8:29] = True
    cases = [(logits, masks_of(case), ~inside), (logits, other, inside)]
    compare("bcp", "loss", dice(method, cases, weights).detach(), there["dice"])
    compare("bcp", "loss", entropy(cases, weights).detach(), there["cross_entropy"])
    smooth = method.config.dice_smooth
    term = sum(
        (weight * region_loss(*one, smooth) for weight, one in zip(weights, cases, strict=True)), logits.sum() * 0
    )
    compare("bcp", "gradient", gradient_by_class(term, logits), there["gradient_norm_per_class"])
