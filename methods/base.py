"""The contract between a method and the trainer.

A method owns its networks, optimisers and the order of its updates. The trainer owns time, data, randomness and
checkpoints; the evaluator owns scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from data.batch import Batch, Draw
from data.task import Task
from methods.errors import MethodError, MethodUsageError
from methods.networks.segmenter import Segmenter

if TYPE_CHECKING:
    from methods.networks.factory import Networks


Drawn = TypeVar("Drawn")

__all__ = [
    "Budget",
    "Clock",
    "Config",
    "Draw",
    "Inspected",
    "Method",
    "Segmenter",
    "Stage",
    "Trained",
    "cited",
    "segmenter_of",
]


class Config(BaseModel):
    """A method's constants: frozen, validated, every default with its source as the field's description."""

    backbones: ClassVar[tuple[str, ...]] = ()
    """Fields that name a backbone, which is checked as the cell's own is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        wanted = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and wanted in (int, float):
            raise ValueError("a number is expected")  # true would be read as 1
        return value


def cited(default: Any, source: str, **bounds: Any) -> Any:
    """Declare a config field with its default, the source of that default, and pydantic bounds (``ge``, ``le`` ...)."""
    return Field(default, description=source, **bounds)


PUBLISHED_UPDATES = 30_000
"""Of a run that is published: SSL4MIS train_*_2D.py @06df604, whose schedule most papers here share."""


TWIN_RULES = ("blind", "passes", "schedule")
"""Rules of ``methods.contract`` that a twin may break where its class says why."""


@dataclass(frozen=True)
class Stage:
    """A part of training with its own objective. keep: which of its weights the next stage starts from."""

    name: str
    updates: int
    draw: Draw
    keep: Literal["last", "best"] = "last"

    def __post_init__(self) -> None:
        """Raise MethodError for what would train otherwise than it says."""
        name, updates = self.name, self.updates
        if not isinstance(name, str) or not name or not name.isprintable() or "/" in name:
            raise MethodError(f"Stage: name={name!r}; expected printable characters without /")
        if not isinstance(updates, int) or isinstance(updates, bool) or updates < 1:
            raise MethodError(f"Stage {name!r}: updates={updates!r}; expected a whole number, 1 or more")
        if self.keep not in ("last", "best"):
            raise MethodError(f"Stage {name!r}: keep={self.keep!r}; expected last or best")


@dataclass(frozen=True)
class Budget:
    """What a preset grants every method: updates (a stage, or in all) and slices a batch."""

    updates: int
    per_stage: bool
    labeled: int
    unlabeled: int

    def total(self, stages: int, whole: int = 0) -> int:
        """Return the updates of a run of so many stages; ``whole`` as in ``split``."""
        if not self.per_stage:
            return self.updates
        return round(whole * self.updates / PUBLISHED_UPDATES) if whole else self.updates * stages

    def split(self, *shares: float, whole: int = 0) -> list[int]:
        """Return the updates of each stage: the total cut by shares without a rest, or all of them each.

        whole: what a paper's run takes in all where other papers' take PUBLISHED_UPDATES, which is cut in place of
        granting each stage as many, and is more or less where a stage is granted more or less than those; 0 where a
        paper grants each stage its own. No stage is rounded away; MethodUsageError if there are fewer updates than
        stages.
        """
        if self.per_stage and not whole:
            return [self.updates for _ in shares]
        total, stages = self.total(len(shares), whole), len(shares)
        if total < stages:
            least = math.ceil(stages * PUBLISHED_UPDATES / whole) if self.per_stage else stages
            words = f"{total} updates are too few for {stages} stages"
            raise MethodUsageError(f"--set updates={self.updates}: {words}; expected at least {least}")
        ends = [round(total * sum(shares[: k + 1]) / sum(shares)) for k in range(stages)]
        for k in range(stages):
            ends[k] = min(max(ends[k], ends[k - 1] + 1 if k else 1), total - (stages - 1 - k))
        return [end - start for start, end in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True)
class Clock:
    """Where in its stage an update is, 0 to total - 1, and the update's own random numbers.

    hold: puts a number where kernels read it; on the CPU it stays a float.
    """

    update: int
    total: int
    rng: Generator
    hold: Callable[[float], float | Tensor] = float

    @property
    def progress(self) -> float:
        """Fraction of the stage that lies behind this update, in [0, 1)."""
        return self.update / self.total

    def number(self, make: Callable[[Clock], float]) -> float | Tensor:
        """Return ``make(clock)``, a factor or threshold that changes from update to update.

        A float on the CPU, a scalar tensor on a card. A step that asks for such numbers here, and reads ``update`` and
        ``progress`` nowhere else, can be recorded as a whole there (docs/decisions/100-recorded-updates.md).
        """
        return self.hold(make(self))

    def ahead(self, updates: int) -> Clock:
        """Return the clock so many updates later, with this update's random numbers."""
        return replace(self, update=self.update + updates)

    def draw(self, name: str, make: Callable[..., Drawn], *args: Any) -> Drawn:
        """Return ``make(*args, rng)``: a thing that this update draws at random, by a name.

        A step that draws so can be given what another implementation drew (tests/methods/golden).
        """
        return make(*args, self.rng)


@dataclass(frozen=True)
class Trained:
    """An optimiser and the factor on its initial learning rates at each update."""

    optimizer: Optimizer
    schedule: Callable[[Clock], float]


@dataclass(frozen=True)
class Inspected:
    """Parts of a method that the evaluator looks into after training, from snapshots that the trainer kept.

    labeler: images (N, C, H, W) -> logits, as pseudo-labels are made in training. representer: images and flat pixel
    numbers (P,) of the (N, H, W) grid -> vectors (P, D). confident: the confidence that counts as sure.
    negative_temperature: of the shares in which classes give negatives.
    """

    labeler: nn.Module
    confident: float
    representer: nn.Module | None = None
    negative_temperature: float = 1.0


class Method(nn.Module):
    """A way to train a segmentation network from few labelled and many unlabelled slices.

    ``state_dict()`` must cover all that an update changes (teachers, banks, critics): a run resumes with
    ``begin(stage)`` followed by loading it.
    """

    Config: ClassVar[type[Config]]
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = {"fixed": {}}
    """Config values under each fidelity, where they differ from the defaults."""
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Fields of the preset under each fidelity whose loader or recipe augments otherwise; --set goes before.

    A mapping in place of a value says which of the preset's own values become which others.
    """
    twin: ClassVar[Mapping[str, Any]] = {}
    """Config values under which every unlabelled term weighs nothing: same batches, views, updates and seeds."""
    twin_caveats: ClassVar[Mapping[str, str]] = {}
    """In what a twin is by design other than a control: a rule of TWIN_RULES, and why, which a run of it tells."""
    labeled_terms: ClassVar[Sequence[str]] = ("supervised",)
    """Terms of labelled slices alone, by the names that are logged; in a twin they make up the total.

    Several have one weight: one of its own stands inside a term, as in ``edge=0.5 * value``.
    """
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = {}
    """Differences between paper and released code that are no choice of the method: what, and where it is settled."""

    def __init__(self, task: Task, networks: Networks, config: Any) -> None:
        super().__init__()

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the stages in order."""
        raise NotImplementedError

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Freeze, reset and copy what the stage needs; return the optimisers by name."""
        raise NotImplementedError

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update and return the terms to log, without a host synchronisation."""
        raise NotImplementedError

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the networks that map images (N, C, H, W) to logits (N, classes, H, W); the first is reported."""
        raise NotImplementedError

    def inspected(self) -> Inspected | None:
        """Return what a diagnosis may look at after training, or None; nothing in it is ever scored for a table."""
        return None


def segmenter_of(predictor: nn.Module) -> Segmenter | None:
    """Return the network with an encoder that a predictor is or wraps; None where it has none."""
    return next((part for part in predictor.modules() if isinstance(part, Segmenter)), None)
