"""Shares of what is drawn are those of the released loaders, counted over as many draws, to four standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from benchmark.cells.augmentation import POLICIES
from benchmark.cells.preset import resolve
from data.geometry import Motion, TurnOrRotation
from data.intensity import Chance, Jitter
from methods.registry import entry
from tests.methods.golden.released import load

GEOMETRIES = {
    "geometric": "ssl4mis_weak",
    "fixmatch": "ssl4mis_fixmatch_weak_strong",
    "bcp": "bcp_weak",
    "unimatch": "unimatch_medical",
}


SLICES = ("share_of_slices_jittered", "share_of_slices_blurred", "blur_radius_min_mean_max")
VIEWS = ("share_of_strong_views_jittered", "share_of_strong_views_blurred", "blur_radius_min_mean_max")


def chance() -> Chance:
    return Chance(torch.Generator().manual_seed(0), torch.Generator().manual_seed(1))


def released(key: str) -> Any:
    return load("augmentation")[key]


def draws() -> int:
    return int(released("ssl4mis_weak/draws"))


def assert_share(mine: float, theirs: float, count: int, draws_there: int | None = None) -> None:
    """Ask for two shares of ``count`` draws each to lie within four standard errors of their difference."""
    pooled = (mine + theirs) / 2
    error = (pooled * (1 - pooled) * (1 / count + 1 / (draws_there or count))) ** 0.5
    assert abs(mine - theirs) <= 4 * error, f"{mine} here, {theirs} there"


def motion_of(name: str) -> Motion:
    geometry = POLICIES[name].geometry
    assert isinstance(geometry, TurnOrRotation)
    return geometry.draw(draws(), torch.Generator().manual_seed(0))


def strong_of(name: str) -> Jitter:
    strong = POLICIES[name].strong
    assert isinstance(strong, Jitter)
    return strong


@pytest.mark.parametrize(("name", "there"), GEOMETRIES.items())
def test_shares_turned_and_rotated_are_the_released_ones(name: str, there: str) -> None:
    motion, count = motion_of(name), draws()
    assert_share(float(motion.turned.double().mean()), float(released(f"{there}/share_turned_and_flipped")), count)
    assert_share(float(motion.rotated.double().mean()), float(released(f"{there}/share_rotated")), count)
    assert not (motion.turned & motion.rotated).any()


@pytest.mark.parametrize("name", ["geometric", "fixmatch"])
def test_a_slice_is_never_left_where_it_never_is_there(name: str) -> None:
    motion = motion_of(name)
    assert float(released(f"{GEOMETRIES[name]}/share_neither")) == 0
    assert (motion.turned | motion.rotated).all()


@pytest.mark.parametrize("name", ["geometric", "fixmatch", "bcp"])
def test_turns_and_flips_are_the_released_ones(name: str) -> None:
    motion, there = motion_of(name), GEOMETRIES[name]
    count = int(motion.turned.sum())
    for key, mine in (
        ("quarter_turns_counts_0_to_3", torch.bincount(motion.quarter[motion.turned], minlength=4)),
        ("flip_axis_counts_0_1", torch.bincount((~motion.flips_rows[motion.turned]).long(), minlength=2)),
    ):
        theirs = released(f"{there}/{key}")
        for number, other in zip(mine.tolist(), theirs.tolist(), strict=True):
            assert_share(number / count, other / theirs.sum(), count, int(theirs.sum()))


@pytest.mark.parametrize("name", ["geometric", "bcp"])
def test_angles_are_the_released_whole_degrees(name: str) -> None:
    motion, there = motion_of(name), GEOMETRIES[name]
    degrees = motion.degrees[motion.rotated]
    assert bool(released(f"{there}/angle_all_whole_degrees"))
    assert torch.equal(degrees, degrees.round())
    assert [float(degrees.min()), float(degrees.max())] == released(f"{there}/angle_min_max").tolist()
    mine, theirs = torch.bincount((degrees + 20).long(), minlength=41), released(f"{there}/angle_counts_from_minus20")
    for number, other in zip(mine.tolist(), theirs.tolist(), strict=True):
        assert_share(number / len(degrees), other / theirs.sum(), len(degrees), int(theirs.sum()))


def test_actions_loaders_move_nothing() -> None:
    assert float(released("action_stages/share_neither")) == 1
    assert POLICIES["action"].geometry is None


ORDERS = {"smooth": 1, "nearest": 0, "cubic": 3}


@pytest.mark.parametrize(
    ("method", "preset", "there"),
    [
        ("supervised", "paper", "ssl4mis_weak"),
        ("fixmatch", "quick", "ssl4mis_fixmatch_weak_strong"),
        ("bcp", "quick", "bcp_weak"),
        ("action", "quick", "action_stages"),
        ("action_plus", "paper", "action_stages"),
    ],
)
def test_resizing_under_official_has_the_released_spline_orders(method: str, preset: str, there: str) -> None:
    resizing = resolve(preset, entry(method).cls.loaders.get("official", {})).resizing
    assert [ORDERS[resizing], 0] == released(f"{there}/resize_spline_order_image_label").tolist()


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("fixmatch", "ssl4mis_fixmatch_weak_strong/jitter_brightness_contrast_saturation_hue"),
        ("unimatch", "unimatch_medical/jitter_brightness_contrast_saturation_hue"),
        ("action", "action_pretraining_intensity/jitter_brightness_contrast_saturation_hue"),
    ],
)
def test_factors_are_as_far_from_1_as_the_released_ones(name: str, there: str) -> None:
    strong = strong_of(name)
    assert [strong.brightness, strong.contrast] == released(there)[:2].tolist()


def test_factors_of_the_strong_view_of_geometric_are_those_of_actions_third_stage() -> None:
    drawn, strong = strong_of("geometric").draw(draws(), chance()), strong_of("geometric")
    key = "action_finetuning_intensity/jitter_brightness_contrast_saturation_hue_ranges"
    assert [1 - strong.brightness, 1 + strong.brightness] == released(key)[0].tolist()
    assert [1 - strong.contrast, 1 + strong.contrast] == released(key)[1].tolist()
    for factor, (least, greatest) in zip((drawn.brightness, drawn.contrast), released(key)[:2], strict=True):
        assert least <= float(factor.min()) < least + 0.01 and greatest - 0.01 < float(factor.max()) <= greatest


@pytest.mark.parametrize(
    ("name", "jittered", "blurred", "radius"),
    [
        ("geometric", *(f"action_finetuning_intensity/{key}" for key in SLICES)),
        ("unimatch", *(f"unimatch_medical/{key}" for key in VIEWS)),
        ("fixmatch", "ssl4mis_fixmatch_weak_strong/share_jittered", None, None),
    ],
)
def test_shares_jittered_and_blurred_are_the_released_ones(
    name: str, jittered: str, blurred: str | None, radius: str | None
) -> None:
    drawn, count = strong_of(name).draw(draws(), chance()), draws()
    assert_share(float(drawn.jittered.double().mean()), float(released(jittered)), count)
    assert_share(float(drawn.blurred.double().mean()), 0.0 if blurred is None else float(released(blurred)), count)
    if radius is not None:
        assert_radii(drawn.sigma_px[drawn.blurred].double(), released(radius).tolist())


def assert_radii(mine: torch.Tensor, theirs: Sequence[float]) -> None:
    """Ask for radii between the same ends, to a thousandth, and of the same mean, to four standard errors."""
    ends = [float(mine.min()), float(mine.max())]
    assert ends == pytest.approx([theirs[0], theirs[2]], abs=2e-3)
    error = float(mine.std()) * (2 / len(mine)) ** 0.5
    assert float(mine.mean()) == pytest.approx(theirs[1], abs=4 * error)


def test_a_batch_of_actions_first_stages_is_jittered_and_blurred_as_there() -> None:
    key, count, slices = "action_pretraining_intensity", draws(), 3
    each = chance()
    batches = [strong_of("action").draw(slices, each) for _ in range(count)]
    jittered, blurred, sigma = (
        torch.stack([getattr(one, name) for one in batches]) for name in ("jittered", "blurred", "sigma_px")
    )
    for one in (jittered, blurred, sigma):
        assert (one == one[:, :1]).all()  # of the batch, not of a slice
    assert int(released(f"{key}/blur_radii_per_batch")) == 1
    assert_share(float(jittered[:, 0].double().mean()), float(released(f"{key}/share_of_batches_jittered")), count)
    assert_share(float(blurred[:, 0].double().mean()), float(released(f"{key}/share_of_batches_blurred")), count)
    both = (jittered & blurred)[:, 0].double().mean()
    assert_share(float(both), float(released(f"{key}/share_both")), count)
    assert_radii(sigma[:, 0][blurred[:, 0]].double(), released(f"{key}/blur_radius_min_mean_max").tolist())


def test_factors_of_actions_first_stages_are_drawn_for_each_slice() -> None:
    slices = 3
    assert released("action_pretraining_intensity/jitters_drawn_per_batch_of_3").tolist() == [slices]
    drawn = strong_of("action").draw(slices, chance())
    assert len(set(drawn.brightness.tolist())) == len(set(drawn.contrast.tolist())) == slices


def test_jitter_reaches_the_students_images_and_blur_the_teachers_alone() -> None:
    assert bool(released("action_pretraining_intensity/jitter_changes_the_students_images_too"))
    strong = strong_of("action")
    teacher, student = (each.draw(4, chance()) for each in (strong, strong.sharp()))
    for name in ("jittered", "brightness", "contrast", "brightness_first"):
        assert torch.equal(getattr(teacher, name), getattr(student, name))
    assert not student.blurred.any()
