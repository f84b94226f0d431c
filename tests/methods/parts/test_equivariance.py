"""Turned slices: where pixels come from, and the divergence beside a loop in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.parts.equivariance import Turning, draw_grid, equivariance_loss, turned

STILL = Turning(degrees=0, least=1, most=1, shift=0, bend=0)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 3, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 1, side, side, generator=rng(9))


def test_with_nothing_drawn_slices_stay_or_are_all_mirrored() -> None:
    images, seen = pictures(), set()
    for seed in range(12):
        moved = turned(images, draw_grid(images, STILL, rng(seed)))
        kinds = {name for name, one in (("same", images), ("mirrored", images.flip(3))) if torch.allclose(moved, one)}
        assert len(kinds) == 1
        seen |= kinds
    assert seen == {"same", "mirrored"}


def test_a_slice_is_turned_by_its_angle_and_no_more_than_allowed() -> None:
    images = pictures(400, 4)
    grid = draw_grid(images, Turning(60, 1, 1, 0, 0), rng())
    step = grid[:, 0, 1] - grid[:, 0, 0]  # one pixel to the right, in the image it is taken from
    angle = torch.atan2(step[:, 1], step[:, 0].abs()).rad2deg()
    assert 58 < angle.max() <= 60.001
    assert -60.001 <= angle.min() < -58
    torch.testing.assert_close(step.norm(dim=1), torch.full((400,), 0.5))


def test_a_slice_is_enlarged_within_the_limits() -> None:
    images = pictures(400, 4)
    grid = draw_grid(images, Turning(0, 0.8, 1.25, 0, 0), rng())
    zoom = 0.5 / (grid[:, 0, 1] - grid[:, 0, 0]).norm(dim=1)
    assert 0.8 <= zoom.min() < 0.81
    assert 1.23 < zoom.max() <= 1.2501


def test_a_slice_is_shifted_and_bent_within_the_limits() -> None:
    images, still = pictures(400, 5), None
    for turning, most in ((Turning(0, 1, 1, 0.1, 0), 0.1), (Turning(0, 1, 1, 0, 0.01), 0.01)):
        still = draw_grid(images, STILL, rng()) if still is None else still
        away = (draw_grid(images, turning, rng()).abs() - still.abs()).abs()  # whichever way it is mirrored
        assert 0.9 * most < away[..., 1].max() <= 1.0001 * most


def slow_loss(logits: np.ndarray, expected: np.ndarray, counted: np.ndarray) -> float:
    def chances(values: np.ndarray) -> np.ndarray:
        return np.exp(values) / np.exp(values).sum()

    means = []
    for slice_, wanted, weights in zip(logits, expected, counted[:, 0], strict=True):
        total = 0.0
        for row, column in np.ndindex(weights.shape):
            p, q = chances(wanted[:, row, column]), chances(slice_[:, row, column])
            total += weights[row, column] * float((p * np.log(p / q)).sum())
        means.append(total / (weights.sum() + 1e-7))
    return float(np.mean(means))


def test_the_divergence_is_the_loops_value() -> None:
    logits, expected = (torch.randn(3, 4, 5, 5, generator=rng(seed), dtype=torch.float64) for seed in (0, 1))
    counted = torch.rand(3, 1, 5, 5, generator=rng(2), dtype=torch.float64).round(decimals=1)
    counted[2] = 0  # an image without a pixel counts 0 in the mean
    fast = equivariance_loss(logits, expected, counted)
    assert fast.item() == pytest.approx(slow_loss(logits.numpy(), expected.numpy(), counted.numpy()))


def test_it_is_0_for_a_network_that_turns_with_its_slice() -> None:
    images = pictures()
    grid = draw_grid(images, Turning(60, 0.8, 1.2, 0.1, 0.01), rng())
    inside = turned(torch.ones_like(images), grid)

    def brightness(seen: torch.Tensor) -> torch.Tensor:  # a pixel's class by its own value
        return torch.cat([seen, 1 - seen], 1)

    expected = turned(brightness(images), grid)
    whole = (inside > 0.999).float()  # where nothing comes from outside
    assert whole.mean() > 0.3
    assert equivariance_loss(brightness(turned(images, grid)), expected, whole).item() == pytest.approx(0, abs=1e-6)
    assert equivariance_loss(brightness(images), expected, whole).item() > 0.005


def test_the_expected_side_has_no_gradient() -> None:
    logits, expected = (torch.randn(1, 2, 3, 3, generator=rng(seed)).requires_grad_() for seed in (0, 1))
    equivariance_loss(logits, expected, torch.ones(1, 1, 3, 3)).backward()
    assert logits.grad is not None
    assert logits.grad.abs().sum() > 0
    assert expected.grad is None
