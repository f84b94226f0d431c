"""One case's answer: its slices through each network on that network's grid, a few at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmark.predicting.ensemble import Ensemble
from benchmark.predicting.scale import Scale
from benchmark.running.assembly import settings_of
from benchmark.running.finished import Finished
from benchmark.running.options import Options
from benchmark.scoring.evaluator import Evaluator, enlarged
from benchmark.training.pools import grid_of
from benchmark.training.validation import CHUNK
from data.case import Case
from data.extremes import extremes
from data.grid import Grid, Window
from data.unseen.room import room
from data.unseen.slices import Slices

Kind = Literal["probabilities", "uncertainty", "labels"]
AT_ONCE = 1 << 27  # bytes of the logits, at the volume's size, of the slices that are held at once


@dataclass(frozen=True)
class Wanted:
    """What is wanted beside the labels."""

    probabilities: bool = False
    uncertainty: bool = False


@dataclass(frozen=True, eq=False)
class Answer:
    """What is found of a case, in the order of its file's axes.

    labels: uint8 (slices, rows, columns), the values that files have. uncertainty: float32, the entropy of the mean
    probabilities over that of equal ones, in [0, 1]. probabilities: float16 (classes, slices, rows, columns). remark:
    what is doubtful of it.
    """

    labels: npt.NDArray[np.uint8]
    uncertainty: npt.NDArray[np.float32] | None
    probabilities: npt.NDArray[np.float16] | None
    remark: str | None = None

    def of(self, kind: Kind) -> npt.NDArray[Any]:
        """Return what was wanted of a kind."""
        found = {"labels": self.labels, "uncertainty": self.uncertainty, "probabilities": self.probabilities}[kind]
        assert found is not None
        return found


def slices_at_once(slices: Slices, classes: int) -> int:
    """Return how many slices are held at once: as many as a network is given, fewer where they are large."""
    _, height, width = slices.shape
    return max(1, min(CHUNK, AT_ONCE // (4 * classes * height * width)))


def answer(slices: Slices, ensemble: Ensemble, wanted: Wanted, scratch: Path, seen: Callable[[int], object]) -> Answer:
    """Return the answer to a case; what is large of it lies in scratch. seen: called with the slices that are done."""
    grids = [_grid(member, slices) for member in ensemble.members]
    scale = Scale(_stated(ensemble.members[0], slices), ensemble.form.channels)
    found, count = _room(slices, ensemble.classes, wanted, scratch), slices.shape[0]
    step = slices_at_once(slices, ensemble.classes)
    for first in range(0, count, step):
        case = slices.read(first, min(first + step, count))
        scale.see(case)
        part = _of_slices(case, ensemble, grids, wanted)
        last = first + len(case.image)
        slices.way.view(found.labels)[first:last] = part.labels
        if found.uncertainty is not None and part.uncertainty is not None:
            slices.way.view(found.uncertainty)[first:last] = part.uncertainty
        if found.probabilities is not None and part.probabilities is not None:
            slices.way.view(found.probabilities)[:, first:last] = part.probabilities
        seen(last)
    return replace(found, remark=scale.remark())


def _grid(member: Finished, slices: Slices) -> Grid:
    """Return a run's grid with the grey values that become 0 and 1: its windows, else those of the whole volume."""
    grid = grid_of(member.cell, member.cell.schedule.test_resizing)
    found: list[Window | None] = [
        extremes(partial(slices.greys, number), grid.scaling) if window is None else window
        for number, window in enumerate(_stated(member, slices))
    ]
    return replace(grid, windows=tuple(found))


def _stated(member: Finished, slices: Slices) -> tuple[Window | None, ...]:
    """Return the window of each channel that a run states; None where each volume is scaled by its own."""
    return grid_of(member.cell, member.cell.schedule.test_resizing).windows or (None,) * len(slices.channels)


def _room(slices: Slices, classes: int, wanted: Wanted, scratch: Path) -> Answer:
    shape = slices.place.shape
    return Answer(
        room(shape, np.uint8, scratch),
        room(shape, np.float32, scratch) if wanted.uncertainty else None,
        room((classes, *shape), np.float16, scratch) if wanted.probabilities else None,
    )


def _of_slices(case: Case, ensemble: Ensemble, grids: list[Grid], wanted: Wanted) -> Answer:
    """Return the answer to some slices, (n, height, width).

    One run's labels are by its logits, as its scores are: rounded probabilities of two classes may be equal.
    """
    logits = [_logits(case, member, grid, ensemble) for member, grid in zip(ensemble.members, grids, strict=True)]
    alone = len(logits) == 1 and not (wanted.probabilities or wanted.uncertainty)
    mean = None if alone else torch.stack([one.softmax(1) for one in logits]).mean(0)
    chosen = (logits[0] if len(logits) == 1 or mean is None else mean).argmax(1).cpu().numpy()
    uncertain = entropy(mean).cpu().numpy() if wanted.uncertainty and mean is not None else None
    shares = mean.transpose(0, 1).half().cpu().numpy() if wanted.probabilities and mean is not None else None
    return Answer(ensemble.values[chosen], uncertain, shares)


def _logits(case: Case, member: Finished, grid: Grid, ensemble: Ensemble) -> Tensor:
    """Return logits (n, classes, height, width) at the size of the slices, as scoring makes them."""
    autocast = settings_of(member.cell, Options(ensemble.device)).autocast()
    evaluator = Evaluator(ensemble.task, (case,), grid, ensemble.device, autocast)
    logits = evaluator.logits(member.network)[case.name]
    return enlarged(grid.cut(logits, (case.image.shape[1], case.image.shape[2])), case)


def entropy(probabilities: Tensor) -> Tensor:
    """Return the entropy (n, H, W) of probabilities (n, classes, H, W), over that of equal ones, in [0, 1]."""
    classes = probabilities.shape[1]
    found: Tensor = -torch.special.xlogy(probabilities, probabilities).sum(1).div(math.log(classes)).clamp(-1, 0)
    return found
