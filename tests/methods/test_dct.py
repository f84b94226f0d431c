"""Co-training of a slice and its quarter turn: the mutual gap, the views, who moves."""

import pytest
import torch

from methods.dct import DeepCoTraining, mutual_gap
from methods.parts.certainty import probabilities
from methods.parts.turns import a_slice, turned
from tests.contract.toy import batch_for
from tests.methods.toy_runs import clock, logits, made, moved, weights_after


def test_the_gap_equals_the_loop() -> None:
    one, two = probabilities(logits(seed=1)), probabilities(logits(seed=2))
    slow = [(a - b) ** 2 for a, b in zip(one.flatten().tolist(), two.flatten().tolist(), strict=True)]
    assert mutual_gap(one, two).item() == pytest.approx(sum(slow) / len(slow), rel=1e-5)


def test_the_gap_is_symmetric_and_0_between_equals() -> None:
    one, two = probabilities(logits(seed=1)), probabilities(logits(seed=2))
    assert mutual_gap(one, two).item() == pytest.approx(mutual_gap(two, one).item())
    assert mutual_gap(one, one).item() == 0


def test_either_view_learns_half_since_the_other_is_a_constant_in_turn() -> None:
    one, two = (probabilities(logits(seed=seed)).requires_grad_() for seed in (1, 2))
    mine, others = torch.autograd.grad(mutual_gap(one, two), (one, two))
    torch.testing.assert_close(mine, (one - two).detach() / one.numel())  # half of 2 (one - two) / n
    torch.testing.assert_close(others, -mine)


def test_the_views_are_a_slice_and_its_turn_and_their_predictions_are_compared_in_register() -> None:
    built, stage = made("dct")
    batch, seen = batch_for(stage), []
    built.get_submodule("network").register_forward_hook(lambda _, args, out: seen.append((args[0], out)))
    value = built.step(batch, clock())["consistency"]
    turns = a_slice(batch.view("weak")[1], clock().rng)
    images, predicted = seen[0][0], probabilities(seen[0][1])
    assert torch.equal(images[2:4], batch.view("weak")[1])
    assert torch.equal(images[4:], turned(images[2:4], turns))
    gap = (predicted[4:] - turned(predicted[2:4], turns)).square().mean()
    assert float(value) == pytest.approx(gap.item(), rel=1e-5)


@pytest.mark.parametrize(("fidelity", "calls"), [("official", [4, 2]), ("fixed", [6])])
def test_the_code_sees_the_turned_view_in_a_call_of_its_own(fidelity: str, calls: list[int]) -> None:
    built, stage = made("dct", fidelity)
    seen: list[int] = []
    built.get_submodule("network").register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    built.step(batch_for(stage), clock())
    assert seen == calls


def test_it_has_no_values_of_the_paper_whose_method_is_another() -> None:
    assert DeepCoTraining.fidelities["fixed"] == {}
    assert DeepCoTraining.fidelities["official"] == {
        "lr_lag": 1,
        "ramp_steps": 200,
        "turns": "batch",
        "passes": "apart",
    }
    assert "paper" not in DeepCoTraining.fidelities


def test_a_network_that_does_not_see_directions_has_no_gap() -> None:
    built, stage = made("dct")
    assert isinstance(built, DeepCoTraining)
    point = torch.nn.Conv2d(1, 4, 1)
    built.network.forward = lambda images: point(images) + 0 * built.network.classify.bias.sum()  # type: ignore[method-assign]
    assert float(built.step(batch_for(stage), clock())["consistency"]) == pytest.approx(0, abs=1e-10)


def test_the_term_moves_the_weights() -> None:
    assert moved(weights_after("dct", weight=10.0, ramp=0.0), weights_after("dct", weight=0.0))
