"""Uncertainty-aware mean teacher: the masked gap, the threshold, and the passes."""

import math

import pytest
import torch

from methods.parts.certainty import probabilities
from methods.uamt import UncertaintyAwareMeanTeacher, certain_gap, only_dropout
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, logits, made


def method(fidelity: str = "fixed", **overrides) -> UncertaintyAwareMeanTeacher:
    built, _ = made("uamt", fidelity, **overrides)
    assert isinstance(built, UncertaintyAwareMeanTeacher)
    return built


def pair() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    certain = torch.rand(2, 4, 4, generator=torch.Generator().manual_seed(5)) < 0.4
    return probabilities(logits(seed=1)), probabilities(logits(seed=2)), certain.float()


def test_the_gap_equals_the_loop_over_certain_pixels() -> None:
    predicted, target, certain = pair()
    slow = []
    for n, y, x in certain.nonzero().tolist():
        slow += [float(predicted[n, k, y, x] - target[n, k, y, x]) ** 2 for k in range(3)]
    assert certain_gap(predicted, target, certain, 3).item() == pytest.approx(sum(slow) / len(slow), rel=1e-5)


def test_where_all_is_certain_the_gap_is_mean_teachers() -> None:
    predicted, target, certain = pair()
    expected = (predicted - target).square().mean().item()
    assert certain_gap(predicted, target, torch.ones_like(certain), 3).item() == pytest.approx(expected, rel=1e-5)


def test_uncertain_pixels_are_ignored_whatever_they_say() -> None:
    predicted, target, certain = pair()
    other = torch.where(certain.unsqueeze(1) > 0, target, target.flip(1))
    assert certain_gap(predicted, target, certain, 3) == certain_gap(predicted, other, certain, 3)


def test_with_no_certain_pixel_the_term_is_0_and_finite() -> None:
    found = logits().requires_grad_()
    gap = certain_gap(probabilities(found), probabilities(logits(seed=1)), torch.zeros(2, 4, 4), 3)
    (slope,) = torch.autograd.grad(gap, found)
    assert gap.item() == 0
    assert (slope == 0).all()


@pytest.mark.parametrize(("fidelity", "classes"), [("paper", 4), ("official", 2), ("fixed", 4)])
def test_the_threshold_grows_to_the_greatest_entropy(fidelity: str, classes: int) -> None:
    built = method(fidelity)
    assert built.threshold(clock(0, 100)) == pytest.approx((0.75 + 0.25 * math.exp(-5)) * math.log(classes))
    assert built.threshold(clock(100, 100)) == pytest.approx(math.log(classes))


def test_the_code_averages_over_two_classes_of_four() -> None:
    predicted, target = (torch.eye(4)[k].view(1, 4, 1, 1) for k in (0, 1))
    certain = torch.ones(1, 1, 1)
    assert certain_gap(predicted, target, certain, method("fixed").classes).item() == pytest.approx(0.5)
    assert certain_gap(predicted, target, certain, method("official").classes).item() == pytest.approx(1.0)


def test_the_judged_prediction_is_the_mean_of_as_many_passes() -> None:
    built, passes = method(passes=3, noise=0.0), []
    handle = built.teacher.register_forward_hook(lambda _, __, out: passes.append(probabilities(out)))
    found = built.sampled(torch.rand(2, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0)), clock())
    handle.remove()
    assert len(passes) == 3
    assert not torch.equal(passes[0], passes[1])  # dropout differs
    torch.testing.assert_close(found, (passes[0] + passes[1] + passes[2]) / 3)


@pytest.mark.parametrize(
    ("fidelity", "passes", "calls"), [("fixed", 8, [2] * 8), ("official", 8, [4] * 4), ("official", 3, [4, 2])]
)
def test_the_code_makes_two_passes_in_a_call(fidelity: str, passes: int, calls: list[int]) -> None:
    built, seen = method(fidelity, passes=passes), []
    built.teacher.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    assert built.sampled(torch.rand(2, 1, SIZE, SIZE), clock()).shape == (2, 4, SIZE, SIZE)
    assert [len(images) for images in seen] == calls
    assert len({float(images.sum()) for call in seen for images in call}) == 2 * passes


def test_the_mean_uncertainty_is_logged() -> None:
    built, stage = made("uamt")
    values = built.step(batch_for(stage), clock())
    assert 0 < float(values["uncertainty"]) < math.log(4)


def test_only_dropout_draws_and_leaves_running_statistics_alone() -> None:
    teacher = torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.Dropout(0.5))
    before = {key: value.clone() for key, value in teacher.state_dict().items()}
    only_dropout(teacher)
    images = 5 + torch.rand(4, 2, 8, 8)
    assert not torch.equal(teacher(images), teacher(images))
    assert all(torch.equal(value, before[key]) for key, value in teacher.state_dict().items())
