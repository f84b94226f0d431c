"""Predictor and volume to mask, mask to one row a case and structure. Runs after training only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
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
from benchmark.training.validation import logits_of
from data.case import Case
from data.pool import Grid, Pool, build_pool, scaled
from data.task import Task
from results.summary import summarize

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
        logits = logits_of(predictor, self._pool.images, self.autocast)
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

    def mean_dice(self, predictor: nn.Module) -> float:
        """Return the mean Dice that a summary would hold; NaN where nothing counts."""
        return self.mean_of(self.rows(self.predict(predictor), "", "", overlaps))

    def mean_of(self, rows: Iterable[Mapping[str, Any]]) -> float:
        """Return the mean Dice of one predictor's rows under one rule; NaN where nothing counts."""
        average = summarize(pd.DataFrame(list(rows)), self.task.structures)[-1]
        return float("nan") if average.dice is None else average.dice

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

    def gallery(self, masks: Mapping[str, Mask], rows: pd.DataFrame) -> Mapping[str, npt.NDArray[Any]]:
        """Return image, reference and prediction of the best, the median and the worst case by mean Dice."""
        order = rows.groupby("case")["dice"].mean().sort_values(kind="stable")
        cases = {case.name: case for case in self.cases}
        pictures: dict[str, npt.NDArray[Any]] = {}
        for place, index in (("best", -1), ("median", len(order) // 2), ("worst", 0)):
            case = cases[str(order.index[index])]
            pictures[f"{place}/name"] = np.array(case.name)
            pictures[f"{place}/dice"] = np.array(float(order.iloc[index]))
            pictures[f"{place}/image"] = (scaled(case.image, "percentile") * 255).astype(np.uint8)
            pictures[f"{place}/reference"] = np.asarray(case.mask, dtype=np.uint8)
            pictures[f"{place}/prediction"] = masks[case.name]
        return pictures


def enlarged(logits: Tensor, case: Case) -> Tensor:
    """Return logits (slices, classes, h, w) at the size of a case's slices."""
    return functional.interpolate(logits, case.image.shape[1:], mode="bilinear", align_corners=False)


def _of_logits(logits: Tensor, case: Case) -> Mask:
    full = enlarged(logits, case)
    mask: Mask = full.argmax(1).to(torch.uint8).cpu().numpy()
    return mask


def _of_labels(logits: Tensor, case: Case) -> Mask:
    """Return the network's own labels resized by scipy's zoom of order 0, as SSL4MIS, BCP and ACTION do it."""
    small = logits.argmax(1).to(torch.uint8).cpu().numpy()
    factors = [wanted / given for wanted, given in zip(case.image.shape, small.shape, strict=True)]
    mask: Mask = ndimage.zoom(small, factors, order=0)
    return mask


RESIZED: Mapping[Resize, Callable[[Tensor, Case], Mask]] = {"logits": _of_logits, "labels": _of_labels}
