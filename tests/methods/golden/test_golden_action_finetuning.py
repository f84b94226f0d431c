"""ACTION's stage iii: three updates are the released code's, and all that its contrast saw."""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from data.batch import Batch, Images
from methods.action import Action
from methods.action_plus import ActionPlus
from methods.base import Budget
from methods.parts.calls import apart
from methods.parts.mix import inside_boxes
from methods.parts.pseudo import share_above
from tests.methods.golden.conftest import Compare
from tests.methods.golden.pixel_draws import Contrasted
from tests.methods.golden.released import (
    TOTAL,
    Array,
    Given,
    Watched,
    drawn,
    fill,
    load,
    match,
    official,
    slices,
    sorted_weights,
    start,
    step,
    update_of,
)

SIZE, SHOWN = 64, "pixel_vectors"
NAMES = {Action: "action", ActionPlus: "action_plus"}
FILES = {"action": "action_finetuning", "action_plus": "action_plus_finetuning"}


def stored_batch(count: int, number: int) -> Batch:
    """Return the slices of an update, as stored: as many labelled as unlabelled ones."""
    (labeled, masks), (unlabeled, _) = slices(count, SIZE, 300 + number), slices(count, SIZE, 320 + number)
    case, position = torch.arange(2 * count), torch.linspace(0, 1, 2 * count)
    known = Images({"plain": labeled}, case[:count], position[:count])
    return Batch(known, masks, Images({"plain": unlabeled}, case[count:], position[count:]))


def altered(number: int, mixed: Tensor) -> Tensor:
    """Return what stands for jitter and blur in an update."""
    return 0.7 * mixed + 0.3 * torch.from_numpy(drawn(9700, number).random(mixed.shape))


def given(there: Mapping[str, Array], number: int) -> dict[str, object]:
    """Return what the released code drew to mix and alter the slices of an update; nothing was warped."""
    boxes = torch.from_numpy(there["draw/box_row_column_height_width"])
    return {
        "mix": lambda classes, number: inside_boxes(boxes, classes),
        "strong": lambda mixed: altered(number, mixed),
        "warp": lambda images, probability: images,
    }


def begun(name: str, count: int, **overrides: object) -> Action:
    """Return a method at the start of stage iii; student and teacher are network 0, the head is network 2."""
    method = official(name, queries=16, negatives=32, **overrides)
    assert isinstance(method, Action)
    fill(sorted_weights(method.student.network, "unet"), 0, 8.0)
    fill(sorted_weights(method.representation, f"representation_{method.config.representation}"), 2)
    start(method, method.stages(Budget(TOTAL, True, count, count))[-1])
    return method.train()


def watched(method: Action) -> dict[str, Watched]:
    return {
        "student": Watched(method.student.network),
        "teacher": Watched(method.teacher.network),
        "representation": Watched(method.representation, f"representation_{method.config.representation}"),
    }


def sees_the_same(
    compare: Compare, before: Action, batch: Batch, pixels: Contrasted, there: Mapping[str, Array], number: int
) -> None:
    """Compare what a step saw, by the method's own functions on a copy of it from before the step."""
    assert batch.unlabeled is not None
    name, clean = NAMES[type(before)], batch.unlabeled.views["plain"]
    mixed = before.mixed(clean, clean, Given(number, **given(there, number)))
    sure = (share_above(mixed.confidence, before.config.confident), share_above(mixed.confidence, before.config.valid))
    compare(name, "sure pixels", [float(one.mean()) for one in sure], [there["share_strong"], there["share_weak"]])
    maps = apart(before.student.network, batch.labeled.views["plain"], mixed.images).decoder
    image, row, column = torch.from_numpy(load(FILES[name])["pixel_positions"].astype(np.int64)).T
    vectors = before.representation.at(maps, (image * SIZE + row) * SIZE + column, (SIZE, SIZE)).detach()
    compare(name, "representation", vectors[:, : there[SHOWN].shape[1]], there[SHOWN])
    compare(name, "representation", vectors.norm(dim=1), there[f"{SHOWN}_norm"])
    counts = pixels.membership.sum(1)
    compare(name, "pixels", counts, there["contrast/valid_pixels"])
    membership = pixels.membership.double().view(len(counts), -1, SIZE, SIZE).movedim(1, 0)
    means = before.representation.mean(maps, membership).detach()
    compare(name, "representation", means.norm(dim=1), there["contrast/class_means_norm"])


def test_three_updates_of_stage_iii_are_the_released_ones(compare: Compare) -> None:
    method = begun("action", 4, representation=64)
    parts = watched(method)
    for number in range(3):
        there, batch = update_of("action_finetuning", f"u{number}"), stored_batch(4, number)
        pixels, before = Contrasted(there), copy.deepcopy(method)
        terms = step(method, batch, Given(number, **given(there, number), **pixels.given()))
        compare("action", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        for term in ("total", "supervised", "unsupervised", "contrast"):
            compare("action", "loss", terms[term], there[f"loss/{term}"])
        match(compare, "action", parts, there)
        pixels.matches(compare, "action")
        sees_the_same(compare, before, batch, pixels, there, number)
