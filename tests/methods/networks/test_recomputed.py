"""Blocks that keep their inputs alone: the same numbers to the last bit, in less memory."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

import pytest
import torch
from torch import Tensor, nn

from benchmark.training.recomputing import kept_while
from methods.errors import MethodError
from methods.networks import recomputed
from methods.networks.factory import Networks
from methods.networks.recomputed import blocks_of
from methods.networks.segmenter import Segmenter
from methods.networks.unet import NearestUNet, TransposedUNet, UNet
from methods.parts.passes import unfollowed
from tests.thin_network import thin_network

Use = Callable[[Segmenter, Tensor], Tensor]
MADE: Mapping[str, Callable[[], Segmenter]] = {
    "unet": lambda: UNet(4),
    "transposed": lambda: TransposedUNet(4),
    "nearest": lambda: NearestUNet(4),
    "smp": lambda: Networks("unetplusplus:tu-test_resnet", 4, weights=None, seed=0).segmenter(),
    "lists": lambda: Networks("fpn:densenet121", 4, weights=None, seed=0).segmenter(),
}


def pair(make: Callable[[], Segmenter]) -> tuple[Segmenter, Segmenter]:
    """Return a network and the same one that recomputes."""
    torch.manual_seed(0)
    with thin_network():
        plain = make()
    anew = copy.deepcopy(plain)
    anew.recompute()
    return plain, anew


def left_by(network: Segmenter, use: Use) -> dict[str, Tensor]:
    """Return gradients, buffers and the next random number after a use and its gradient."""
    torch.manual_seed(1)
    images = torch.rand(2, 1, 64, 64).requires_grad_()
    use(network, images).backward()
    left = {f"gradient of {name}": one.grad for name, one in network.named_parameters() if one.grad is not None}
    assert len(left) > 10
    assert images.grad is not None
    return {**left, **dict(network.named_buffers()), "images": images.grad, "next": torch.rand(4)}


def loss_of(network: Segmenter, images: Tensor) -> Tensor:
    maps = network.maps(images)
    return sum((one.float().square().mean() for one in (maps.logits, *maps.decoder)), torch.zeros(()))


def in_bf16(network: Segmenter, images: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return loss_of(network, images)


def channels_last(network: Segmenter, images: Tensor) -> Tensor:
    return loss_of(network.to(memory_format=torch.channels_last), images)


def frozen_norms(network: Segmenter, images: Tensor) -> Tensor:
    loss_of(network, images)  # which moves the running statistics away from their start
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
    return loss_of(network, images)


def in_other_modes(network: Segmenter, images: Tensor) -> Tensor:
    loss = loss_of(network, images)
    network.eval()
    loss = loss + loss_of(network, images)
    network.train()
    with unfollowed(network):
        loss = loss + loss_of(network, images)
    return loss


def with_a_slope(network: Segmenter, images: Tensor) -> Tensor:
    """Move images to where the loss rises, as virtual adversarial training does, with a graph that is used twice."""
    place = images.detach().clone().requires_grad_()
    gap = loss_of(network, place)
    (first,) = torch.autograd.grad(gap, place, retain_graph=True)
    (slope,) = torch.autograd.grad(gap, place)
    assert torch.equal(first, slope)
    return loss_of(network, images + slope)


def of_second_order(network: Segmenter, images: Tensor) -> Tensor:
    (slope,) = torch.autograd.grad(loss_of(network, images), images, create_graph=True)
    return loss_of(network, images) + slope.square().sum()


def of_parts(network: Segmenter, images: Tensor) -> Tensor:
    """Decode the same maps twice, once perturbed, and leave a pass without a gradient."""
    encoded = network.encode(images)
    loss_of(network, images)
    noisy = [one * 1.5 for one in encoded]
    return network.decode(encoded).logits.square().mean() + network.decode(noisy).decoder[-1].square().mean()


USES: Mapping[str, Use] = {
    "as it is": loss_of,
    "bf16": in_bf16,
    "channels last": channels_last,
    "frozen norms": frozen_norms,
    "other modes": in_other_modes,
    "slope": with_a_slope,
    "second order": of_second_order,
    "parts": of_parts,
}


CASES = [*((made, use) for made in ("unet", "smp") for use in USES), *((made, "other modes") for made in MADE)]
"""Each use of two networks, and the hardest of each network."""


@pytest.mark.parametrize(("made", "use"), dict.fromkeys(CASES))
def test_no_bit_is_another_one(made: str, use: str) -> None:
    plain, anew = (left_by(network, USES[use]) for network in pair(MADE[made]))
    assert plain.keys() == anew.keys()
    assert [name for name in plain if not torch.equal(plain[name], anew[name])] == []


@pytest.mark.parametrize(("make", "times"), [(UNet, 5), (TransposedUNet, 3)])
def test_less_is_kept_for_the_backward_pass(make: Callable[[int], Segmenter], times: float) -> None:
    plain = make(4)
    anew = copy.deepcopy(plain)
    anew.recompute()
    images = torch.rand(2, 1, 64, 64)
    kept = [kept_while(lambda network=network: loss_of(network, images), network)[1] for network in (plain, anew)]
    assert kept[0] > times * kept[1]


def test_blocks_are_the_levels_of_our_networks() -> None:
    network = UNet(4)
    assert blocks_of(network) == [*network.encoder.children(), *network.decoder]


def test_names_of_weights_stay_and_a_copy_passes_by_its_own_weights() -> None:
    plain, anew = pair(MADE["unet"])
    assert list(plain.state_dict()) == list(anew.state_dict())
    other = copy.deepcopy(anew)
    with torch.no_grad():
        for weight in other.parameters():
            weight.zero_()
    images = torch.rand(1, 1, 32, 32)
    assert not other.eval()(images).any()
    assert torch.equal(plain.eval()(images), anew.eval()(images))


def test_passes_without_a_gradient_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _, anew = pair(MADE["unet"])
    monkeypatch.setattr(recomputed, "checkpoint", None)  # a call of it fails
    images = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        anew(images)
    anew.requires_grad_(False)(images)  # a teacher, whom nobody told of gradients
    with pytest.raises(TypeError):
        anew(images.requires_grad_())


def test_a_second_call_changes_nothing_and_a_hook_on_a_block_hears_of_each_pass_once() -> None:
    _, anew = pair(MADE["unet"])
    forwards = [block.forward for block in blocks_of(anew)]
    anew.recompute()
    assert [block.forward for block in blocks_of(anew)] == forwards
    heard: list[nn.Module] = []
    for block in blocks_of(anew):
        block.register_forward_hook(lambda block, *_: heard.append(block))
    loss_of(anew, torch.rand(2, 1, 32, 32)).backward()
    assert heard == blocks_of(anew)


def test_a_weight_that_moved_before_its_gradient_is_told() -> None:
    _, anew = pair(MADE["unet"])
    loss = loss_of(anew, torch.rand(2, 1, 32, 32))
    with torch.no_grad():
        anew.encoder[0][0].bias.add_(1)  # which a gradient without recomputation would not have seen
    with pytest.raises(MethodError, match="a weight or map was changed between a pass and the gradient"):
        loss.backward()


class Counting(nn.Module):
    """Counts its passes, and computes by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.passes = nn.Conv2d(1, 2, 1), nn.Conv2d(2, 1, 1), 0
        self.register_buffer("centre", torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        self.passes += 1
        self.centre = 0.5 * self.centre + features.detach().mean()
        return self.second(self.first(features).sin() * self.passes).sin() - self.centre


def test_what_a_block_counts_or_keeps_moves_once_a_pass() -> None:
    left = []
    for recomputes in (False, True):
        torch.manual_seed(0)
        block = Counting()
        if recomputes:
            recomputed.recompute(block)
        loss = sum((block(torch.rand(1, 1, 4, 4)).square().sum() for _ in range(3)), torch.zeros(()))
        loss.backward()
        left.append([block.passes, block.centre, *(weight.grad for weight in block.parameters())])
    assert left[0][0] == left[1][0] == 3
    assert all(torch.equal(one, other) for one, other in zip(left[0][1:], left[1][1:], strict=True))


class Flat(Segmenter):
    """Layers alone."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(1, 1, 3)


def test_a_network_of_layers_alone_has_no_blocks_and_is_left_as_it_is() -> None:
    """So are those that others leave of a network, such as a decoder without its encoder."""
    network = Flat()
    network.recompute()
    assert blocks_of(network) == []
    assert "forward" not in vars(network.encoder)
