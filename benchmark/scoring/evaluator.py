"""Predictor and volume to mask, mask to one row a case and structure. Runs after training only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional

from benchmark.metrics.conventions import Measure, Measurement, measure, score
from benchmark.metrics.overlap import dice, jaccard
from benchmark.metrics.pairs import Pair
from benchmark.metrics.rules import Percentile, Resize
from benchmark.metrics.surface import Steps
from benchmark.scoring.judged import judged
from benchmark.training.validation import CHUNK, logits_of
from data.case import Case
from data.grid import Grid
from data.pool import Pool, build_pool
from data.task import Task

Mask = npt.NDArray[np.uint8]
Logits = Mapping[str, Tensor]


def overlaps(pair: Pair, steps: Steps, percentile: Percentile) -> Measurement:
    """Return the numbers of two masks that are not empty without their distances, which cost the time."""
    nothing = float("nan")
    return Measurement(dice(pair.predicted, pair.true), jaccard(pair.predicted, pair.true), nothing, nothing, nothing)


@dataclass(frozen=True)
class Evaluator:
    """Scores predictors on whole volumes at their own size.

    Slices go through the network on its grid; its logits, not its masks, are brought back to the volume's size, and
    the largest one wins. alive: called after each case, whatever is done with it.
    """

    task: Task
    cases: Sequence[Case]
    grid: Grid
    device: torch.device
    autocast: torch.autocast
    alive: Callable[[], object] = lambda: None

    def predict(self, predictor: nn.Module) -> Mapping[str, Mask]:
        """Return the mask (slices, height, width) of each case by name."""
        return self.masks(self.logits(predictor))

    def logits(self, predictor: nn.Module) -> Logits:
        """Return the logits (slices, classes, S, S) of each case by name, at the network's size."""
        logits = logits_of(predictor, self._pool.images, self.task.classes, self.autocast)
        parts = torch.split(logits, [len(case.image) for case in self.cases])
        return {case.name: part for case, part in zip(self.cases, parts, strict=True)}

    def each(self) -> Iterator[Case]:
        """Yield the cases, and say after each that the run is alive."""
        for case in self.cases:
            yield case
            self.alive()

    def masks(self, logits: Logits, resize: Resize = "logits") -> Mapping[str, Mask]:
        """Return the masks that logits make, brought to the volume's size in one of the two ways that scripts do it."""
        cut = self.grid.cut
        return {
            case.name: RESIZED[resize](cut(logits[case.name], (case.image.shape[1], case.image.shape[2])), case)
            for case in self.each()
        }

    @cached_property
    def _pool(self) -> Pool:
        return build_pool(self.cases, self.grid, self.device)

    def rows(
        self, masks: Mapping[str, Mask], predictor: str, rule: str, measure: Measure = measure
    ) -> Iterator[Mapping[str, Any]]:
        """Yield a row a case and structure, in the order of ``cases.parquet``'s columns."""
        for case in self.each():
            predicted, true, spacing = judged(masks[case.name], case, self.task)
            scores = score(predicted, true, self.task.structures, spacing, measure=measure)
            for structure, values in scores.items():
                yield {
                    "predictor": predictor,
                    "rule": rule,
                    "case": case.name,
                    "patient": case.patient,
                    "structure": structure,
                    "dice": values.dice,
                    "jaccard": values.jaccard,
                    "hd95": values.hd95,
                    "asd": values.asd,
                    "asd_pred": values.asd_pred,
                    "unit": values.unit,
                    "counted": values.counted,
                    "missed": values.missed,
                    "false_alarm": values.false_alarm,
                }


def enlarged(logits: Tensor, case: Case) -> Tensor:
    """Return logits (slices, classes, h, w) at the size of a case's slices."""
    return functional.interpolate(logits, case.image.shape[1:], mode="bilinear", align_corners=False)


def _of_logits(logits: Tensor, case: Case) -> Mask:
    parts = (enlarged(part, case).argmax(1).to(torch.uint8).cpu() for part in torch.split(logits, CHUNK))
    mask: Mask = torch.cat(list(parts)).numpy()
    return mask


def _of_labels(logits: Tensor, case: Case) -> Mask:
    """Return the network's own labels resized by scipy's zoom of order 0, as SSL4MIS, BCP and ACTION do it."""
    small = logits.argmax(1).to(torch.uint8).cpu().numpy()
    factors = [wanted / given for wanted, given in zip(case.image.shape, small.shape, strict=True)]
    mask: Mask = ndimage.zoom(small, factors, order=0)
    return mask


RESIZED: Mapping[Resize, Callable[[Tensor, Case], Mask]] = {"logits": _of_logits, "labels": _of_labels}
