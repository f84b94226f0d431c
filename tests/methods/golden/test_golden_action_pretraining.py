"""ACTION, stages i and ii: three updates of each, and what is carried over between them, are the released code's."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from methods.action import Action
from methods.base import Budget, Clock
from methods.parts.anchors import RingBank
from methods.parts.distillation import by_mixture, by_place
from methods.parts.supervised import segmentation_loss
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import (
    TOTAL,
    Array,
    Given,
    Watched,
    batch,
    drawn,
    fill,
    load,
    match,
    official,
    sorted_weights,
    start,
    step,
    update_of,
)

FILE = "action_pretraining"
VIEWS = {"strong": 0, "strong_sharp": None, "plain": None}
"""Of the teacher and of the student; the last, of stage iii, is drawn so that the geometry stays as stored."""
NETWORKS = {
    "student_global": "action_student_global",
    "teacher_global": "action_teacher_global",
    "predict_global": "action_predict_global",
    "student_local": "action_student_local",
    "teacher_local": "action_teacher_local",
    "predict_local": "action_predict_local",
}


def modules(made: Action) -> Mapping[str, nn.Module]:
    """Return networks and heads by the released record's names, heads in the order of their numbers."""
    return {
        "student": made.student.network,
        "teacher": made.teacher.network,
        "student_global": made.student.global_head,
        "teacher_global": made.teacher.global_head,
        "predict_global": made.predict_global,
        "student_local": made.student.local_head,
        "teacher_local": made.teacher.local_head,
        "predict_local": made.predict_local,
    }


def begin(made: Action, number: int) -> Mapping[str, Watched]:
    """Begin stage 1 or 2; give heads and memories the released stage's first values, and watch from there."""
    stage = made.stages(Budget(TOTAL, True, 12, 12))[number - 1]
    assert (stage.draw.labeled, stage.draw.unlabeled, set(stage.draw.views)) == (3, 3, set(VIEWS))
    start(made, stage)
    found = modules(made)
    for place, (name, network) in enumerate(NETWORKS.items()):
        fill(sorted_weights(found[name], network), 10 * number + place)
    for kind, bank in enumerate((made.global_bank, made.local_bank)):
        noise = torch.from_numpy(drawn(9100 + number, kind).standard_normal(tuple(bank.anchors.shape)))
        bank.anchors.copy_(bank.first(noise))
    return {name: Watched(module, NETWORKS.get(name, "unet")) for name, module in found.items()}


class Looked:
    """What an update computed: each module's last output, the student's logits, and the memories before it."""

    def __init__(self, made: Action) -> None:
        self.made, self.last, self.banks = made, {}, copy.deepcopy((made.global_bank, made.local_bank))
        parts = {**modules(made), "student": made.student.network.classify, "teacher": made.teacher.network.classify}
        self.hooks = [part.register_forward_hook(partial(self.keep, name)) for name, part in parts.items()]

    def keep(self, name: str, module: nn.Module, given: Any, output: Tensor) -> None:
        self.last[name] = output.detach()

    def release(self) -> None:
        for hook in self.hooks:
            hook.remove()


def stage_i_went_on(made: Action, looked: Looked, order: Tensor, clock: Clock, masks: Tensor) -> Mapping[str, Tensor]:
    """Return the two terms that the released stage i records and leaves out; its local memory goes on, too.

    Local heads are as they were before the update, since nothing trains them.
    """
    places = made.teacher.local_head(looked.last["teacher"][order.argsort()])
    locally = made.local_loss(looked.last["student"], places, clock)
    made.local_bank.push(places)
    return {"locally": locally.detach(), "supervised": segmentation_loss(looked.last["student"][: len(masks)], masks)}


def similarities_match(compare: Compare, made: Action, looked: Looked, there: Mapping[str, Array]) -> None:
    """Compare similarities over temperature to the memories that the update met."""
    where = tuple(torch.from_numpy(load(FILE)["local_positions"]).T)
    temperatures = made.config.student_temperature, made.config.teacher_temperature
    heads = ("student", "predict"), ("teacher", "teacher")
    for (side, head), temperature in zip(heads, temperatures, strict=True):
        whole, places = looked.last[f"{head}_global"], looked.last[f"{head}_local"]
        compare(
            "action",
            "similarities",
            by_place(looked.banks[0], whole, looked.banks[0].anchors)[0, 0] / temperature,
            there[f"global_logits_{side}_row0"],
        )
        mixed = by_mixture(looked.banks[1], places, looked.banks[1].anchors) / temperature
        assert list(mixed.shape) == there["local_logits_shape"].tolist()
        compare("action", "similarities", mixed[where], there[f"local_logits_{side}_at"])


def memories_match(compare: Compare, made: Action, there: Mapping[str, Array]) -> None:
    """Compare the length of each entry and where the next one will be written."""
    banks = made.global_bank, made.local_bank
    for key, bank in zip(("queue_norms", "local_queue_norms"), banks, strict=True):
        compare("action", "anchors", bank.anchors.flatten(1).norm(dim=1), there[key])
    assert [int(bank.oldest) for bank in banks if isinstance(bank, RingBank)] == there["pointers"].tolist()


def update_matches(compare: Compare, made: Action, stage: int, number: int) -> Mapping[str, Array]:
    """Make an update; compare its rate, terms, similarities and memories; return the released record of it."""
    there = update_of(FILE, f"stage{stage}/u{number}")
    order = torch.from_numpy(there["draw/teacher_order"])
    clock = Given(number, teacher_order=order)
    given = batch(3, 3, 200 + 10 * stage + number, VIEWS)
    looked = Looked(made)
    terms = dict(step(made, given, clock))
    if stage == 1:
        terms |= stage_i_went_on(made, looked, order, clock, given.masks)
    looked.release()
    compare("action", "rate", made.optimizer.param_groups[0]["lr"], there["lr"])
    for term in ("total", "supervised", "globally", "locally"):
        compare("action", f"loss {term}", terms[term], there[f"loss/{term}"])
    similarities_match(compare, made, looked, there)
    memories_match(compare, made, there)
    return there


def test_three_updates_of_stages_i_and_ii_are_the_released_ones(compare: Compare) -> None:
    made = official("action")
    assert isinstance(made, Action)
    for place, network in enumerate((made.student.network, made.teacher.network)):
        fill(sorted_weights(network, "unet"), place)
    for stage in (1, 2):
        watched = begin(made, stage)
        for number in range(3):
            match(compare, "action", watched, update_matches(compare, made, stage, number))
