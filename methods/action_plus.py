"""ACTION++ (You et al., MICCAI 2023, arXiv 2304.02689): ACTION with fixed class centres and a moving temperature.

Two stages: ACTION's stage ii trains encoder and decoder together, then comes its stage iii with a supervised contrast
beside ACTION's. Pixels of labelled slices are drawn to pixels of their class and to their class's corner of a regular
simplex. All contrastive losses share a moving temperature.
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
from methods.errors import MethodUsageError
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.action_plus_config import ActionPlusConfig
from methods.parts.adaptive import Adaptive, RunningMeans, adaptive_contrast
from methods.parts.anatomical import Sampling, unit
from methods.parts.fidelity import fidelities
from methods.parts.pixel_draws import draw_pixels
from methods.parts.pixel_memory import PixelMemory, UnitMeans, memory_contrast
from methods.parts.pixels import interpolated
from methods.parts.precision import full
from methods.parts.ramp import staircase
from methods.parts.simplex import simplex
from methods.parts.temperature import cosine_temperature
from methods.registry import method

MEANS: Mapping[str, type[RunningMeans]] = {"batch": RunningMeans, "memory": UnitMeans}


@method("action_plus", title="ACTION++", paper="You et al., MICCAI 2023, arXiv 2304.02689", family="contrastive")
class ActionPlus(Action):
    """ACTION, with supervised contrast to evenly spread class centres and a temperature that moves."""

    Config: ClassVar[type[ActionPlusConfig]] = ActionPlusConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ActionPlusConfig)
    labeled_terms: ClassVar[Sequence[str]] = ("supervised", "adaptive")
    config: ActionPlusConfig
    centres: Tensor

    def __init__(self, task: Task, networks: Networks, config: ActionPlusConfig) -> None:
        super().__init__(task, networks, config)
        self.register_buffer("centres", simplex(task.classes, config.representation))
        self.running = MEANS[config.supervised_contrast](task.classes, config.representation, config.means_rate)
        self.memory = PixelMemory(config.memory, config.representation)
        raw = sum(self.student.network.decoder_channels)
        if config.supervised_contrast == "memory" and config.representation != raw:
            raise MethodUsageError(
                f"supervised_contrast=memory compares representations with raw decoder features; expected "
                f"representation={raw} with this backbone, not {config.representation}"
            )

    def temperatures(self, clock: Clock) -> tuple[float | Tensor, float | Tensor]:
        """Return the student's and the teacher's temperature, each from the highest down to its own and back."""
        config = self.config
        return self.moving(config.student_temperature, clock), self.moving(config.teacher_temperature, clock)

    def moving(self, lowest: float, clock: Clock) -> float | Tensor:
        """Return a temperature of this update."""
        config = self.config
        return clock.number(
            lambda at: cosine_temperature(
                staircase(at, config.temperature_steps), lowest, config.highest_temperature, config.period
            )
        )

    def sampling(self, clock: Clock) -> Sampling:
        """Return ACTION's sampling at this update's temperature."""
        sampling, moving = super().sampling(clock), self.moving(self.config.temperature, clock)
        shares = {"constant": sampling.negative_temperature, "moving": moving}[self.config.negatives_at]
        return replace(sampling, temperature=moving, negative_temperature=shares)

    def contrasts(self, maps: Maps, membership: Tensor, labeled: Tensor, clock: Clock) -> Mapping[str, Tensor]:
        """Return ACTION's term and the supervised adaptive contrast of the labelled slices' pixels."""
        terms = super().contrasts(maps, membership, labeled, clock)
        count, adaptive = len(labeled), {"batch": self.with_batch, "memory": self.with_memory}
        levels, known = [level[:count] for level in maps.decoder], membership[:count]
        return {**terms, "adaptive": adaptive[self.config.supervised_contrast](levels, known, labeled, clock)}

    def with_batch(self, levels: Sequence[Tensor], membership: Tensor, labeled: Tensor, clock: Clock) -> Tensor:
        """Return the contrast of labelled pixels with each other and with the centres, which the means choose."""
        config = self.config
        queries, present = self.drawn(levels, membership, config.queries, clock)
        with torch.no_grad():
            keys, _ = self.drawn(levels, membership, config.keys, clock)
            self.running.update(functional.normalize(self.representation.mean(levels, membership), dim=1), present)
            centres = self.running.assigned(self.centres)
        return adaptive_contrast(queries, keys, present, centres, self.sharpness(clock))

    def with_memory(self, levels: Sequence[Tensor], membership: Tensor, labeled: Tensor, clock: Clock) -> Tensor:
        """Return the contrast of labelled pixels with the teacher's features, a memory of them, and the centres."""
        size = (membership.shape[-2], membership.shape[-1])
        pixels, present = clock.draw("memory_pixels", draw_pixels, membership, self.config.memory_pixels)
        queries = self.represented(levels, pixels, size)
        with torch.no_grad():
            taught = self.teacher.network.maps(labeled).decoder
            raw = [interpolated(level, pixels.flatten(), size, self.config.enlarging) for level in taught]
            own = unit(full(torch.cat(raw, 1))).view_as(queries)
            self.running.update(queries.mean(1), present)
            centres = self.running.assigned(self.centres)
        loss = memory_contrast(queries, own, present, centres, self.memory, self.sharpness(clock))
        kind = torch.arange(self.classes, device=pixels.device).repeat_interleave(pixels.shape[1])
        self.memory.push(own.flatten(0, 1), kind, present[kind])
        return loss

    def sharpness(self, clock: Clock) -> Adaptive:
        """Return how sharply pixels are compared with pixels and centres in an update."""
        temperature = self.moving(self.config.adaptive_temperature, clock)
        return Adaptive(temperature, temperature, self.config.centre_weight)

    def drawn(self, levels: Sequence[Tensor], membership: Tensor, count: int, clock: Clock) -> tuple[Tensor, Tensor]:
        """Return unit vectors (classes, count, width) of random pixels of each class, and which classes there are."""
        pixels, present = clock.draw("labeled_pixels", draw_pixels, membership, count)
        return self.represented(levels, pixels, (membership.shape[-2], membership.shape[-1])), present

    def represented(self, levels: Sequence[Tensor], pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return unit vectors (classes, count, width) of flat pixel numbers (classes, count)."""
        vectors = functional.normalize(self.representation.at(levels, pixels.flatten(), size), dim=1)
        return vectors.view(*pixels.shape, -1)
