"""Networks of one encoder whose decoders enlarge in different ways."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from methods.errors import MethodUsageError
from methods.networks import factory
from methods.networks.factory import Networks
from methods.networks.segmenter import Segmenter
from methods.networks.smp import SmpSegmenter
from methods.networks.unet import NearestUNet, TransposedUNet, UNet, repeated
from methods.parts.auxiliary import Decoder


def networks(backbone: str, count: int = 3) -> list[Segmenter]:
    return Networks(backbone, 4, weights=None, seed=0).initialize(lambda networks: networks.differing(count))


@pytest.mark.parametrize(
    ("backbone", "kinds"),
    [("unet", [UNet, TransposedUNet, NearestUNet]), ("unet-transposed", [TransposedUNet, UNet, NearestUNet])],
)
def test_our_networks_have_three_ways_their_own_first(backbone: str, kinds: list[type[Segmenter]]) -> None:
    assert [type(network) for network in networks(backbone)] == kinds
    assert [type(network) for network in networks(backbone, 2)] == kinds[:2]


@pytest.mark.parametrize(
    ("backbone", "ways"),
    [
        ("resnet18", ["nearest", "bilinear", "nearest"]),
        ("fpn:resnet18", ["nearest", "bilinear", "nearest"]),
        ("pan:resnet18", ["bilinear", "nearest", "bilinear"]),
    ],
)
def test_an_architecture_that_names_an_interpolation_has_two_ways(backbone: str, ways: list[str]) -> None:
    found = networks(backbone)
    assert all(isinstance(network, SmpSegmenter) for network in found)
    assert [network.interpolations()[0] for network in found] == ways  # type: ignore[attr-defined]


@pytest.mark.parametrize("backbone", ["deeplabv3plus:resnet18", "linknet:resnet18", "segformer:resnet18"])
def test_one_that_names_none_has_other_initial_weights(backbone: str) -> None:
    first, second = networks(backbone, 2)
    assert first.interpolations() == []  # type: ignore[attr-defined]
    ones, twos = (Decoder(network).state_dict() for network in (first, second))
    assert ones.keys() == twos.keys() and any(not torch.equal(ones[name], twos[name]) for name in ones)


@pytest.mark.parametrize(
    "backbone", ["unet", "unet-transposed", "resnet18", "pan:resnet18", "deeplabv3plus:resnet18", "segformer:resnet18"]
)
def test_every_decoder_takes_the_first_ones_encoder(backbone: str) -> None:
    first, *others = networks(backbone)
    encoded = first.eval().encode(torch.rand(2, 1, 128, 128))
    shapes = [Decoder(network).eval()(encoded).shape for network in others]
    assert shapes == [first.decode(encoded).logits.shape] * 2 == [(2, 4, 128, 128)] * 2


def test_the_first_is_the_segmenter_of_every_method() -> None:
    alone = Networks("unet", 4, weights=None, seed=5).initialize(Networks.segmenter).state_dict()
    (first, _) = Networks("unet", 4, weights=None, seed=5).initialize(lambda networks: networks.differing(2))
    assert all(torch.equal(value, alone[name]) for name, value in first.state_dict().items())


def test_another_interpolation_gives_other_maps_of_the_same_weights() -> None:
    network = SmpSegmenter("unet", "resnet18", 4, None).eval()
    images = torch.rand(1, 1, 64, 64)
    before = network(images)
    network.interpolate("bilinear")
    assert not torch.equal(network(images), before)
    network.interpolate("nearest")
    assert torch.equal(network(images), before)


def test_a_third_decoder_repeats_the_nearest() -> None:
    assert repeated(torch.tensor([[[[1.0, 2.0]]]]), (2, 4)).tolist() == [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]
    plain = UNet(4).eval()
    nearest = NearestUNet(4).eval()
    nearest.load_state_dict(plain.state_dict())
    for up in plain.decoder:
        up.enlarge = lambda maps, size: functional.interpolate(maps, size, mode="nearest")
    images = torch.rand(1, 1, 32, 32)
    assert torch.equal(nearest(images), plain(images))


def test_a_backbone_from_outside_gives_as_many_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(factory.OUTSIDE, "mine", UNet)
    assert [type(network) for network in networks("mine")] == [UNet] * 3


def test_weights_that_a_network_of_ours_has_not_are_refused() -> None:
    with pytest.raises(MethodUsageError, match="--backbone unet has no pretrained weights"):
        Networks("unet", 4, weights="imagenet", seed=0).differing(2)
