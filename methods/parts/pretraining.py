"""Methods that contrast whole slices, then parts of slices, then fine-tune on the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.optim import Adam

from data.batch import Batch, Images, View
from data.task import Task
from methods.base import Budget, Clock, Draw, Method, Stage, Trained, cited
from methods.networks.factory import Networks
from methods.parts.contrast import pair_contrast
from methods.parts.descend import descend
from methods.parts.fidelity import choice, same
from methods.parts.lr_schedule import constant
from methods.parts.sgd import SgdConfig
from methods.parts.supervised import segmentation_loss

VIEWS = ("strong", "strong_b")
BETWEEN: Mapping[str, type[nn.Module]] = {"relu": nn.ReLU, "nothing": nn.Identity}


class PretrainingConfig(SgdConfig):
    """Constants that these methods share."""

    slices_share: float = cited(1, "share of the updates for whole slices: a stage each; ours", gt=0)
    parts_share: float = cited(1, "the same for parts of slices", gt=0)
    fine_tune_share: float = choice(
        None, "the same for labels; ours: twice, as ACTION's 200 epochs to 100", paper=1, official=1, fixed=2, gt=0
    )
    pretrain_lr: float = cited(1e-3, "of Adam while contrasting", gt=0)
    pretrain_decay: float = cited(0.0, "weight decay of Adam", ge=0)
    pretrain_weight: float = cited(1.0, "the stage has one term", ge=0)
    fine_tuner: Literal["sgd", "adam"] = choice(
        None,
        "both papers and codes: Adam; ours: SGD, as every method's here",
        paper="adam",
        official="adam",
        fixed="sgd",
    )
    fine_tune_lr: float = same(1e-3, "of Adam while fine-tuning", gt=0)
    temperature: float = same(0.1, "tau of both contrasts", gt=0)
    hidden: int = same(1024, "width of the slices' head inside", ge=1)
    embedding: int = same(128, "width of its output", ge=1)
    between: Literal["relu", "nothing"] = same("relu", "the two layers of a head")
    fine_tune_view: View = cited("weak", "what the network learns labels on; presets say how")

    def adam(self, parameters: Iterable[nn.Parameter], lr: float) -> Trained:
        """Return Adam at a fixed rate."""
        return Trained(Adam(list(parameters), lr=lr, weight_decay=self.pretrain_decay, foreach=True), constant)


def by_sgd(config: PretrainingConfig, parameters: Iterable[nn.Parameter]) -> Trained:
    """Return the optimiser that all networks have."""
    return config.trained(parameters)


def by_adam(config: PretrainingConfig, parameters: Iterable[nn.Parameter]) -> Trained:
    """Return Adam at the rate of fine-tuning."""
    return config.adam(parameters, config.fine_tune_lr)


FINE_TUNERS: Mapping[str, Callable[[Any, Iterable[nn.Parameter]], Trained]] = {"sgd": by_sgd, "adam": by_adam}


class Pretrained(Method):
    """Three stages; a method says which slices belong together, and how parts of slices are contrasted."""

    Config: ClassVar[type[PretrainingConfig]] = PretrainingConfig
    twin: ClassVar[Mapping[str, Any]] = {"pretrain_weight": 0.0}
    slices_by: ClassVar[Literal["shuffle", "partition"]] = "shuffle"
    config: PretrainingConfig

    def __init__(self, task: Task, networks: Networks, config: PretrainingConfig) -> None:
        super().__init__(task, networks, config)
        self.config, self.classes = config, task.classes
        self.network = networks.segmenter()
        self.slice_head = nn.Sequential(
            nn.Linear(self.network.bottleneck_channels, config.hidden),
            BETWEEN[config.between](),
            nn.Linear(config.hidden, config.embedding),
        )

    def pairs(self, images: Images) -> tuple[Tensor, Tensor]:
        """Return which views pair and which are apart, (2 N, 2 N): all slices' first views, then the second ones."""
        raise NotImplementedError

    def parts_draw(self, budget: Budget) -> Draw:
        """Return what the second stage takes."""
        raise NotImplementedError

    def parts_weights(self) -> Iterable[nn.Parameter]:
        """Return what the second stage trains."""
        raise NotImplementedError

    def step_parts(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the second stage."""
        raise NotImplementedError

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the three stages; slices add up to the same number in the first as in other methods' updates."""
        config = self.config
        counts = budget.split(config.slices_share, config.parts_share, config.fine_tune_share)
        draws = (
            Draw(0, budget.labeled + budget.unlabeled, VIEWS, by=self.slices_by, geometry="own"),
            self.parts_draw(budget),
            Draw(budget.labeled, 0, (config.fine_tune_view,)),
        )
        return [Stage(*stage) for stage in zip(("slices", "parts", "fine_tune"), counts, draws, strict=True)]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Train the encoder with its head, then what the method says, then the network."""
        config, network = self.config, self.network
        slices = [*network.encoder.parameters(), *self.slice_head.parameters()]
        steps: Mapping[str, tuple[Any, Callable[[], Trained]]] = {
            "slices": (self.step_slices, lambda: config.adam(slices, config.pretrain_lr)),
            "parts": (self.step_parts, lambda: config.adam(self.parts_weights(), config.pretrain_lr)),
            "fine_tune": (self.step_fine_tune, lambda: FINE_TUNERS[config.fine_tuner](config, network.parameters())),
        }
        self.advance, make = steps[stage.name]
        trained = make()
        self.optimizer = trained.optimizer
        return {"network": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the current stage."""
        values: Mapping[str, Tensor | float] = self.advance(batch, clock)
        return values

    def step_slices(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Contrast the embeddings of whole slices under two views."""
        assert batch.unlabeled is not None
        bottleneck = self.network.encode(torch.cat([batch.unlabeled.views[name] for name in VIEWS]))[-1]
        embedded = self.slice_head(bottleneck.mean((2, 3)))
        loss = pair_contrast(embedded, *self.pairs(batch.unlabeled), self.config.temperature)
        return descend(self.optimizer, slices=(self.config.pretrain_weight, loss))

    def step_fine_tune(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss."""
        logits = self.network(batch.labeled.views[self.config.fine_tune_view])
        return descend(self.optimizer, supervised=segmentation_loss(logits, batch.masks))

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the network."""
        return {"network": self.network}


def same_slice(images: Images) -> Tensor:
    """Return (2 N, 2 N) bool, for two views of a batch: are both the same slice of the same volume?

    A batch may hold a slice twice.
    """
    case, position = images.case.repeat(2), images.position.repeat(2)
    return (case.unsqueeze(1) == case) & (position.unsqueeze(1) == position)


def itself(images: Images) -> Tensor:
    """Return (2 N, 2 N) bool, true on the diagonal."""
    return torch.eye(2 * len(images), dtype=torch.bool, device=images.case.device)
