"""ACTION++ (You et al., MICCAI 2023, arXiv 2304.02689): ACTION with fixed class centres and a moving temperature.

The third stage's contrast is supervised: pixels of labelled slices are drawn to pixels of their class and to their
class's corner of a regular simplex. What stages i and ii do is ACTION's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from data.task import Task
from methods.action import Action
from methods.base import Clock
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.action_config import ActionConfig, choice, fidelities, same
from methods.parts.adaptive import Adaptive, RunningMeans, adaptive_contrast
from methods.parts.anatomical import draw_pixels
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
    centre_temperature: float = choice(
        34, f"of the centres' softmax, 0: the contrast's; {_CODE}: 0.07", paper=0.0, official=0.07, ge=0
    )
    period: float = choice(
        35,
        f"of the temperature, fraction of a stage; {_PAPER}: all of it; {_CODE}: 10 cycles",
        paper=1.0,
        official=0.1,
        gt=0,
    )
    temperature: float = same(0.1, f"{_PAPER}: tau-, the lowest of the contrast", gt=0)
    highest_temperature: float = same(1.0, f"{_PAPER}: tau+, of all contrastive losses", gt=0)
    means_rate: float = same(0.1, f"{_CODE}: class means move by 0.1", gt=0, le=1)


@method("action_plus", title="ACTION++", paper="You et al., MICCAI 2023, arXiv 2304.02689")
class ActionPlus(Action):
    """ACTION with supervised contrast to evenly spread class centres and a cosine temperature."""

    Config: ClassVar[type[ActionPlusConfig]] = ActionPlusConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ActionPlusConfig)
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = {
        **Action.settled_elsewhere,
        36: (
            "keys: in the code a queue of 12,288 raw decoder features of the teacher",
            "not followed, the released files cannot run: keys are the batch's own labelled pixels",
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

    def contrast(self, maps: Maps, membership: Tensor, labeled: int, clock: Clock) -> Tensor:
        """Return the supervised adaptive contrast of the labelled slices' pixels."""
        config, known = self.config, membership[:labeled]
        levels = [level[:labeled] for level in maps.decoder]
        queries, present = self.drawn(levels, known, config.queries, clock)
        with torch.no_grad():
            keys, _ = self.drawn(levels, known, config.keys, clock)
            self.running.update(functional.normalize(self.representation.mean(levels, known), dim=1), present)
            centres = self.running.assigned(self.centres)
        temperature = self.moving(config.temperature, clock)
        pull = Adaptive(temperature, config.centre_temperature or temperature, config.centre_weight)
        return adaptive_contrast(queries, keys, present, centres, pull)

    def drawn(self, levels: list[Tensor], membership: Tensor, count: int, clock: Clock) -> tuple[Tensor, Tensor]:
        """Return unit vectors (classes, count, width) of random pixels of each class, and which classes there are."""
        pixels, present = draw_pixels(membership, count, clock.rng)
        size = (membership.shape[-2], membership.shape[-1])
        vectors = functional.normalize(self.representation.at(levels, pixels.flatten(), size), dim=1)
        return vectors.view(self.classes, count, -1), present
