"""Every method trains to the same bits whether its networks keep their maps or compute them anew, and goes on so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import nn

from benchmark.errors import UsageError
from benchmark.training import recomputing, trainer
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.recomputing import recompute, require_recomputable
from benchmark.training.trainer import Outcome, Trainer
from methods import registry
from methods.base import Method, Segmenter
from methods.networks.segmenter import Maps
from methods.networks.unet import UNet
from tests.benchmark.training import test_trainer as toy
from tests.thin_network import thin_network

PLAIN = partial(torch.autocast, "cpu", enabled=False)


def fidelities() -> Iterator[Any]:
    """Yield each method at each fidelity; those that are no default take minutes in all."""
    for name, entry in registry.entries().items():
        for fidelity in entry.cls.fidelities:
            yield pytest.param(name, fidelity, marks=() if fidelity == "fixed" else pytest.mark.slow)


def train(name: str, fidelity: str, recomputes: bool, path: Path | None = None, kill_at: int | None = None) -> Outcome:
    with thin_network() if fidelity == "fixed" else nullcontext():  # some others tell their network's widths
        made, stages = toy.trainer(name, fidelity=fidelity)
        made.settings = replace(made.settings, recompute=recomputes)
        return made.run(stages, Checkpoint(path), toy.Silent(kill_at))


@pytest.mark.parametrize(("name", "fidelity"), fidelities())
def test_weights_statistics_and_terms_are_the_same_and_a_run_goes_on_either_way(
    name: str, fidelity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = train(name, fidelity, recomputes=False)
    seen = counted(monkeypatch)
    path = tmp_path / "checkpoint.pt"
    for recomputes, kill_at in ((True, 3), (False, 5)):
        with pytest.raises(toy.KilledError):
            train(name, fidelity, recomputes, path, kill_at)
    assert seen
    toy.assert_same(train(name, fidelity, True, path), straight)


def counted(patch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by each pass that is going to be computed anew."""
    from methods.networks import recomputed

    seen: list[int] = []
    real = recomputed.checkpoint
    patch.setattr(recomputed, "checkpoint", lambda *given, **named: (seen.append(1), real(*given, **named))[1])
    return seen


def test_an_update_is_not_recorded_on_a_card_where_maps_are_computed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stashing random numbers, as a second computation needs, is what a recording forbids."""
    graphs: list[object] = []
    monkeypatch.setattr(trainer, "Recorded", lambda work, graph, say: graphs.append(graph))
    made, stages = toy.trainer("supervised")
    for change in ({}, {"eager": True}, {"recompute": True}):
        made.settings = replace(made.settings, device=torch.device("cuda"), **cast(Any, change))
        made._updates(stages[0], print)
        made.settings = replace(made.settings, eager=False)
    assert graphs == [trainer.CudaGraph, None, None]


class Named(Method):
    """A method whose predictor is a network."""

    def __init__(self, network: nn.Module) -> None:
        nn.Module.__init__(self)
        self.network = network

    def predictors(self) -> dict[str, nn.Module]:
        return {"network": self.network}


class Noisy(nn.Sequential):
    """A block that computes otherwise each time, by numbers that nobody seeds."""

    noise = 0

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        type(self).noise += 1
        return cast(torch.Tensor, super().forward(features * type(self).noise))


class Own(Segmenter):
    """A stranger's network."""

    def __init__(self, block: nn.Module, again: bool = True) -> None:
        super().__init__()
        self.encoder, self.again = block, again
        self.classify = nn.Conv2d(2, 4, 1)
        self.bottleneck_channels, self.decoder_channels = 2, (2,)

    def encode(self, images: torch.Tensor) -> Sequence[torch.Tensor]:
        return [self.encoder(images)] if self.again else [self.encoder[1](self.encoder[0](images))]

    def decode(self, encoded: Sequence[torch.Tensor]) -> Maps:
        return Maps(self.classify(encoded[-1]), encoded[-1], tuple(encoded))


def layers(kind: type[nn.Sequential] = nn.Sequential) -> nn.Sequential:
    return kind(nn.Conv2d(1, 2, 3, padding=1), nn.Sigmoid(), nn.Conv2d(2, 2, 3, padding=1), nn.Dropout2d(0.5))


@pytest.mark.parametrize("network", [UNet(4), Own(layers())], ids=["ours", "a stranger's"])
def test_a_network_that_computes_the_same_the_second_time_passes_and_is_left_as_it_is(network: Segmenter) -> None:
    method = Named(network)
    before = {name: value.clone() for name, value in method.state_dict().items()}
    require_recomputable(method, torch.zeros(2, 1, 32, 32), PLAIN)
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())
    assert not any("forward" in vars(part) for part in method.modules())


def test_a_network_that_computes_otherwise_the_second_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = recomputing._tried

    def from_the_start(*given: Any) -> Any:
        Noisy.noise = 0
        return tried(*given)

    monkeypatch.setattr(recomputing, "_tried", from_the_start)
    words = (
        r"^--recompute: the network Own computes otherwise the second time \(the gradient of images is another one\)"
    )
    with pytest.raises(UsageError, match=words):
        require_recomputable(Named(Own(layers(Noisy))), torch.zeros(2, 1, 8, 8), PLAIN)


class Growing(nn.Sequential):
    """A block that has changed what it was given once it is through."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        found = super().forward(features.sin())
        with torch.no_grad():
            features.mul_(2)
        return cast(torch.Tensor, found)


def test_a_network_that_changes_in_place_what_a_block_got_is_refused() -> None:
    block = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Identity(), layers(Growing))
    words = r"^--recompute: the network Own computes otherwise the second time \(a weight or map was changed between"
    with pytest.raises(UsageError, match=words):
        require_recomputable(Named(Own(block)), torch.zeros(2, 1, 8, 8), PLAIN)


def test_a_method_without_a_network_that_could_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^--recompute finds no network in Named: none is a Segmenter"):
        require_recomputable(Named(layers()), torch.zeros(2, 1, 8, 8), PLAIN)


def test_a_network_whose_blocks_are_not_called_as_one_saves_nothing_and_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^--recompute saves no memory of the network Own: it takes blocks"):
        require_recomputable(Named(Own(layers(), again=False)), torch.zeros(2, 1, 8, 8), PLAIN)


def test_networks_that_begin_to_be_in_a_later_stage_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    made, stages = toy.trainer("supervised")
    assert isinstance(made, Trainer)
    method = cast(Any, made.method)
    begin = method.begin

    def begun(stage: Any) -> Any:
        method.network = UNet(4)
        return begin(stage)

    monkeypatch.setattr(method, "begin", begun)
    made.settings = replace(made.settings, recompute=True)
    seen = counted(monkeypatch)
    made.run(stages, Checkpoint(None), toy.Silent())
    assert seen
    recompute(made.method)
