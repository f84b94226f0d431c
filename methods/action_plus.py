"""ACTION++ (You et al., MICCAI 2023, arXiv 2304.02689): ACTION with fixed class centres and a moving temperature.

Stage iii has a supervised contrast beside ACTION's: pixels of labelled slices are drawn to pixels of their class and to
their class's corner of a regular simplex. All contrastive losses share a moving temperature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from data.task import Task
from methods.action import Action
from methods.base import Clock
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.action_config import ActionConfig
from methods.parts.adaptive import Adaptive, RunningMeans, adaptive_contrast
from methods.parts.anatomical import Sampling, draw_pixels
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.simplex import simplex
from methods.parts.temperature import cosine_temperature
from methods.registry import method

_CODE = "ACTION code @77730a7, the files with ++"
_PAPER = "ACTION++, arXiv 2304.02689"


class ActionPlusConfig(ActionConfig):
    """Constants of ACTION++ beside ACTION's."""

    representation: int = choice(
        32, f"{_PAPER}: d; {_CODE}: all decoder maps side by side", paper=128, official=496, ge=1
    )
    centre_weight: float = choice(33, f"{_PAPER}: lambda_a; {_CODE}: default", paper=0.2, official=0.1, ge=0)
    adaptive_temperature: float = choice(
        34, f"lowest of the supervised contrast; {_PAPER}: tau-; {_CODE}: 0.07", paper=0.1, official=0.07, gt=0
    )
    period: float = choice(
        35,
        f"of the temperature, fraction of a stage; {_PAPER}: all of it; {_CODE}: 10 cycles",
        paper=1.0,
        official=0.1,
        gt=0,
    )
    temperature: float = same(0.1, f"{_PAPER}: tau-, the lowest of the anatomical contrast", gt=0)
    highest_temperature: float = same(1.0, f"{_PAPER}: tau+, of all contrastive losses", gt=0)
    means_rate: float = same(0.1, f"{_CODE}: class means move by 0.1", gt=0, le=1)


@method("action_plus", title="ACTION++", paper="You et al., MICCAI 2023, arXiv 2304.02689")
class ActionPlus(Action):
    """ACTION, with supervised contrast to evenly spread class centres and a temperature that moves."""

    Config: ClassVar[type[ActionPlusConfig]] = ActionPlusConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ActionPlusConfig)
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = {
        **Action.settled_elsewhere,
        36: (
            "supervised contrast: in the code one softmax over a queue of 12,288 raw decoder features and the centres",
            "not followed, the released files cannot run: two terms, as the paper writes them, over the batch's pixels",
        ),
    }
    config: ActionPlusConfig
    centres: Tensor

    def __init__(self, task: Task, networks: Networks, config: ActionPlusConfig) -> None:
        super().__init__(task, networks, config)
        self.register_buffer("centres", simplex(task.classes, config.representation))
        self.running = RunningMeans(task.classes, config.representation, config.means_rate)

    def temperatures(self, clock: Clock) -> tuple[float, float]:
        """Return the student's and the teacher's temperature, each from the highest down to its own and back."""
        student, teacher = super().temperatures(clock)
        return self.moving(student, clock), self.moving(teacher, clock)

    def moving(self, lowest: float, clock: Clock) -> float:
        """Return a temperature of this update."""
        return cosine_temperature(clock.progress, lowest, self.config.highest_temperature, self.config.period)

    def sampling(self, clock: Clock) -> Sampling:
        """Return ACTION's sampling at this update's temperature."""
        return replace(super().sampling(clock), temperature=self.moving(self.config.temperature, clock))

    def contrasts(self, maps: Maps, membership: Tensor, labeled: int, clock: Clock) -> Mapping[str, Tensor]:
        """Return ACTION's term and the supervised adaptive contrast of the labelled slices' pixels."""
        terms = super().contrasts(maps, membership, labeled, clock)
        levels, known = [level[:labeled] for level in maps.decoder], membership[:labeled]
        return {**terms, "adaptive": self.adaptive(levels, known, clock)}

    def adaptive(self, levels: Sequence[Tensor], membership: Tensor, clock: Clock) -> Tensor:
        """Return the contrast of labelled pixels with each other and with the centres, which the means choose."""
        config = self.config
        queries, present = self.drawn(levels, membership, config.queries, clock)
        with torch.no_grad():
            keys, _ = self.drawn(levels, membership, config.keys, clock)
            self.running.update(functional.normalize(self.representation.mean(levels, membership), dim=1), present)
            centres = self.running.assigned(self.centres)
        temperature = self.moving(config.adaptive_temperature, clock)
        return adaptive_contrast(
            queries, keys, present, centres, Adaptive(temperature, temperature, config.centre_weight)
        )

    def drawn(self, levels: Sequence[Tensor], membership: Tensor, count: int, clock: Clock) -> tuple[Tensor, Tensor]:
        """Return unit vectors (classes, count, width) of random pixels of each class, and which classes there are."""
        pixels, present = draw_pixels(membership, count, clock.rng)
        size = (membership.shape[-2], membership.shape[-1])
        vectors = functional.normalize(self.representation.at(levels, pixels.flatten(), size), dim=1)
        return vectors.view(self.classes, count, -1), present
