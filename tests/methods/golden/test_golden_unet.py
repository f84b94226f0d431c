"""The network is the released one: outputs, maps, gradients and statistics."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from methods.networks.unet import TransposedUNet
from methods.parts.supervised import segmentation_loss
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import TASK, Watched, drawn, load, slices, unet, update_of
from tests.methods.golden.replay import outputs_match


def at(logits: Tensor, positions: Sequence[Sequence[int]]) -> Tensor:
    return logits.detach()[tuple(torch.as_tensor(np.asarray(positions)).T)]


def test_there_are_as_many_weights_as_in_the_released_network() -> None:
    assert sum(weight.numel() for weight in unet(0).parameters()) == int(load("unet")["unet/weights"]) == 1_813_764
    assert sum(weight.numel() for weight in TransposedUNet(TASK.classes).parameters()) == 1_944_324


def test_outputs_gradients_and_statistics_are_the_released_ones(compare: Compare) -> None:
    images, masks = slices(4, 64, 0)
    network = unet(0)
    watched = Watched(network)
    network.eval()
    with torch.no_grad():
        encoded = network.encode(images)
        outputs_match(compare, ("unet", "outputs"), network.decode(encoded).logits, "unet/eval_before")
    for level, features in enumerate(encoded):
        compare("unet", "maps", features.norm(), load("unet")[f"unet/eval_before/encoder.{level}/norm"])
    network.train()
    logits = network(images)
    loss = segmentation_loss(logits, masks)
    loss.backward()
    outputs_match(compare, ("unet", "outputs"), logits, "unet/train")
    compare("unet", "loss", loss.detach(), load("unet")["unet/train/loss"])
    record = watched.record()
    compare("unet", "gradient", record["gradient"], load("unet")["unet/train/gradient"])
    compare("unet", "statistics", record["buffers"], load("unet")["unet/train/buffers"])
    network.eval()
    with torch.no_grad():
        outputs_match(compare, ("unet", "outputs"), network(images), "unet/eval_after")


def test_entries_of_gradients_are_the_released_ones(compare: Compare) -> None:
    images, masks = slices(4, 64, 0)
    network = unet(0)
    segmentation_loss(network.train()(images), masks).backward()
    flat = [weight.grad.flatten() for weight in network.parameters() if weight.grad is not None]
    entries = np.array([[float(one[place]) for place in (0, len(one) // 2, -1)] for one in flat])
    compare("unet", "gradient", entries, load("unet")["unet/train/gradient_entries"])


def test_sides_may_differ(compare: Compare) -> None:
    network = unet(0).train()
    with torch.no_grad():
        logits = network(torch.from_numpy(drawn(9001).random((2, 1, 96, 80))))
    there = update_of("unet", "unet/train_96x80")
    compare("unet", "outputs", at(logits, load("unet")["positions_96x80"]), there["at"])
    compare("unet", "outputs", logits.square().sum((0, 2, 3)).sqrt(), there["norm_per_class"])


def test_bottleneck_and_decoder_maps_are_the_released_ones(compare: Compare) -> None:
    maps = unet(0).train().maps(slices(4, 64, 0)[0])
    outputs_match(compare, ("unet", "outputs"), maps.logits, "action_unet/train")
    compare("unet", "maps", maps.bottleneck.norm().detach(), load("unet")["action_unet/bottleneck_norm"])
    assert len(maps.decoder) == 5
    for number, features in enumerate(maps.decoder):
        assert list(features.shape) == load("unet")[f"action_unet/maps/{number}/shape"].tolist()
        compare("unet", "maps", features.norm().detach(), load("unet")[f"action_unet/maps/{number}/norm"])
