"""GCL: global and local contrast (Chaitanya et al., NeurIPS 2020, arXiv 2006.10511), strategies G_D and L_R.

Code: krishnabits001/domain_specific_cl @1dedffe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from data.batch import Batch, Images
from data.task import Task
from methods.base import Budget, Clock, Draw
from methods.networks.factory import Networks
from methods.parts.contrast import pair_contrast
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.pretraining import VIEWS, Pretrained, PretrainingConfig, itself, same_slice
from methods.parts.regions import check_room, draw_regions, region_vectors
from methods.parts.teacher import without_dropout
from methods.registry import method

_CODE = "domain_specific_cl @1dedffe"
_PAPER = "GCL, arXiv 2006.10511"


class GclConfig(PretrainingConfig):
    """Constants of global and local contrast."""

    pretrain_lr: float = same(
        1e-3, f"{_PAPER} (second-hand); {_CODE}, lr_reg: Adam, both contrasts and fine-tuning", gt=0
    )
    temperature: float = same(0.1, f"{_PAPER} (second-hand); {_CODE}: temp_fac", gt=0)
    hidden: int = same(1024, f"{_CODE} models.py: g_1, whose input is flattened there and averaged here", ge=1)
    embedding: int = same(128, f"{_PAPER} (second-hand); {_CODE} models.py", ge=1)
    partitions: int = same(
        4, f"{_PAPER} (second-hand): S on ACDC; {_CODE}: n_parts; as many as a batch is drawn from", ge=1
    )
    blocks: int = choice(
        None,
        f"decoder blocks that stage ii trains; {_PAPER} (second-hand): l; {_CODE}: default",
        paper=3,
        official=1,
        ge=0,
    )
    regions: int = same(13, f"{_PAPER} (second-hand): A; {_CODE}: no_of_local_regions", ge=2)
    region_side: int = same(3, f"{_PAPER} (second-hand): K; {_CODE}: local_reg_size", ge=1)


@method("gcl", title="GCL", paper="Chaitanya et al., NeurIPS 2020, arXiv 2006.10511", family="contrastive")
class GlobalLocalContrast(Pretrained):
    """Contrast slices by where they lie in their volumes, then regions by where they lie in their slices."""

    Config: ClassVar[type[GclConfig]] = GclConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(GclConfig)
    slices_by: ClassVar[Literal["shuffle", "partition"]] = "partition"

    def __init__(self, task: Task, networks: Networks, config: GclConfig) -> None:
        super().__init__(task, networks, config)
        self.config: GclConfig = config
        self.planar = task.planar
        self.level = min(config.blocks, len(self.network.decoder_channels) - 1)
        width = self.network.decoder_channels[self.level]
        self.region_head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, config.embedding))

    def pairs(self, images: Images) -> tuple[Tensor, Tensor]:
        """Pair views of a slice, and slices of one part of two volumes; those of other parts are apart.

        Single slices, which lie nowhere in a volume, are each apart from all others: the paper's strategy G_R.
        """
        if self.planar:
            same = same_slice(images)
            return same & ~itself(images), ~same
        part = (images.position * self.config.partitions).long().clamp_max(self.config.partitions - 1).repeat(2)
        case = images.case.repeat(2)
        together, another = part.unsqueeze(1) == part, case.unsqueeze(1) != case
        return together & (another | same_slice(images)) & ~itself(images), ~together

    def parts_draw(self, budget: Budget) -> Draw:
        """Return as many unlabelled slices as in the first stage."""
        return Draw(0, budget.labeled + budget.unlabeled, VIEWS)

    def parts_weights(self) -> Iterable[nn.Parameter]:
        """Return all but the encoder's weights."""
        frozen = {id(weight) for weight in self.network.encoder.parameters()}
        decoder = [weight for weight in self.network.parameters() if id(weight) not in frozen]
        return [*decoder, *self.region_head.parameters()]

    def step_parts(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Pair a region's vectors under both views; the slice's other regions are apart."""
        assert batch.unlabeled is not None
        config, images = self.config, torch.cat([batch.unlabeled.views[name] for name in VIEWS])
        without_dropout(self.network.encoder)
        with torch.no_grad():
            encoded = self.network.encode(images)
        features = self.network.decode(encoded).decoder[self.level]
        check_room(features, config.region_side)
        places = draw_regions(features, len(batch.unlabeled), config.regions, config.region_side, clock.rng)
        vectors = self.region_head(region_vectors(features, places.repeat(2, 1), config.region_side)).flatten(2)
        count = places.shape[1]
        number = torch.arange(count, device=images.device).repeat(2)
        own = number.unsqueeze(1) == number
        paired = own & ~torch.eye(2 * count, dtype=torch.bool, device=images.device)
        both = torch.cat(vectors.chunk(2), 1)  # (N, 2 regions, D): a slice's regions under one view, then the other
        loss = pair_contrast(both, paired, ~own, config.temperature)
        return descend(self.optimizer, regions=(config.pretrain_weight, loss))
