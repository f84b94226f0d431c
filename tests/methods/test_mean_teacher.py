"""Mean teacher: the gap, the teacher's noise, and when the term counts."""

import math

import pytest
import torch

from methods.mean_teacher import MeanTeacher, standard_normal
from methods.parts.certainty import probabilities, squared_gap
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, logits, made


def method(fidelity: str = "fixed", **overrides) -> MeanTeacher:
    built, _ = made("mean_teacher", fidelity, **overrides)
    assert isinstance(built, MeanTeacher)
    return built


def test_the_gap_equals_the_loop() -> None:
    one, two = (probabilities(logits(seed=seed)) for seed in (1, 2))
    slow = [float(a - b) ** 2 for a, b in zip(one.flatten(), two.flatten(), strict=True)]
    assert squared_gap(one, two).item() == pytest.approx(sum(slow) / len(slow), rel=1e-5)


def test_sure_of_different_classes_is_two_of_as_many_as_there_are() -> None:
    one, two = (torch.zeros(1, 4, 2, 2) for _ in range(2))
    one[:, 0], two[:, 1] = 1, 1
    assert squared_gap(one, two).item() == pytest.approx(2 / 4)


def test_the_logged_term_is_the_gap_to_the_teachers_view_of_noisy_slices() -> None:
    built, stage = made("mean_teacher", noise=0.0)
    assert isinstance(built, MeanTeacher)
    batch = batch_for(stage)
    labeled, unlabeled = batch.view("weak")
    torch.manual_seed(0)
    with torch.no_grad():
        seen = probabilities(built.student(torch.cat([labeled, unlabeled])))[len(labeled) :]
        target = probabilities(built.teacher.eval()(unlabeled))
    torch.manual_seed(0)
    built.student.load_state_dict(made("mean_teacher")[0].student.state_dict())
    values = built.step(batch, clock())
    assert float(values["consistency"]) == pytest.approx(squared_gap(seen, target).item(), rel=1e-4)


def test_noise_is_clipped_and_the_updates_own() -> None:
    built, images = method(noise=1.0), torch.zeros(2, 1, SIZE, SIZE)
    drawn = built.noise(images, clock(seed=1))
    assert drawn.abs().max().item() == pytest.approx(0.2)
    assert torch.equal(drawn, built.noise(images, clock(seed=1)))
    assert not torch.equal(drawn, built.noise(images, clock(seed=2)))


@pytest.mark.parametrize(
    ("fidelity", "update", "expected"),
    [
        ("fixed", 0, 0.1 * math.exp(-5)),
        ("fixed", 3000, 0.1),
        ("fixed", 100, 0.1 * math.exp(-5 * (1 - 1 / 30) ** 2)),
        ("official", 14, 0.1 * math.exp(-5)),
        ("official", 100, 0.1 * math.exp(-5 * (1 - 6 / 200) ** 2)),
        ("paper", 800, 100.0),
    ],
)
def test_the_weight_grows_and_in_the_code_by_200_steps(fidelity: str, update: int, expected: float) -> None:
    assert method(fidelity).weight(clock(update, 3000)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fidelity", "update", "expected"), [("fixed", 0, 1.0), ("official", 99, 0.0), ("official", 100, 1.0)]
)
def test_the_term_is_0_in_the_codes_first_thirtieth(fidelity: str, update: int, expected: float) -> None:
    assert method(fidelity).heard(clock(update, 3000)) == expected


def test_a_silent_term_is_logged_as_0() -> None:
    built, stage = made("mean_teacher", "official")
    assert float(built.step(batch_for(stage), clock(0, 3000))["consistency"]) == 0


def test_noise_keeps_the_images_precision() -> None:
    assert standard_normal(torch.zeros(1, 1, 2, 2, dtype=torch.float64), clock().rng).dtype == torch.float64
