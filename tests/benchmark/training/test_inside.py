"""The look at the network that learns: known ranks and norms, and nothing of the training is other for it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from benchmark.training.checkpoint import Checkpoint
from benchmark.training.inside import GRADIENT, RANK, SLICES, Inside, effective_rank, gradient, learning, looking
from benchmark.training.trainer import Outcome, _ranked
from benchmark.training.update import first_of
from data.batch import Draw
from methods import registry
from methods.base import Stage, segmenter_of
from methods.networks.unet import UNet
from tests.benchmark.training.test_trainer import Silent, assert_same, pool, trainer


def test_rank_is_the_number_of_equal_directions() -> None:
    assert effective_rank(torch.tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 10.0]])) == pytest.approx(1)  # on a line
    square = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert effective_rank(square) == pytest.approx(2)
    assert effective_rank(square + 7) == pytest.approx(2)  # centred
    assert effective_rank(10 * square) == pytest.approx(2)


def test_rank_is_exp_of_the_entropy_of_singular_values() -> None:
    rows = torch.tensor([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # singular values 3 : 1
    entropy = -(0.75 * torch.tensor(0.75).log() + 0.25 * torch.tensor(0.25).log())
    assert effective_rank(rows) == pytest.approx(float(entropy.exp()))


def test_equal_rows_have_rank_0_and_rows_that_are_not_finite_nan() -> None:
    assert effective_rank(torch.ones(3, 2)) == 0
    assert math.isnan(effective_rank(torch.tensor([[1.0, float("inf")], [0.0, 0.0]])))


def test_slices_are_spread_over_all_and_the_same_each_time() -> None:
    images = torch.arange(200.0).view(200, 1, 1, 1)
    seen = Inside(images).images.flatten().tolist()
    assert len(seen) == SLICES and seen[0] == 0 and seen[-1] == 199
    assert seen == Inside(images).images.flatten().tolist()
    assert len(Inside(images[:5]).images) == 5


def test_looking_leaves_statistics_modes_and_random_numbers_alone() -> None:
    network = UNet(4)
    network.encoder[2].eval()  # a part in a mode of its own
    before = {key: value.clone() for key, value in network.state_dict().items()}
    modes = [part.training for part in network.modules()]
    state = torch.random.get_rng_state()
    with looking(network):
        network(torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert [part.training for part in network.modules()] == modes
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    assert all(norm.track_running_stats for norm in norms)


def test_one_look_gives_the_same_as_another() -> None:
    made, stages = trainer("supervised")
    trained, inside = made.method.begin(stages[0]), Inside(pool(6, False, 2).images)
    made.method.train()  # with dropout
    first = inside.rank(made.method, trained)
    assert first is not None and 1 < first <= 5
    assert inside.rank(made.method, trained) == first


def test_the_student_is_followed_where_the_teacher_is_reported() -> None:
    made, stages = trainer("mean_teacher")
    found = learning(made.method, made.method.begin(stages[0]))
    assert found is segmenter_of(made.method.predictors()["student"])
    assert found is not segmenter_of(next(iter(made.method.predictors().values())))


def test_a_wrapped_network_is_found_and_none_is_none() -> None:
    network = UNet(4)
    assert segmenter_of(nn.Sequential(nn.Identity(), network)) is network
    assert segmenter_of(nn.Conv2d(1, 4, 1)) is None


def test_the_gradient_is_the_norm_over_the_encoders_weights() -> None:
    made, stages = trainer("supervised")
    made.trained = made.method.begin(stages[0])
    for trained in made.trained.values():
        trained.optimizer.param_groups[0]["initial_lr"] = 0.01
    assert gradient(made.method, made.trained) is None  # before the first update
    made._updates(stages[0], Silent().say).make(0)
    encoder = segmenter_of(first_of(made.method)).encoder  # type: ignore[union-attr]
    squares = sum(float(one.grad.square().sum()) for one in encoder.parameters() if one.grad is not None)
    assert gradient(made.method, made.trained) == pytest.approx(squares**0.5, rel=1e-5)
    assert gradient(made.method, {}) is None  # one that no optimiser holds is of another stage


def looked(name: str, look: bool) -> Outcome:
    made, stages = trainer(name)
    made.inside = Inside(pool(7, False, 1).images) if look else None
    return made.run(stages, Checkpoint(None), Silent())


@pytest.mark.parametrize("name", sorted(registry.entries()))
def test_training_is_the_same_to_the_last_bit_with_looks_and_without(name: str) -> None:
    with_looks, without = looked(name, True), looked(name, False)
    found = [row for row in with_looks.history.rows if row[2] in (RANK, GRADIENT)]
    with_looks.history.rows = [row for row in with_looks.history.rows if row not in found]
    assert_same(with_looks, without)
    assert {row[2] for row in found} == {RANK, GRADIENT}
    assert all(value > 0 for *_, value in found)


def test_each_stage_is_looked_at_before_and_after_it_and_its_first_gradient_is_noted() -> None:
    made, _ = trainer("supervised")
    made.inside = Inside(pool(7, False, 1).images)
    made.settings = replace(made.settings, log_every=20)
    draw = Draw(2, 0, ("weak",))
    made.run([Stage("one", 3, draw), Stage("two", 5, draw)], Checkpoint(None), Silent())
    at = {term: [(s, u) for s, u, t, _ in made.history.rows if t == term] for term in (RANK, GRADIENT)}
    assert at[RANK] == [("one", 0), ("one", 2), ("one", 3), ("two", 3), ("two", 5), ("two", 8)]
    assert at[GRADIENT] == [("one", 1), ("one", 3), ("two", 4), ("two", 5), ("two", 8)]


def test_long_stages_have_few_looks_one_of_them_soon() -> None:
    assert _ranked(30_000, 150) == {0, 20, 6_000, 12_000, 18_000, 24_000, 30_000}
    assert _ranked(1, 10) == {0, 1}
