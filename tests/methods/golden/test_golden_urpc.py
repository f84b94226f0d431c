"""Pyramid consistency: all outputs, and three updates, are the released code's."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.supervised import dice_loss
from methods.urpc import PyramidConsistency, enlarged, rectified_gaps
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import TASK, Array, Watched, drawn, fill, load, official, slices, sorted_weights
from tests.methods.golden.replay import Replay, begun, outputs_match, weak

TERMS = {name: name for name in ("total", "supervised", "consistency")}


def released(sharp: float) -> tuple[PyramidConsistency, nn.Module]:
    """Return the method, and its parts in the released network's order with the head that is never used there."""
    method = official("urpc")
    assert isinstance(method, PyramidConsistency)
    unused = nn.Conv2d(method.network.bottleneck_channels, TASK.classes, 3, padding=1)
    whole = nn.ModuleList([method.network, unused, *reversed(list(method.heads))])
    fill(sorted_weights(whole, "urpc"), 0, sharp)
    return method, whole


def draws(number: int, there: Mapping[str, Array]) -> dict[str, Tensor]:
    given: dict[str, Any] = {
        "noise": drawn(6000 + number, 0, 0).uniform(-0.3, 0.3, (32, 32, 32)),
        "kept": drawn(6000 + number, 1, 0).random((8, 128, 8, 8)) >= 0.5,
        "share": [drawn(6000 + number, 2, 0).uniform(0.7, 0.9)],
    }
    return {name: torch.as_tensor(value) for name, value in given.items()}


def caught(method: PyramidConsistency) -> list[Tensor]:
    """Return a list that fills with the logits of each scale, the finest first, enlarged."""
    logits: list[Tensor] = []
    for part in (method.network.classify, *method.heads):
        part.register_forward_hook(lambda _, __, out: logits.append(enlarged(out.detach(), [64, 64])))
    return logits


def terms_of_scales(compare: Compare, logits: Sequence[Tensor], masks: Tensor, there: Any) -> None:
    gaps = rectified_gaps([found[4:] for found in logits])
    for k, found in enumerate(logits):
        compare("urpc", "loss", functional.cross_entropy(found[:4], masks), there[f"loss/cross_entropy_{k}"])
        compare("urpc", "loss", dice_loss(found[:4], masks), there[f"loss/dice_{k}"])
        compare("urpc", "loss", gaps[k], there[f"loss/consistency_{k}"])


def test_three_updates_of_pyramid_consistency_are_the_released_ones(compare: Compare) -> None:
    method, whole = released(sharp=4)
    begun(method)
    logits = caught(method)
    replay = Replay("urpc", "step_urpc", method, {"student": Watched(whole, "urpc")}, TERMS, draws=draws)
    for number, (_, there, clock) in enumerate(replay.updates(compare)):
        terms_of_scales(compare, logits, weak(number).masks, there)
        compare("urpc", "weight", method.weight(clock), there["loss/weight"])
        logits.clear()


def test_all_outputs_are_the_released_ones(compare: Compare) -> None:
    method, whole = released(sharp=1)
    method.eval()
    logits = caught(method)
    with torch.no_grad():
        maps = method.network.maps(slices(4, 64, 0)[0])
        for head, features in zip(method.heads, maps.decoder[:-1][::-1], strict=False):
            head(features)
    assert sum(weight.numel() for weight in whole.parameters()) == int(load("unet")["urpc/weights"])
    for k, found in enumerate(logits):
        outputs_match(compare, ("urpc", "outputs"), found, f"urpc/eval/{k}")
