"""Batch norm folds into the convolution before it where nothing else is changed by it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from benchmark.training import validation
from benchmark.training.folding import folded
from methods.networks.factory import Networks


def taught(network: nn.Module, side: int = 64) -> nn.Module:
    """Return a network in evaluation after passes that left statistics, with weights of its norms unlike 1 and 0."""
    torch.manual_seed(0)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d) and part.affine:
            nn.init.uniform_(part.weight, 0.5, 2.0)
            nn.init.uniform_(part.bias, -1.0, 1.0)
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(4, 1, side, side))
    return network.eval()


def norms(network: nn.Module) -> int:
    return sum(type(part) is nn.BatchNorm2d for part in network.modules())


# timm's norms with an activation of their own, and convolutions whose padding a forward computes, stay as they are
@pytest.mark.parametrize(
    ("backbone", "before", "after"),
    [
        ("unet", 18, 0),
        ("unet-transposed", 18, 0),
        ("resnet18", 30, 0),
        ("tu-resnet18", 30, 0),
        ("tu-mobilenetv3_small_100", 11, 0),
        ("deeplabv3plus:resnet18", 29, 5),
    ],
)
def test_a_folded_backbone_answers_the_same(backbone: str, before: int, after: int) -> None:
    network = taught(Networks(backbone, 4, weights=None, seed=0).segmenter()).double()
    answering = folded(network)
    assert (norms(network), norms(answering)) == (before, after)
    images = torch.rand(2, 1, 64, 64, dtype=torch.float64)
    with torch.no_grad():
        expected, found = network(images), answering(images)
    assert float((found - expected).abs().max() / expected.abs().max()) < 1e-9
    assert (found - expected).abs().max() > 0


def test_a_norm_after_a_convolution_of_one_weight_becomes_its_numbers() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)).eval()
    with torch.no_grad():
        for one, value in zip(network.state_dict().values(), (3.0, 1.0, 2.0, 5.0, 4.0, 0.25, 0.0), strict=True):
            one.fill_(value)
    network[1].eps = 0.0
    joined = folded(network)[0]
    # 2 (3 x + 1 - 4) / sqrt(0.25) + 5 = 12 x - 7
    assert (joined.weight.item(), joined.bias.item()) == (12.0, -7.0)


class Seen(nn.Module):
    """A convolution whose output is used beside its norm too."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3)

    def forward(self, images: Tensor) -> Tensor:
        raw = self.convolution(images)
        normed: Tensor = raw + self.norm(raw)
        return normed


class Twice(Seen):
    """A convolution that is called twice, once without its norm."""

    def forward(self, images: Tensor) -> Tensor:
        both: Tensor = self.norm(self.convolution(images)) + self.convolution(images)
        return both


class Untraceable(Seen):
    """A forward that asks for numbers."""

    def forward(self, images: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.convolution(images))
        return normed if float(normed.sum()) > 0 else -normed


def shared() -> nn.Module:
    one = nn.Conv2d(1, 1, 1)
    return nn.Sequential(nn.Sequential(one, nn.BatchNorm2d(1)), nn.Sequential(one, nn.BatchNorm2d(1)))


def training() -> nn.Module:
    network = taught(nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3)))
    network[1].train()
    return network


@pytest.mark.parametrize(
    "network",
    [
        taught(Seen()),
        taught(Twice()),
        taught(Untraceable()),
        taught(shared()),
        training(),
        taught(nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, track_running_stats=False))),
        taught(nn.Sequential(nn.Conv2d(1, 3, 3), nn.LeakyReLU(), nn.BatchNorm2d(3))),
    ],
    ids=["seen", "twice", "untraceable", "shared", "training", "no statistics", "not adjacent"],
)
def test_what_cannot_fold_comes_back_itself(network: nn.Module) -> None:
    assert folded(network) is network


def test_a_network_is_folded_once_for_all_its_slices_and_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    calls: list[int] = []
    monkeypatch.setattr(validation, "folded", lambda one: calls.append(norms(one)) or folded(one))
    monkeypatch.setattr(nn.BatchNorm2d, "forward", lambda *_: pytest.fail("a norm of its own"))
    logits = validation.logits_of(
        network, torch.rand(3 * validation.CHUNK, 1, 8, 8), 3, torch.autocast("cpu", enabled=False)
    )
    assert len(logits) == 3 * validation.CHUNK
    assert calls == [1]
    assert network.training
    assert all(part.training for part in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
