"""SCS: semi-supervised contrast (Hu et al., MICCAI 2021, arXiv 2109.07407): slices, then labelled pixels, then labels.

Code: xhu248/semi_cotrast_seg @71f1157.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from data.batch import Batch, Images
from data.task import Task
from methods.base import Budget, Clock, Draw
from methods.networks.factory import Networks
from methods.parts.contrast import class_contrast
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.pretraining import BETWEEN, VIEWS, Pretrained, PretrainingConfig, itself, same_slice
from methods.registry import method

_CODE = "semi_cotrast_seg @71f1157"
_PAPER = "SCS, arXiv 2109.07407"
BLOCK = 16  # pixels a side; the paper, second-hand
STRIDE = 4  # pixels between two that are looked at; the paper, second-hand; main_coseg.py: stride


class ScsConfig(PretrainingConfig):
    """Constants of semi-supervised contrast."""

    pretrain_lr: float = same(1e-4, f"{_CODE} run_coseg.sh: Adam", gt=0)
    pretrain_decay: float = same(1e-4, f"{_CODE} main_coseg.py: weight decay of Adam", ge=0)
    fine_tune_lr: float = same(1e-5, f"{_PAPER} (second-hand): Adam, segmentation", gt=0)
    temperature: float = same(0.1, f"{_CODE} run_coseg.sh: temp", gt=0)
    hidden: int = same(256, f"{_CODE} networks/unet_con.py: of both heads", ge=1)
    embedding: int = same(128, f"{_CODE} networks/unet_con.py", ge=1)
    between: Literal["relu", "nothing"] = choice(
        None, f"layers of a head; {_PAPER}: MLP; {_CODE} unet_con.py: linear", paper="relu", official="nothing"
    )
    grouping: Literal["stride", "block"] = same(
        "stride", f"{_PAPER} has both (second-hand); {_CODE} run_coseg.sh: stride"
    )
    scope: Literal["slice", "batch"] = choice(
        None,
        f"what a group spans; {_CODE}: all slices of a batch under both views; ours: a slice under one",
        paper="slice",
        official="batch",
        added=True,
    )

    @property
    def part_views(self) -> Sequence[str]:
        """Return the views whose pixels are contrasted."""
        return {"slice": (self.fine_tune_view,), "batch": VIEWS}[self.scope]


def by_stride(maps: Tensor) -> Tensor:
    """Return one group a slice, (N, P, C): each fourth pixel of each fourth row of (N, C, h, w)."""
    return maps[..., ::STRIDE, ::STRIDE].flatten(2).transpose(1, 2)


def by_block(maps: Tensor, side: int = BLOCK) -> Tensor:
    """Return one group a block, (N * blocks, P, C); the greatest blocks up to a side that divide the map."""
    count, channels, *size = maps.shape
    height, width = (math.gcd(side, length) for length in size)
    cut = maps.reshape(count, channels, size[0] // height, height, size[1] // width, width)
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(-1, height * width, channels)


def of_slices(groups: Tensor, slices: int) -> Tensor:
    """Return the groups as they are, each inside a slice."""
    return groups


def of_batch(groups: Tensor, slices: int) -> Tensor:
    """Return groups (slices * k, P, C) as (k, slices * P, C): the same place of all slices is one."""
    return groups.reshape(slices, -1, *groups.shape[1:]).transpose(0, 1).flatten(1, 2)


GROUPINGS: Mapping[str, Callable[[Tensor], Tensor]] = {"stride": by_stride, "block": by_block}
SCOPES: Mapping[str, Callable[[Tensor, int], Tensor]] = {"slice": of_slices, "batch": of_batch}


@method("scs", title="SCS", paper="Hu et al., MICCAI 2021, arXiv 2109.07407", family="contrastive")
class SemiSupervisedContrast(Pretrained):
    """Contrast all slices with each other, then labelled pixels by their class."""

    Config: ClassVar[type[ScsConfig]] = ScsConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ScsConfig)

    def __init__(self, task: Task, networks: Networks, config: ScsConfig) -> None:
        super().__init__(task, networks, config)
        self.config: ScsConfig = config
        self.pixel_head = nn.Sequential(
            nn.Linear(self.network.decoder_channels[-1], config.hidden),
            BETWEEN[config.between](),
            nn.Linear(config.hidden, config.embedding),
        )

    def pairs(self, images: Images) -> tuple[Tensor, Tensor]:
        """Pair the views of a slice; all other slices are apart."""
        same = same_slice(images)
        return same & ~itself(images), ~same

    def parts_draw(self, budget: Budget) -> Draw:
        """Return labelled slices."""
        return Draw(budget.labeled, 0, self.config.part_views)

    def parts_weights(self) -> Iterable[nn.Parameter]:
        """Return the network's and the head's weights."""
        return [*self.network.parameters(), *self.pixel_head.parameters()]

    def step_parts(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Contrast pixels by their labels; the term is supervised and no unlabelled slice is in it."""
        config = self.config
        images = torch.cat([batch.labeled.views[name] for name in config.part_views])
        features = self.network.maps(images).decoder[-1]
        masks = batch.masks.unsqueeze(1).float()
        classes = functional.interpolate(masks, features.shape[-2:], mode="nearest-exact").long()
        classes = classes.repeat(len(config.part_views), 1, 1, 1)
        vectors, labels = self.pixel_head(self.grouped(features)), self.grouped(classes).squeeze(2)
        loss = class_contrast(vectors, labels, self.classes, config.temperature)
        return descend(self.optimizer, supervised=loss)

    def grouped(self, maps: Tensor) -> Tensor:
        """Return the pixels of maps (N, C, h, w) that are contrasted with each other, (groups, P, C)."""
        return SCOPES[self.config.scope](GROUPINGS[self.config.grouping](maps), len(maps))
