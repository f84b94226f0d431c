"""Pyramid consistency: the rectified gaps, and which features the heads see."""

import math

import pytest
import torch

from methods.networks.factory import Networks
from methods.parts.supervised import segmentation_loss
from methods.urpc import PyramidConsistency, UrpcConfig, rectified_gaps
from tests.contract.toy import SIZE, TASK, batch_for
from tests.methods.toy_runs import clock, logits, made, moved, weights_after


def method(**overrides) -> PyramidConsistency:
    built, _ = made("urpc", **overrides)
    assert isinstance(built, PyramidConsistency)
    return built


def slow_gaps(scales: list[torch.Tensor]) -> float:
    chances = [scale.softmax(1) for scale in scales]
    count, classes, height, width = chances[0].shape
    total = 0.0
    for found in chances:
        weighted = trusts = divergences = 0.0
        for n, y, x in torch.cartesian_prod(*(torch.arange(d) for d in (count, height, width))).tolist():
            own = found[n, :, y, x].tolist()
            mean = [sum(float(other[n, k, y, x]) for other in chances) / len(chances) for k in range(classes)]
            divergence = sum(m * (math.log(m) - math.log(p)) for m, p in zip(mean, own, strict=True))
            weighted += math.exp(-divergence) * sum((m - p) ** 2 for m, p in zip(mean, own, strict=True))
            trusts += math.exp(-divergence)
            divergences += divergence
        pixels = count * height * width
        total += (weighted / (pixels * classes)) / (trusts / pixels + 1e-8) + divergences / pixels
    return total / len(scales)


@pytest.mark.parametrize("scales", [2, 4])
def test_the_gaps_equal_the_loop(scales: int) -> None:
    found = [logits(seed=seed) for seed in range(scales)]
    assert rectified_gaps(found).mean().item() == pytest.approx(slow_gaps(found), rel=1e-5)


def test_there_is_a_gap_a_scale() -> None:
    one = logits()
    gaps = rectified_gaps([one, one, logits(seed=1)])
    assert gaps.shape == (3,)
    assert gaps[0] == gaps[1] < gaps[2]


def test_dropout_is_of_the_updates_own_numbers() -> None:
    built = method()
    torch.manual_seed(0)
    maps = built.network.maps(torch.rand(2, 1, 64, 64))
    torch.manual_seed(0)
    first = built.perturbed(maps, clock())
    torch.manual_seed(1)
    again = built.perturbed(maps, clock())
    others = [built.perturbed(maps, clock(seed=seed)) for seed in range(1, 6)]  # two shares may drop the same
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    for one, *each in zip(first, *others, strict=True):
        assert not all(torch.equal(one, two) for two in each)


def test_scales_that_agree_have_no_gap() -> None:
    assert rectified_gaps([logits()] * 4).mean().item() == pytest.approx(0, abs=1e-6)


def test_two_scales_sure_of_different_classes() -> None:
    one, two = (100 * torch.eye(2)[k].view(1, 2, 1, 1) for k in (0, 1))
    # the mean is (1/2, 1/2); each scale's divergence is ln(1/2) + 1/2 * 100; the trusted mean of 1/4 is 1/4
    expected = math.log(0.5) + 50
    assert rectified_gaps([one, two]).mean().item() == pytest.approx(expected, rel=1e-3)


def test_order_of_scales_and_slices_does_not_matter() -> None:
    found = [logits(seed=seed) for seed in range(3)]
    other = [scale.flip(0) for scale in found[::-1]]
    assert rectified_gaps(found).mean().item() == pytest.approx(rectified_gaps(other).mean().item(), rel=1e-5)


def test_the_gradient_reaches_every_scale_and_is_finite_at_extremes() -> None:
    found = [(200 * logits(seed=seed)).requires_grad_() for seed in range(3)]
    for slope in torch.autograd.grad(rectified_gaps(found).sum(), found):
        assert torch.isfinite(slope).all()
        assert slope.abs().sum() > 0


def test_heads_stand_at_a_half_a_quarter_and_an_eighth() -> None:
    built = method()
    maps = built.network.maps(torch.rand(2, 1, SIZE, SIZE))
    assert [level.shape[-1] for level in built.perturbed(maps, clock())] == [SIZE // 2, SIZE // 4, SIZE // 8]
    assert [level.shape for level in built.pyramid(maps, clock())] == [(2, TASK.classes, SIZE, SIZE)] * 4


def test_coarse_logits_are_repeated_not_smoothed() -> None:
    built = method()
    coarsest = built.pyramid(built.network.maps(torch.rand(1, 1, SIZE, SIZE)), clock())[-1]
    blocks = coarsest.unfold(2, 8, 8).unfold(3, 8, 8)
    assert torch.equal(blocks, blocks[..., :1, :1].expand_as(blocks))


def test_each_head_sees_its_own_perturbation() -> None:
    built = method()
    maps = built.network.maps(torch.rand(2, 1, SIZE, SIZE))
    noised, masked, dropped = built.perturbed(maps, clock())
    fine, middle, coarse = maps.decoder[-2], maps.decoder[-3], maps.decoder[-4]
    assert ((noised - fine).abs() <= 0.3 * fine.abs() + 1e-6).all()
    gone = (masked == 0).all(1)
    assert gone.any() and not gone.all()
    torch.testing.assert_close(masked.movedim(1, -1)[~gone], middle.movedim(1, -1)[~gone])
    torch.testing.assert_close(dropped[dropped != 0], 2 * coarse[dropped != 0])


@pytest.mark.parametrize(("backbone", "heads"), [("unet", 3), ("resnet18", 3), ("fpn:tu-resnet18", 1)])
def test_there_are_as_many_heads_as_the_backbone_has_scales(backbone: str, heads: int) -> None:
    networks = Networks(backbone, TASK.classes, weights=None, seed=0)
    built = networks.initialize(lambda networks: PyramidConsistency(TASK, networks, UrpcConfig()))
    assert len(built.heads) == heads
    scales = built.pyramid(built.network.maps(torch.rand(2, 1, SIZE, SIZE)), clock())
    assert [scale.shape for scale in scales] == [(2, TASK.classes, SIZE, SIZE)] * (heads + 1)


def test_the_supervised_loss_is_the_mean_over_scales() -> None:
    built, stage = made("urpc")
    assert isinstance(built, PyramidConsistency)
    batch, seen = batch_for(stage), []
    pyramid = built.pyramid
    built.pyramid = lambda maps, now: seen.append(pyramid(maps, now)) or seen[-1]  # type: ignore[method-assign]
    value = float(built.step(batch, clock())["supervised"])
    losses = [segmentation_loss(scale[:2], batch.masks).item() for scale in seen[0]]
    assert len(losses) == 4
    assert value == pytest.approx(sum(losses) / 4, rel=1e-5)


def test_the_term_moves_the_network_and_its_heads() -> None:
    changed = moved(weights_after("urpc", weight=1.0, ramp=0.0), weights_after("urpc", weight=0.0))
    assert {key.split(".")[0] for key in changed} == {"network", "heads"}
