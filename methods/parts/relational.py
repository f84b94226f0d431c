"""Pre-training by relations: a student relates slices, then windows, to anchors as its teacher does (ACTION 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

from data.batch import Batch
from data.task import Task
from methods.base import Clock, Method
from methods.networks.factory import Networks
from methods.networks.segmenter import Segmenter
from methods.parts.anchors import ANCHORS, Bank
from methods.parts.descend import descend
from methods.parts.distillation import (
    LOCAL_PREDICTORS,
    PROJECTIONS,
    RELATIONS,
    Predictor,
    Relation,
    by_place,
    local_places,
    relation_loss,
)
from methods.parts.headed import AVERAGED, TEACHER_HEADS, Headed, renew
from methods.parts.precision import full
from methods.parts.relational_config import RelationalConfig
from methods.parts.supervised import segmentation_loss
from methods.parts.teacher import FOLLOWS, frozen_copy, warm_decay

Passed = tuple[Tensor, ...]
Look = Callable[[Segmenter, Tensor], Passed]


def bottleneck_alone(network: Segmenter, images: Tensor) -> Passed:
    """Return the bottleneck of images, which passed the encoder."""
    return (network.encode(images)[-1],)


def bottleneck_and_logits(network: Segmenter, images: Tensor) -> Passed:
    """Return bottleneck and logits of images, which passed the whole network."""
    maps = network.maps(images)
    return maps.bottleneck, maps.logits


def constant_decay(decay: float, update: int) -> float:
    """Return the decay, the same at every update."""
    return decay


def draw_order(like: Tensor, rng: torch.Generator) -> Tensor:
    """Return a random order (N,) of the items of a tensor (N, ...)."""
    return torch.rand(len(like), generator=rng, device=like.device).argsort()


LOOKS: Mapping[str, Look] = {"encoder": bottleneck_alone, "network": bottleneck_and_logits}
DECAYS: Mapping[str, Callable[[float, int], float]] = {"warm": warm_decay, "constant": constant_decay}


class Relational(Method):
    """Two stages, of whole slices and of windows, with a student, its averaged teacher, heads and anchors."""

    config: RelationalConfig
    optimizer: Optimizer

    def __init__(self, task: Task, networks: Networks, config: RelationalConfig) -> None:
        super().__init__(task, networks, config)
        self.config, self.classes = config, task.classes
        self.student = Headed(networks.segmenter(), task.classes, config)
        self.teacher = frozen_copy(self.student)
        TEACHER_HEADS[config.teacher_heads](self.teacher, self.student)
        layers, anchors = PROJECTIONS[config.projection], ANCHORS[config.anchors]
        width = self.student.local_head.width
        self.predict_global = Predictor(config.embedding, layers)
        self.predict_local = LOCAL_PREDICTORS[config.local_predictor](width, layers)
        self.global_bank = anchors(config.bank, 1, config.embedding)
        self.local_bank = anchors(config.bank, local_places(config.last_strip), width)

    def step_global(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage i: relate each slice to the anchors as the teacher does."""
        (seen, *_), (taught, *_) = self.passes(LOOKS[self.config.global_pass], batch, clock)
        target = self.teacher.global_head(taught)
        loss = self.global_loss(seen, target, clock)
        values = descend(self.optimizer, globally=(self.config.pretrain_weight, loss))
        self.global_bank.push(target)
        return values

    def step_local(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage ii: the same for each window of the decoder's output, and learn from the labels."""
        (seen, logits), (taught, shown) = self.passes(bottleneck_and_logits, batch, clock)
        whole, places = self.teacher.global_head(taught), self.teacher.local_head(shown)
        values = descend(
            self.optimizer,
            supervised=segmentation_loss(logits[: len(batch.labeled)], batch.masks),
            globally=(self.config.global_weight, self.global_loss(seen, whole, clock)),
            locally=(self.config.local_weight, self.local_loss(logits, places, clock)),
        )
        self.global_bank.push(whole)
        self.local_bank.push(places)
        return values

    def passes(self, look: Look, batch: Batch, clock: Clock) -> tuple[Passed, Passed]:
        """Move the teacher; return what a look at student and teacher sees, the latter a constant."""
        taught, seen = (torch.cat(batch.view(name)) for name in self.views()[:2])
        order = {"once": self.teacher_once, "twice": self.teacher_twice}[self.config.teacher_passes]
        return order(look, seen, taught, clock)

    def teacher_once(self, look: Look, seen: Tensor, taught: Tensor, clock: Clock) -> tuple[Passed, Passed]:
        """Move the teacher, then pass teacher and student."""
        self.follow_young(clock)
        with torch.no_grad():
            target = look(self.teacher.network, taught)
        return look(self.student.network, seen), target

    def teacher_twice(self, look: Look, seen: Tensor, taught: Tensor, clock: Clock) -> tuple[Passed, Passed]:
        """Pass student and teacher, move the teacher, and pass it again in a drawn order, as the released code does.

        What the first pass of the teacher gives is unused; its statistics move.
        """
        found = look(self.student.network, seen)
        order = clock.draw("teacher_order", draw_order, taught)
        with torch.no_grad():
            look(self.teacher.network, taught)
            self.follow_young(clock)
            shuffled = look(self.teacher.network, taught[order])
        back = order.argsort()
        return found, tuple(part[back] for part in shuffled)

    def follow_young(self, clock: Clock) -> None:
        """Move the teacher in stages i and ii."""
        made = DECAYS[self.config.decay_start]
        self.follow(clock.number(lambda at: made(self.config.decay, at.update)))

    def follow(self, decay: float | Tensor) -> None:
        """Move the teacher's average; heads that are trained by gradient stay out of it."""
        averaged = AVERAGED[self.config.teacher_heads]
        FOLLOWS[self.config.teacher_average](averaged(self.teacher), averaged(self.student), decay)

    def start_heads(self) -> None:
        """Begin stage ii with the heads, predictors and anchors that it is to have."""
        STARTS[self.config.heads_start](self)

    def global_loss(self, bottleneck: Tensor, target: Tensor, clock: Clock) -> Tensor:
        """Return the relational loss between whole slices."""
        predicted = self.predict_global(self.student.global_head(bottleneck))
        return self.relations(self.global_bank, by_place, (predicted, target), clock)

    def local_loss(self, output: Tensor, target: Tensor, clock: Clock) -> Tensor:
        """Return the relational loss between windows of the decoder's output."""
        predicted = self.predict_local(self.student.local_head(output))
        return self.relations(self.local_bank, RELATIONS[self.config.local_relations], (predicted, target), clock)

    def relations(self, bank: Bank, relate: Relation, pair: tuple[Tensor, Tensor], clock: Clock) -> Tensor:
        """Return KL(teacher || student) of the similarities to a bank's anchors; pair: the student's, the teacher's."""
        anchors = bank.pick(pair[1], clock.rng)
        with torch.autocast(anchors.device.type, enabled=False):  # a temperature of 0.01 needs more than bf16's digits
            student, teacher = (relate(bank, full(embedding), anchors) for embedding in pair)
        return relation_loss(student, teacher, *self.temperatures(clock))

    def temperatures(self, clock: Clock) -> tuple[float | Tensor, float | Tensor]:
        """Return the student's and the teacher's temperature of an update."""
        return self.config.student_temperature, self.config.teacher_temperature

    def views(self) -> tuple[str, ...]:
        """Return the teacher's and the student's view in stages i and ii; of one kind, they are drawn independently."""
        teacher, student = self.config.teacher_view, self.config.student_view
        return self.stored(teacher, f"{student}_b" if student == teacher else student)

    def stored(self, *views: str) -> tuple[str, ...]:
        """Return the views, with ``plain`` among them where the geometry is to stay as stored."""
        return tuple(dict.fromkeys((*views, *(() if self.config.geometry else ("plain",)))))


def keep_heads(method: Relational) -> None:
    """Let stage ii go on with stage i's heads, predictors and anchors."""


def new_heads(method: Relational) -> None:
    """Build heads, predictors and anchors anew; the networks are carried over with their statistics."""
    for part in (*method.student.heads(), method.predict_global, method.predict_local):
        renew(part)
    TEACHER_HEADS[method.config.teacher_heads](method.teacher, method.student)
    renew(method.global_bank)
    renew(method.local_bank)


STARTS: Mapping[str, Callable[[Relational], None]] = {"kept": keep_heads, "anew": new_heads}
