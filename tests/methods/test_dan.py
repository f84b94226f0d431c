"""Adversarial training: two optimisers, whose gradients reach whom, and in which mode each is judged."""

import math

import pytest
import torch

from methods import registry
from methods.dan import DeepAdversarial
from methods.parts.certainty import probabilities, settled
from methods.parts.critic import verdict_loss
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after


def method(**overrides) -> DeepAdversarial:
    built, _ = made("dan", **overrides)
    assert isinstance(built, DeepAdversarial)
    return built


def weights(built: DeepAdversarial) -> dict[str, torch.Tensor]:
    return {key: value.detach().clone() for key, value in built.named_parameters()}


def test_each_part_has_its_own_optimiser_and_schedule() -> None:
    built, stage = made("dan")
    trained = built.begin(stage)
    rates = {name: value.optimizer.param_groups[0]["lr"] for name, value in trained.items()}
    assert rates == {"network": 0.01, "critic": 1e-4}
    assert [trained[name].schedule(clock(50, 100)) for name in rates] == pytest.approx([0.5**0.9, 1.0])


def test_the_network_descends_the_critics_loss_for_unlabelled_slices_that_pass_as_labelled() -> None:
    built, stage = made("dan")
    assert isinstance(built, DeepAdversarial)
    batch, seen = batch_for(stage), []
    built.network.register_forward_hook(lambda _, __, out: seen.append(out.detach()))
    images = torch.cat(batch.view("weak"))
    built.critic.eval()
    value = built.step_network(images, batch.masks, clock())["adversarial"]
    judged = built.critic(probabilities(seen[0][2:]), images[2:])
    slow = [-math.log(math.exp(yes) / (math.exp(no) + math.exp(yes))) for no, yes in judged.tolist()]
    assert float(value) == pytest.approx(sum(slow) / 2, rel=1e-4)


def test_the_networks_update_leaves_the_critic_and_the_critics_the_network() -> None:
    built, stage = made("dan")
    assert isinstance(built, DeepAdversarial)
    batch = batch_for(stage)
    before = weights(built)
    built.step_network(torch.cat(batch.view("weak")), batch.masks, clock())
    between = weights(built)
    assert {key.split(".")[0] for key in moved(before, between)} == {"network"}
    built.step(batch, clock())
    assert {key.split(".")[0] for key in moved(between, weights(built))} == {"network", "critic"}


def test_what_the_networks_term_left_in_the_critic_is_no_part_of_its_own_update() -> None:
    built, stage = made("dan")
    assert isinstance(built, DeepAdversarial)
    batch, slopes = batch_for(stage), []
    built.critic_optimizer.register_step_pre_hook(
        lambda *_: slopes.extend(weight.grad.clone() for weight in built.critic.parameters())
    )
    seen = []
    built.critic.register_forward_hook(lambda _, args, out: seen.append((args, out)))
    built.step(batch, clock())
    (maps, _), judged = seen[1]
    assert not maps.requires_grad
    torch.testing.assert_close(slopes[-1], judged_slope(judged))


def judged_slope(judged: torch.Tensor) -> torch.Tensor:
    """Return the gradient of the critic's own loss for its last bias: softmax minus truth, mean over slices."""
    truth = torch.tensor([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    return (judged.detach().softmax(1) - truth).mean(0)


def test_the_critic_is_taught_with_the_maps_of_test_time() -> None:
    built, stage = made("dan", lr=1e-12)
    assert isinstance(built, DeepAdversarial)
    batch, seen = batch_for(stage), []
    built.critic.register_forward_hook(lambda part, args, out: seen.append((part.training, args[0], out)))
    value = built.step(batch, clock())["critic"]
    images = torch.cat(batch.view("weak"))
    assert [training for training, *_ in seen] == [False, True]
    torch.testing.assert_close(seen[1][1], settled(built.network, images))
    assert float(value) == pytest.approx(verdict_loss(seen[1][2], 2).item(), rel=1e-5)


def test_both_are_in_training_mode_after_an_update() -> None:
    built, stage = made("dan")
    built.step(batch_for(stage), clock())
    assert all(part.training for part in built.modules())


def test_settled_maps_are_the_evaluation_modes_and_carry_no_gradient() -> None:
    built = method()
    images = torch.rand(2, 1, SIZE, SIZE)
    assert torch.equal(settled(built.network, images), settled(built.network, images))
    assert not settled(built.network, images).requires_grad


def test_the_papers_and_the_codes_values() -> None:
    chosen = [registry.configure("dan", name, {}) for name in ("paper", "official", "fixed")]
    assert [config.critic_pooling for config in chosen] == ["quarters", "windows", "quarters"]
    assert [config.critic_sum for config in chosen] == ["plain"] * 3


def test_the_term_moves_the_network() -> None:
    changed = moved(weights_after("dan", weight=10.0, ramp=0.0), weights_after("dan", weight=0.0))
    assert any(key.startswith("network") for key in changed)
