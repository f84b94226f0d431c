"""Uncertainty rectified pyramid consistency (Luo et al., MICCAI 2021, arXiv 2012.07042), as run by SSL4MIS @06df604."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.descend import descend
from methods.parts.fidelity import fidelities, same
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.perturb import draw_kept, draw_noise, draw_share, with_dropout, with_noise, without_active
from methods.parts.precision import full
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_uncertainty_rectified_pyramid_consistency_2D.py @06df604"
_NET = "SSL4MIS networks/unet.py @06df604, Decoder_URPC"
SCALES = 3  # beside the full one; 1/2, 1/4 and 1/8 of it with a U-Net


class UrpcConfig(RampedConfig):
    """Constants of uncertainty rectified pyramid consistency."""

    noise: float = same(0.3, f"limit of the noise on the features of the finest auxiliary head; {_NET}", ge=0)
    drop_least: float = same(0.7, f"feature dropout of the next, lowest share of the greatest activity; {_NET}", ge=0)
    drop_most: float = same(0.9, f"the same, highest share; {_NET}", ge=0, le=1)
    dropout: float = same(0.5, f"dropout of the deepest one; {_NET}", ge=0, lt=1)


def rectified_gaps(logits: Sequence[Tensor]) -> Tensor:
    """Return how far predictions at several scales, (N, classes, H, W) each, are from their mean, a number (S,) each.

    At each scale the squared gap counts by exp(-KL(mean || scale)) at each pixel, and that divergence is added, so that
    a large one is no way out.
    """
    logs = torch.stack([full(scale).log_softmax(1) for scale in logits])
    log_mean = logs.logsumexp(0) - math.log(len(logits))  # of probabilities, with a gradient, as in the code
    mean = log_mean.exp()
    divergence = (mean * (log_mean - logs)).sum(2, keepdim=True)
    trust = (-divergence).exp()
    gaps = (trust * (mean - logs.exp()).square()).mean((1, 2, 3, 4)) / (trust.mean((1, 2, 3, 4)) + 1e-8)
    return gaps + divergence.mean((1, 2, 3, 4))


def enlarged(logits: Tensor, size: Sequence[int]) -> Tensor:
    """Return logits (N, classes, H, W) of a size by repeating the nearest, as the code does."""
    return functional.interpolate(logits, list(size))


@method("urpc", title="URPC", paper="Luo et al., MICCAI 2021, arXiv 2012.07042", family="consistency")
class PyramidConsistency(Ramped):
    """Make predictions at several scales of the decoder agree, less where they differ much."""

    Config: ClassVar[type[UrpcConfig]] = UrpcConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(UrpcConfig)
    config: UrpcConfig

    def __init__(self, task: Task, networks: Networks, config: UrpcConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()
        widths = self.network.decoder_channels[:-1][-SCALES:][::-1]  # finest first, as many as the backbone has
        self.heads = nn.ModuleList(nn.Conv2d(width, task.classes, 3, padding=1) for width in widths)

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss of all scales and the rectified gaps between them."""
        count = len(batch.labeled)
        scales = self.pyramid(self.network.maps(torch.cat(batch.view(self.config.view))), clock)
        supervised = [segmentation_loss(logits[:count], batch.masks) for logits in scales]
        return descend(
            self.optimizer,
            supervised=torch.stack(supervised).mean(),
            consistency=(self.weight(clock), rectified_gaps([logits[count:] for logits in scales]).mean()),
        )

    def pyramid(self, maps: Maps, clock: Clock) -> list[Tensor]:
        """Return logits at full size, the network's first, then those of each auxiliary head from the finest on."""
        size = maps.logits.shape[-2:]
        coarse = [head(features) for head, features in zip(self.heads, self.perturbed(maps, clock), strict=True)]
        return [maps.logits, *(enlarged(logits, size) for logits in coarse)]

    def perturbed(self, maps: Maps, clock: Clock) -> list[Tensor]:
        """Return the decoder's maps below the full scale, from the finest on, each perturbed in its own way."""
        config = self.config
        limits = config.drop_least, config.drop_most
        perturbations: Sequence[Callable[[Tensor], Tensor]] = (
            lambda maps: with_noise(maps, clock.draw("noise", draw_noise, maps, config.noise)),
            lambda maps: without_active(maps, clock.draw("share", draw_share, maps, *limits)),
            lambda maps: with_dropout(maps, clock.draw("kept", draw_kept, maps, config.dropout), config.dropout),
        )
        coarser = maps.decoder[:-1][::-1]
        return [perturb(features) for perturb, features in zip(perturbations, coarser, strict=False)]
