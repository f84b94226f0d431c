"""Entropy minimisation: the term's value, whose pixels it counts, that it moves the weights."""

import math

import pytest
import torch

from methods import registry
from methods.em import PIXELS, relative_entropy
from methods.parts.one_stage import Ramped
from tests.contract.toy import batch_for
from tests.methods.toy_runs import clock, logits, made, moved, weights_after


def test_relative_entropy_equals_the_loop() -> None:
    found = logits()
    slow = []
    for pixel in found.movedim(1, -1).reshape(-1, 3):
        chances = pixel.softmax(0).tolist()
        slow.append(-sum(p * math.log(p) for p in chances) / math.log(3))
    assert relative_entropy(found).item() == pytest.approx(sum(slow) / len(slow), abs=1e-5)


def test_it_is_1_where_nothing_is_known_and_0_where_all_is() -> None:
    assert relative_entropy(torch.zeros(1, 5, 2, 2)).item() == pytest.approx(1, abs=1e-4)
    assert relative_entropy(100 * torch.eye(2).view(1, 2, 2, 1)).item() == pytest.approx(0, abs=1e-4)


def test_order_of_classes_and_pixels_does_not_matter() -> None:
    found = logits()
    assert relative_entropy(found.flip(1, 2)).item() == pytest.approx(relative_entropy(found).item(), abs=1e-6)


def test_a_step_down_the_term_makes_predictions_surer() -> None:
    found = logits().requires_grad_()
    before = relative_entropy(found)
    (slope,) = torch.autograd.grad(before, found)
    assert relative_entropy(found - 10 * slope) < before


def test_labelled_pixels_count_in_the_code_and_not_in_the_paper() -> None:
    found = logits(3)
    assert torch.equal(PIXELS["unlabeled"](found, 1), found[1:])
    assert torch.equal(PIXELS["all"](found, 1), found)
    chosen = {name: registry.configure("em", name, {}) for name in ("paper", "official", "fixed")}
    assert [config.pixels for config in chosen.values()] == ["unlabeled", "all", "unlabeled"]
    assert [config.weight for config in chosen.values()] == [0.001, 0.1, 0.1]
    assert [config.ramp for config in chosen.values()] == [0.0, 1.0, 1.0]


def test_the_term_moves_the_weights() -> None:
    assert moved(weights_after("em", weight=1.0, ramp=0.0), weights_after("em", weight=0.0))


@pytest.mark.parametrize(("update", "expected"), [(0, 0.1 * math.exp(-5)), (50, 0.1 * math.exp(-1.25)), (100, 0.1)])
def test_the_weight_grows_over_the_whole_run(update: int, expected: float) -> None:
    method, _ = made("em")
    assert isinstance(method, Ramped)
    assert method.weight(clock(update, 100)) == pytest.approx(expected)


def test_the_logged_entropy_is_that_of_the_unlabelled_slices() -> None:
    method, stage = made("em")
    method.eval()  # then a slice's prediction does not depend on the others
    batch = batch_for(stage)
    with torch.no_grad():
        expected = relative_entropy(method.get_submodule("network")(batch.view("weak")[1]))
    values = method.step(batch, clock())
    assert float(values["entropy"]) == pytest.approx(expected.item(), abs=1e-5)
