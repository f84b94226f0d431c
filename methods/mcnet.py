"""MC-Net (Wu et al., MICCAI 2021, arXiv 2103.02911), on slices as its authors run it (MC-Net @39a5086).

The paper trains on volumes; what it says of slices is the code's, and there is no fidelity ``paper``. Three decoders in
place of two are MC-Net+ (arXiv 2109.09960). The paper is known second-hand here, but for its abstract.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.auxiliary import TARGETS, Decoder
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.one_stage import RAMP, Ramped, RampedConfig
from methods.parts.supervised import CRITERIA
from methods.registry import method

_CODE = "MC-Net train_mcnet_2d.py @39a5086"
_LOSSES = "MC-Net utils/losses.py @3253f74"
_NET = "MC-Net networks/unet.py @3253f74"
_PAPER = "MC-Net, arXiv 2103.02911 (second-hand)"


class McNetConfig(RampedConfig):
    """Constants of MC-Net."""

    weight: float = same(0.1, f"{_CODE}: consistency, of the sum over ordered pairs of decoders", ge=0)
    ramp: float = same(1.0, f"{RAMP}; {_CODE}: 200 x 150 of 30,000 updates", ge=0)
    ramp_lead: int = choice(
        None,
        f"updates by which the weight's growth is ahead; {_CODE}: 1, for it counts up first",
        paper=0,
        official=1,
        ge=0,
    )
    temperature: float = same(0.1, f"of sharpening; {_CODE}: temperature; {_PAPER}", gt=0, le=1)
    decoders: Literal[2, 3] = same(2, f"{_NET}: MCNet2d_v1, the default of {_CODE}; 3: MCNet2d_v2, MC-Net+")
    target: Literal["constant", "free"] = choice(
        None,
        f"what a decoder learns from another one; ours: constant, as labels are; {_CODE}: its gradient moves both",
        paper="constant",
        official="free",
    )
    supervised: Literal["cross_entropy_dice", "dice"] = choice(
        None,
        f"{_CODE}, {_PAPER}: Dice alone; ours: the loss of all methods",
        paper="cross_entropy_dice",
        official="dice",
    )
    decoder_weight: float = same(
        0.5,
        f"what each decoder's supervised loss counts; {_CODE}: lamda 1, of half a Dice loss: {_LOSSES} lacks a 2;"
        " mcnet/train_mcnet_2d.py @9a9730d of the same repository halves it again by beta, 0.5",
        ge=0,
    )
    lr_power: float = choice(
        None, f"{_CODE}: the rate is constant; ours: that of all methods", paper=0.9, official=0.0, ge=0
    )


def sharpened(predicted: Tensor, temperature: float) -> Tensor:
    """Return p^(1/T) / (p^(1/T) + (1 - p)^(1/T)) of each probability for itself; over classes they add up to no 1."""
    own, rest = predicted ** (1 / temperature), (1 - predicted) ** (1 / temperature)
    return own / (own + rest)


def mutual_gaps(predicted: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """Return the squared gaps of each decoder's probabilities (N, classes, H, W) to each other's target, added up."""
    pairs = itertools.permutations(range(len(predicted)), 2)
    return torch.stack([squared_gap(predicted[one], targets[other]) for one, other in pairs]).sum()


@method("mcnet", title="MC-Net", paper="Wu et al., MICCAI 2021, arXiv 2103.02911", family="consistency")
class MutualConsistency(Ramped):
    """Let decoders of one encoder that enlarge in different ways agree with each other's sharpened predictions."""

    Config: ClassVar[type[McNetConfig]] = McNetConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        name: fidelities(McNetConfig)[name] for name in ("official", "fixed")
    }
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "official": {"resizing": "nearest", "test_resizing": "nearest", "augmentation": "bcp"}
    }
    config: McNetConfig

    def __init__(self, task: Task, networks: Networks, config: McNetConfig) -> None:
        super().__init__(task, networks, config)
        self.network, *others = networks.differing(config.decoders)
        self.others = nn.ModuleList(Decoder(segmenter) for segmenter in others)

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the decoders' supervised losses and their gaps to each other, on labelled slices too."""
        config, count = self.config, len(batch.labeled)
        encoded = self.network.encode(torch.cat(batch.view(config.view)))
        logits = [self.network.decode(encoded).logits, *(decoder(encoded) for decoder in self.others)]
        measure = CRITERIA[config.supervised]
        predicted = [probabilities(found) for found in logits]
        targets = [TARGETS[config.target](sharpened(one, config.temperature)) for one in predicted]
        known = torch.stack([measure(found[:count], batch.masks) for found in logits])
        ahead = clock.ahead(config.ramp_lead)
        return descend(
            self.optimizer,
            supervised=config.decoder_weight * known.sum(),
            consistency=(self.weight(ahead), mutual_gaps(predicted, targets)),
        )
