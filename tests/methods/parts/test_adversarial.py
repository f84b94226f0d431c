"""Adversarial directions: their length, the slope against finite differences, and what batch norm keeps of a pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from methods.parts.adversarial import directed, draw_direction, soft_dice_loss, steepest
from methods.parts.passes import unfollowed


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Tanh(), nn.Conv2d(3, 3, 3, padding=1)
    ).double()


def images(seed: int = 0, slices: int = 2, side: int = 4) -> Tensor:
    return torch.rand(slices, 1, side, side, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slow_dice_loss(predicted: Tensor, target: Tensor) -> float:
    total = 0.0
    for kind in range(predicted.shape[1]):
        one, other = predicted[:, kind].flatten().tolist(), target[:, kind].flatten().tolist()
        overlap = sum(a * b for a, b in zip(one, other, strict=True))
        total += 1 - 2 * overlap / (sum(a * a for a in one) + sum(b * b for b in other))
    return total / predicted.shape[1]


def slow_direction(gap: Callable[[Tensor], float], place: Tensor, step: float = 1e-5) -> Tensor:
    """Return the slope by central differences, a pixel at a time, at length 1 a slice."""
    slope = torch.zeros_like(place)
    for number in range(place.numel()):
        off = torch.zeros(place.numel(), dtype=place.dtype)
        off[number] = step
        slope.view(-1)[number] = (gap(place + off.view_as(place)) - gap(place - off.view_as(place))) / (2 * step)
    lengths = [sum(value**2 for value in one.flatten().tolist()) ** 0.5 for one in slope]
    return torch.stack([one / length for one, length in zip(slope, lengths, strict=True)])


def test_the_loss_equals_the_loop_and_is_0_where_predictions_are_alike() -> None:
    one, other = (images(seed, 2, 6).repeat(1, 3, 1, 1).softmax(1) * images(seed + 2, 2, 6) for seed in (0, 1))
    assert soft_dice_loss(one, other).item() == pytest.approx(slow_dice_loss(one, other), rel=1e-9)
    assert soft_dice_loss(one, one).item() == pytest.approx(0, abs=1e-9)


def test_a_direction_has_length_1_a_slice_and_is_of_the_updates_numbers() -> None:
    given = torch.rand(3, 2, 5, 7)
    one, again, other = (draw_direction(given, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert [part.norm().item() for part in one] == pytest.approx([1, 1, 1], rel=1e-5)
    assert torch.equal(one, again) and not torch.equal(one, other)
    assert one.min() < -0.05 and one.max() > 0.05  # to both sides


def test_the_slope_equals_finite_differences() -> None:
    built, given = network(), images()
    target = built(given).softmax(1).detach()
    start = draw_direction(given, torch.Generator().manual_seed(3))
    wanted = slow_direction(lambda off: slow_dice_loss(built(given + off).softmax(1), target), 0.5 * start)
    torch.testing.assert_close(steepest(built, given, target, start, 0.5), wanted, rtol=1e-4, atol=1e-6)


def test_a_step_that_way_leaves_the_target_farther_than_a_random_one() -> None:
    built, given = network(), images(side=8)
    target = built(given).softmax(1).detach()
    random = draw_direction(given, torch.Generator().manual_seed(0))
    worst = steepest(built, given, target, random, 0.1)
    near, far = (soft_dice_loss(built(given + way).softmax(1), target) for way in (random, worst))
    assert far > 2 * near


def test_no_weight_gets_a_gradient_of_the_slope() -> None:
    built, given = network(), images()
    steepest(built, given, built(given).softmax(1).detach(), directed(given), 1.0)
    assert all(weight.grad is None for weight in built.parameters())


def test_batch_norm_keeps_nothing_of_a_pass_that_is_not_followed() -> None:
    built, given = network(), images()
    before = [buffer.clone() for buffer in built.buffers()]
    plain = built(given)
    for buffer, was in zip(built.buffers(), before, strict=True):
        assert not torch.equal(buffer, was)
        buffer.copy_(was)
    with unfollowed(built):
        assert torch.equal(built(given), plain)  # the batch's own statistics all the same
    assert all(torch.equal(buffer, was) for buffer, was in zip(built.buffers(), before, strict=True))
    built(given)
    assert not any(torch.equal(buffer, was) for buffer, was in zip(built.buffers(), before, strict=True))


def test_a_norm_that_never_followed_is_left_so_after_an_error() -> None:
    built = nn.Sequential(nn.BatchNorm2d(1, track_running_stats=False), nn.BatchNorm2d(1))
    with pytest.raises(RuntimeError), unfollowed(built):
        raise RuntimeError
    assert [part.track_running_stats for part in built] == [False, True]
