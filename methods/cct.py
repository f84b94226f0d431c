"""Cross-consistency training (Ouali et al., CVPR 2020, arXiv 2003.09005), as run on slices by SSL4MIS @06df604."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from methods.parts.perturb import draw_kept, draw_noise, draw_share, with_dropout, with_noise, without_active
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_cross_consistency_training_2D.py @06df604"
_NET = "SSL4MIS networks/unet.py @06df604"
_PAPER = "CCT, arXiv 2003.09005, and its authors' code @08e82bf"
DECODERS = 3


class CctConfig(RampedConfig):
    """Constants of cross-consistency training."""

    weight: float = choice(
        None, f"{_PAPER}, config.json: unsupervised_w; {_CODE}: 0.1", paper=30.0, official=0.1, fixed=0.1, ge=0
    )
    ramp: float = choice(
        None, f"{RAMP}; {_PAPER}: 0.1; {_CODE}: 200 x 150 of 30,000 updates", paper=0.1, official=1.0, fixed=1.0, ge=0
    )
    supervised: Literal["main", "all"] = choice(
        None,
        f"which decoders learn from labels; {_PAPER}: the main one, at a weight that teaches the others; {_CODE}: all",
        paper="main",
        official="all",
        fixed="all",
    )
    target: Literal["constant", "free"] = choice(
        None,
        f"{_PAPER}: the main decoder learns from labels only; {_CODE}: the gap moves it too",
        paper="constant",
        official="free",
    )
    noise: float = same(0.3, f"limit of the feature noise; {_PAPER}: uniform_range; {_NET}, FeatureNoise", ge=0)
    dropout: float = choice(
        None,
        f"{_PAPER}: drop_rate 0.5, there of channels; {_NET}, Dropout: 0.3",
        paper=0.5,
        official=0.3,
        fixed=0.3,
        ge=0,
        lt=1,
    )
    drop_least: float = choice(
        None,
        f"lowest share of the greatest activity that feature dropout drops; {_PAPER}: 0.6; {_NET}: 0.7",
        paper=0.6,
        official=0.7,
        fixed=0.7,
        ge=0,
    )
    drop_most: float = same(0.9, f"highest such share; {_PAPER}; {_NET}, FeatureDropout", ge=0, le=1)


def main_only(logits: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the main decoder's logits."""
    return logits[:1]


SUPERVISED: Mapping[str, Callable[[Sequence[Tensor]], Sequence[Tensor]]] = {"main": main_only, "all": list}


def mean(terms: Sequence[Tensor]) -> Tensor:
    """Return the mean of scalar terms."""
    return torch.stack(list(terms)).mean()


@method("cct", title="CCT", paper="Ouali et al., CVPR 2020, arXiv 2003.09005", family="consistency")
class CrossConsistency(Ramped):
    """Make auxiliary decoders, fed with perturbed features, agree with the main one."""

    Config: ClassVar[type[CctConfig]] = CctConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(CctConfig)
    config: CctConfig

    def __init__(self, task: Task, networks: Networks, config: CctConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()
        self.auxiliary = nn.ModuleList(Decoder(networks.segmenter()) for _ in range(DECODERS))

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the decoders' supervised loss and the auxiliary ones' gap to the main one."""
        config, count = self.config, len(batch.labeled)
        encoded = self.network.encode(torch.cat(batch.view(config.view)))
        main = self.network.decode(encoded).logits
        auxiliary = [
            decoder(seen) for decoder, seen in zip(self.auxiliary, self.perturbed(encoded, clock), strict=True)
        ]
        target = TARGETS[config.target](probabilities(main[count:]))
        known = [logits[:count] for logits in SUPERVISED[config.supervised]([main, *auxiliary])]
        return descend(
            self.optimizer,
            supervised=mean([segmentation_loss(logits, batch.masks) for logits in known]),
            consistency=(
                self.weight(clock),
                mean([squared_gap(probabilities(logits[count:]), target) for logits in auxiliary]),
            ),
        )

    def perturbed(self, encoded: Sequence[Tensor], clock: Clock) -> list[list[Tensor]]:
        """Return the encoder's maps as each auxiliary decoder sees them, perturbed at every level."""
        config, levels = self.config, list(enumerate(encoded))
        limits = config.drop_least, config.drop_most
        return [
            [with_noise(maps, clock.draw(f"noise_{k}", draw_noise, maps, config.noise)) for k, maps in levels],
            [
                with_dropout(maps, clock.draw(f"kept_{k}", draw_kept, maps, config.dropout), config.dropout)
                for k, maps in levels
            ],
            [without_active(maps, clock.draw(f"share_{k}", draw_share, maps, *limits)) for k, maps in levels],
        ]
