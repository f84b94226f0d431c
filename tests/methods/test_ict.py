"""Interpolation consistency: which slices are mixed, and what is compared."""

import pytest
import torch

from methods.ict import InterpolationConsistency, halves, shuffled
from methods.parts.certainty import probabilities
from methods.parts.interpolate import beta_shares
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, made


def method(fidelity: str = "fixed", **overrides) -> InterpolationConsistency:
    built, _ = made("ict", fidelity, **overrides)
    assert isinstance(built, InterpolationConsistency)
    return built


def test_each_slice_is_mixed_with_another_one() -> None:
    first, second = shuffled(torch.arange(4))
    assert first.tolist() == [0, 1, 2, 3]
    assert second.tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize(("count", "expected"), [(4, [[0, 1], [2, 3]]), (3, [[0, 1], [1, 2]]), (1, [[0], [0]])])
def test_the_code_mixes_the_first_half_with_the_second(count: int, expected: list[list[int]]) -> None:
    assert [half.tolist() for half in halves(torch.arange(count))] == expected


@pytest.mark.parametrize(("fidelity", "mixed"), [("fixed", 2), ("official", 1)])
def test_the_term_equals_the_loop_over_pixels(fidelity: str, mixed: int) -> None:
    built, stage = made("ict", fidelity, weight=0.0, teacher_mode="running")
    assert isinstance(built, InterpolationConsistency)
    batch, seen = batch_for(stage), []
    unlabeled = batch.view("weak")[1]
    target = built.taught(unlabeled)
    handle = built.student.register_forward_hook(lambda _, args, out: seen.append((args[0], out)))
    value = built.step(batch, clock())["consistency"]
    handle.remove()
    share = beta_shares(unlabeled[:mixed], 0.2, clock().rng).flatten().tolist()
    images, predicted = seen[0][0][2:], probabilities(seen[0][1][2:])
    slow = []
    for n in range(mixed):
        other = (n + 1) % 2
        torch.testing.assert_close(images[n], (1 - share[n]) * unlabeled[n] + share[n] * unlabeled[other])
        columns = [maps.flatten().tolist() for maps in (predicted[n], target[n], target[other])]
        slow += [(p - (1 - share[n]) * one - share[n] * two) ** 2 for p, one, two in zip(*columns, strict=True)]
    assert float(value) == pytest.approx(sum(slow) / len(slow), rel=1e-4)


@pytest.mark.parametrize(("fidelity", "calls"), [("paper", [2]), ("official", [1, 1]), ("fixed", [2])])
def test_the_codes_teacher_sees_either_half_alone(fidelity: str, calls: list[int]) -> None:
    built, stage = made("ict", fidelity)
    assert isinstance(built, InterpolationConsistency)
    seen: list[int] = []
    built.teacher.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    built.step(batch_for(stage), clock())
    assert seen == calls


def test_a_slice_mixed_with_itself_is_mean_teachers_consistency() -> None:
    built = method()
    images = torch.rand(1, 1, SIZE, SIZE).expand(2, -1, -1, -1)
    first, second = shuffled(built.taught(images))
    torch.testing.assert_close(first, second)


def test_other_random_numbers_mix_otherwise() -> None:
    values = []
    for seed in (0, 1):
        built, stage = made("ict")
        torch.manual_seed(0)
        values.append(float(built.step(batch_for(stage), clock(seed=seed))["consistency"]))
    assert values[0] != values[1]


def test_the_batch_is_left_as_it_was() -> None:
    built, stage = made("ict")
    batch = batch_for(stage)
    before = batch.view("weak")[1].clone()
    built.step(batch, clock())
    assert torch.equal(batch.view("weak")[1], before)
