"""Supervised training with a strong recipe: its loss by hand, what each scale counts, and what it asks for."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from benchmark.cells.augmentation import values_of
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import UsageError
from data.catalog import find
from data.task import IGNORED
from methods.networks.factory import Networks
from methods.parts.deep_supervision import at_scale, cross_entropy_and_dice, scale_weights, structure_dice_loss
from methods.supervised_strong import SupervisedStrong, SupervisedStrongConfig
from tests.contract.toy import BUDGET, SIZE, TASK, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after

EVEN = torch.zeros(1, 3, 1, 4)
"""Every class has a third everywhere."""


def strong(**overrides: object) -> SupervisedStrong:
    built, _ = made("supervised_strong", **overrides)
    assert isinstance(built, SupervisedStrong)
    return built


@pytest.mark.parametrize(
    ("scales", "expected"),
    [
        (1, [1]),
        (2, [1, 0]),
        (3, [2 / 3, 1 / 3, 0]),
        (4, [4 / 7, 2 / 7, 1 / 7, 0]),
        (6, [16 / 31, 8 / 31, 4 / 31, 2 / 31, 1 / 31, 0]),
    ],
)
def test_a_scale_counts_half_of_the_finer_one_and_the_coarsest_nothing(scales: int, expected: list[float]) -> None:
    assert scale_weights(scales) == pytest.approx(expected)


def test_the_loss_of_even_logits_by_hand() -> None:
    """Cross-entropy ln 3. Class 1 has 2 of 4 pixels: 2 x 2/3 over 4/3 + 2 is 0.4; class 2 has 1: 2/3 over 7/3."""
    masks = torch.tensor([[[0, 1, 1, 2]]])
    dice = ((4 / 3) / (4 / 3 + 2) + (2 / 3) / (4 / 3 + 1)) / 2
    assert structure_dice_loss(EVEN, masks).item() == pytest.approx(1 - dice, abs=1e-5)
    assert cross_entropy_and_dice(EVEN, masks).item() == pytest.approx(math.log(3) + 1 - dice, abs=1e-5)


def test_what_nobody_labelled_counts_in_neither_part() -> None:
    """Three pixels are left: class 1 has one of them, 2/3 over 1 + 1, and class 2 one too."""
    masks = torch.tensor([[[0, 1, IGNORED, 2]]])
    assert cross_entropy_and_dice(EVEN, masks).item() == pytest.approx(math.log(3) + 1 - 1 / 3, abs=1e-5)
    other = EVEN.clone()
    other[..., 2] = torch.tensor([9.0, -9.0, 3.0]).view(1, 3, 1)
    assert cross_entropy_and_dice(other, masks).item() == cross_entropy_and_dice(EVEN, masks).item()


def test_a_structure_in_one_of_two_slices_is_one_over_the_batch() -> None:
    logits = 40 * functional.one_hot(torch.tensor([[[1, 1]], [[0, 0]]]), 2).permute(0, 3, 1, 2).float()
    assert structure_dice_loss(logits, torch.tensor([[[1, 1]], [[0, 0]]])).item() == pytest.approx(0, abs=1e-5)
    assert structure_dice_loss(logits, torch.tensor([[[1, 1]], [[1, 1]]])).item() == pytest.approx(1 / 3, abs=1e-5)


def test_masks_at_a_scale_are_of_the_nearest_centre() -> None:
    masks = torch.arange(16).view(1, 4, 4)
    assert at_scale(masks, (2, 2)).tolist() == [[[5, 7], [13, 15]]]
    assert at_scale(masks, (4, 4)) is masks
    assert at_scale(torch.full((1, 4, 4), IGNORED), (2, 2)).unique().tolist() == [IGNORED]


def test_heads_stand_at_a_half_and_a_quarter_of_the_unet() -> None:
    built = strong()
    assert built.weights == pytest.approx([4 / 7, 2 / 7, 1 / 7, 0])
    scales = built.scales(built.network.maps(torch.rand(2, 1, SIZE, SIZE)))
    assert [one.shape for one in scales] == [(2, TASK.classes, side, side) for side in (SIZE, SIZE // 2, SIZE // 4)]


@pytest.mark.parametrize(("backbone", "count"), [("fpn:tu-resnet18", 1), ("resnet18", 4), ("unet-transposed", 3)])
def test_each_backbone_has_the_scales_that_its_decoder_has(backbone: str, count: int) -> None:
    networks = Networks(backbone, TASK.classes, weights=None, seed=0)
    built = networks.initialize(lambda networks: SupervisedStrong(TASK, networks, SupervisedStrongConfig()))
    scales = built.scales(built.network.maps(torch.rand(2, 1, SIZE, SIZE)))
    assert len(scales) == count == sum(weight > 0 for weight in built.weights)
    assert sum(built.weights) == pytest.approx(1)


def test_the_total_is_the_weighted_loss_of_the_scales() -> None:
    built, stage = made("supervised_strong")
    assert isinstance(built, SupervisedStrong)
    batch, seen = batch_for(stage), []
    scales = built.scales
    built.scales = lambda maps: seen.append(scales(maps)) or seen[-1]  # type: ignore[method-assign]
    value = float(built.step(batch, clock())["total"])
    losses = [cross_entropy_and_dice(one, at_scale(batch.masks, one.shape[-2:])).item() for one in seen[0]]
    assert value == pytest.approx((4 * losses[0] + 2 * losses[1] + losses[2]) / 7, rel=1e-5)


def test_every_head_and_the_network_are_moved() -> None:
    changed = moved(weights_after("supervised_strong"), weights_after("supervised_strong", lr=1e-9))
    assert {key.rsplit(".", 1)[0] for key in changed if key.startswith("heads")} == {"heads.0", "heads.1"}
    assert any(key.startswith("network.encoder") for key in changed)


def test_it_draws_labelled_slices_only_a_third_with_a_structure_for_sure() -> None:
    _, stage = made("supervised_strong")
    draw = stage.draw
    assert (draw.labeled, draw.unlabeled, draw.views, draw.foreground) == (BUDGET.labeled, 0, ("weak",), 0.33)


@pytest.mark.parametrize(
    ("fidelity", "expected"),
    [("fixed", (0.9, False, 1e-4)), ("official", (0.99, True, 3e-5)), ("paper", (0.99, True, 3e-5))],
)
def test_the_optimiser_is_that_of_all_under_fixed_and_nnunets_otherwise(
    fidelity: str, expected: tuple[float, bool, float]
) -> None:
    built, stage = made("supervised_strong", fidelity)
    (trained,) = built.begin(stage).values()
    (group,) = trained.optimizer.param_groups
    assert (group["momentum"], group["nesterov"], group["weight_decay"]) == expected
    assert group["lr"] == 0.01
    assert trained.schedule(clock(5, 10)) == pytest.approx(0.5**0.9)


@pytest.mark.parametrize(("nesterov", "expected"), [(True, [1.5, 1.75]), (False, [1.0, 1.5])])
def test_nesterov_looks_a_step_ahead(nesterov: bool, expected: list[float]) -> None:
    """Gradients of 1 and momentum 1/2: velocity 1, then 1.5; ahead of it 1 + 1/2, then 1 + 1.5/2."""
    weight, seen = torch.nn.Parameter(torch.zeros(1)), []
    trained = SupervisedStrongConfig(lr=1.0, momentum=0.5, weight_decay=0.0, nesterov=nesterov).trained([weight])
    for _ in range(2):
        before, weight.grad = weight.item(), torch.ones(1)
        trained.optimizer.step()
        seen.append(before - weight.item())
    assert seen == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fidelity", "preset", "policy"),
    [
        ("fixed", "paper", "nnunet"),
        ("fixed", "short", "mri"),
        ("fixed", "quick", "mri"),
        ("fixed", "demo", "action"),
        ("paper", "quick", "nnunet"),
        ("official", "paper", "nnunet"),
        ("official", "demo", "nnunet"),
    ],
)
def test_its_cell_has_nnunets_augmentation_where_fixed_has_none_of_its_own_and_all_else_of_its_preset(
    fidelity: str, preset: str, policy: str
) -> None:
    source = find("phantom")
    mine, plain = (
        resolve_cell(Wish(method=name, preset=preset, fidelity=fidelity), source, "cpu")
        for name in ("supervised_strong", "supervised")
    )
    assert mine.policy == values_of(policy) and mine.schedule.augmentation == policy
    assert mine.schedule == plain.schedule.model_copy(update={"augmentation": policy})
    asked = Wish(method="supervised_strong", preset=preset, fidelity=fidelity, set={"augmentation": "bcp"})
    assert resolve_cell(asked, source, "cpu").policy == values_of("bcp")


def test_it_has_no_twin() -> None:
    with pytest.raises(UsageError, match="supervised_strong learns from labels only and is its own twin"):
        resolve_cell(Wish(method="supervised_strong", preset="quick", twin=True), find("phantom"), "cpu")
