"""Cross pseudo supervision: the loss to the other's labels, and two networks that stay apart."""

import math

import pytest
import torch

from methods.cps import CrossPseudoSupervision, taught_by
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, logits, made, moved, weights_after


def method(**overrides) -> CrossPseudoSupervision:
    built, _ = made("cps", **overrides)
    assert isinstance(built, CrossPseudoSupervision)
    return built


def test_the_loss_equals_the_loop_over_pixels() -> None:
    mine, others = logits(seed=1), logits(seed=2)
    slow = []
    for n, y, x in torch.cartesian_prod(torch.arange(2), torch.arange(4), torch.arange(4)).tolist():
        named = max(range(3), key=lambda k: float(others[n, k, y, x]))
        chances = [math.exp(float(value)) for value in mine[n, :, y, x]]
        slow.append(-math.log(chances[named] / sum(chances)))
    assert taught_by(mine, others).item() == pytest.approx(sum(slow) / len(slow), rel=1e-5)


def test_a_network_that_knows_nothing_pays_ln_of_the_classes() -> None:
    assert taught_by(torch.zeros(1, 3, 4, 4), logits(1)).item() == pytest.approx(math.log(3), rel=1e-5)


def test_only_the_others_first_choice_matters() -> None:
    mine, others = logits(seed=1), logits(seed=2)
    assert taught_by(mine, others) == taught_by(mine, 7 * others + 3)


def test_no_gradient_reaches_the_network_that_labels() -> None:
    mine, others = logits(seed=1).requires_grad_(), logits(seed=2).requires_grad_()
    taught_by(mine, others).backward()
    assert mine.grad is not None and mine.grad.abs().sum() > 0
    assert others.grad is None


def test_the_networks_start_apart() -> None:
    built = method()
    pairs = list(zip(built.first.parameters(), built.second.parameters(), strict=True))
    assert any(not torch.equal(one, two) for one, two in pairs)


def test_each_network_has_its_own_optimiser() -> None:
    built, stage = made("cps")
    trained = built.begin(stage)
    held = {
        name: {id(weight) for group in value.optimizer.param_groups for weight in group["params"]}
        for name, value in trained.items()
    }
    for name, part in built.predictors().items():
        assert held[name] == {id(weight) for weight in part.parameters()}


@pytest.mark.parametrize("fidelity", ["paper", "official", "fixed"])
def test_the_rate_does_not_lag(fidelity: str) -> None:
    built, stage = made("cps", fidelity)
    factors = [trained.schedule(clock(1, 100)) for trained in built.begin(stage).values()]
    assert factors == pytest.approx([0.99**0.9] * 2)


def test_the_term_moves_both_networks() -> None:
    changed = moved(weights_after("cps", weight=1.0, ramp=0.0), weights_after("cps", weight=0.0))
    assert {key.split(".")[0] for key in changed} == {"first", "second"}


def test_each_network_is_taught_by_the_others_labels_of_the_same_update() -> None:
    built, stage = made("cps", ramp=0.0)
    seen = {}
    for name, part in built.predictors().items():
        part.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out[2:].detach()}))
    values = built.step(batch_for(stage), clock())
    assert float(values["cross"]) == pytest.approx(taught_by(seen["first"], seen["second"]).item(), rel=1e-5)
    assert float(values["second_cross"]) == pytest.approx(taught_by(seen["second"], seen["first"]).item(), rel=1e-5)
    assert float(values["total"]) == pytest.approx(float(values["supervised"] + values["cross"]), rel=1e-5)


def test_one_network_alone_is_a_predictor() -> None:
    built = method().eval()
    first, second = (part(torch.zeros(1, 1, SIZE, SIZE)) for part in built.predictors().values())
    assert not torch.equal(first, second)
