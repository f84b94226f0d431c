"""Momentum that is kept beside the weights."""

import copy

import torch

from methods.parts.momentum import WithMomentum


def trained(network: torch.nn.Module) -> torch.optim.SGD:
    return torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)


def step(carried: WithMomentum, optimizer: torch.optim.Optimizer, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    optimizer.zero_grad()
    carried(torch.rand(4, 3, generator=rng)).square().sum().backward()
    optimizer.step()


def test_kept_weights_go_on_as_if_training_had_never_moved_past_them() -> None:
    carried = WithMomentum(torch.nn.Linear(3, 2))
    optimizer = trained(carried.network)
    step(carried, optimizer, 0)
    carried.remember(optimizer)
    best = copy.deepcopy(carried.state_dict())
    step(carried, optimizer, 1)
    expected = copy.deepcopy(carried.state_dict())
    for seed in range(2, 5):
        step(carried, optimizer, seed)
        carried.remember(optimizer)
    carried.load_state_dict(best)
    again = trained(carried.network)
    carried.recall(again)
    step(carried, again, 1)
    for key in ("network.weight", "network.bias"):
        torch.testing.assert_close(carried.state_dict()[key], expected[key])


def test_an_optimiser_without_momentum_has_nothing_to_remember() -> None:
    carried = WithMomentum(torch.nn.Linear(3, 2))
    optimizer = torch.optim.SGD(carried.network.parameters(), lr=0.1)
    step(carried, optimizer, 0)
    carried.remember(optimizer)
    assert not carried.get_buffer("momentum_0").any()


def test_it_predicts_what_its_network_does() -> None:
    network = torch.nn.Linear(3, 2)
    images = torch.rand(2, 3)
    assert torch.equal(WithMomentum(network)(images), network(images))
