"""Cross-consistency training: decoders, and three updates, are the released code's."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from methods.cct import CrossConsistency
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.supervised import dice_loss
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Array, Watched, drawn, fill, load, official, slices, sorted_weights
from tests.methods.golden.replay import Replay, begun, outputs_match, weak

TERMS = {name: name for name in ("total", "supervised", "consistency")}
LEVELS = tuple((width, 64 // 2**level) for level, width in enumerate((16, 32, 64, 128, 256)))
"""Channels and side of each of the encoder's maps."""


def released(sharp: float) -> CrossConsistency:
    method = official("cct")
    assert isinstance(method, CrossConsistency)
    fill(sorted_weights(method, "cct"), 0, sharp)
    return method


def draws(number: int, there: Mapping[str, Array]) -> dict[str, Tensor]:
    """Return what update ``number`` perturbs with, for each of the encoder's maps."""
    given: dict[str, Any] = {}
    for level, (width, side) in enumerate(LEVELS):
        given[f"noise_{level}"] = drawn(5000 + number, 0, level).uniform(-0.3, 0.3, (width, side, side))
        given[f"kept_{level}"] = drawn(5000 + number, 1, level).random((8, width, side, side)) >= 0.3
        given[f"share_{level}"] = [drawn(5000 + number, 2, level).uniform(0.7, 0.9)]
    return {name: torch.as_tensor(value) for name, value in given.items()}


def caught(method: CrossConsistency) -> list[Tensor]:
    """Return a list that fills with the logits of each decoder, the main one first, as they are made."""
    logits: list[Tensor] = []
    for part in (method.network.classify, *(one.segmenter.classify for one in method.auxiliary)):
        part.register_forward_hook(lambda _, __, out: logits.append(out.detach()))
    return logits


def terms_of_decoders(compare: Compare, logits: Sequence[Tensor], masks: Tensor, there: Any) -> None:
    main = probabilities(logits[0][4:])
    for k, found in enumerate(logits):
        compare("cct", "loss", functional.cross_entropy(found[:4], masks), there[f"loss/cross_entropy_{k}"])
        compare("cct", "loss", dice_loss(found[:4], masks), there[f"loss/dice_{k}"])
        if k:
            compare("cct", "loss", squared_gap(probabilities(found[4:]), main), there[f"loss/consistency_{k}"])


def test_three_updates_of_cross_consistency_training_are_the_released_ones(compare: Compare) -> None:
    method = released(sharp=4)
    begun(method)
    logits = caught(method)
    replay = Replay("cct", "step_cct", method, {"student": Watched(method, "cct")}, TERMS, draws=draws)
    for number, (_, there, clock) in enumerate(replay.updates(compare)):
        terms_of_decoders(compare, logits, weak(number).masks, there)
        compare("cct", "weight", method.weight(clock), there["loss/weight"])
        logits.clear()


def test_all_decoders_are_the_released_ones(compare: Compare) -> None:
    method = released(sharp=1).eval()
    with torch.no_grad():
        encoded = method.network.encode(slices(4, 64, 0)[0])
        logits = [method.network.decode(encoded).logits, *(decoder(encoded) for decoder in method.auxiliary)]
    assert sum(weight.numel() for weight in method.parameters()) == int(load("unet")["cct/weights"])
    for k, found in enumerate(logits):
        outputs_match(compare, ("cct", "outputs"), found, f"cct/eval_unperturbed/{k}")
