"""The headline's masks under every named convention: what another paper's script would have said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmark.metrics.conventions import CONVENTIONS, METRICS, Convention, Scores, printed, score_pairs
from benchmark.metrics.pairs import pairs
from benchmark.metrics.rules import Resize
from benchmark.scoring.judged import judged
from data.case import Case
from data.task import Task

Masks = Mapping[str, npt.NDArray[np.uint8]]
COLUMNS = ("convention", "case", "patient", "structure", *METRICS, "unit", "missed", "false_alarm")


def restated(cases: Iterable[Case], task: Task, masks: Mapping[Resize, Masks]) -> pd.DataFrame:
    """Return a row a convention, case and structure; a number is NaN where the script prints or counts none.

    masks: by way of resizing (``logits``, ``labels``), then by case.
    """
    rows: list[tuple[Any, ...]] = []
    for case in cases:
        for way, mine in masks.items():
            predicted, true, spacing = judged(mine[case.name], case, task)
            found = pairs(predicted, true, task.structures)
            for convention in (one for one in CONVENTIONS.values() if one.resize == way):
                scores = score_pairs(found, true.shape, spacing, convention)
                rows.extend(rows_of(convention, case.name, case.patient, scores))
    order = {name: place for place, name in enumerate(CONVENTIONS)}
    rows.sort(key=lambda row: order[row[0]])  # stable: cases and structures stay in their order
    return pd.DataFrame(rows, columns=list(COLUMNS))


def rows_of(convention: Convention, case: str, patient: str, scores: Mapping[str, Scores]) -> Iterator[tuple[Any, ...]]:
    """Yield a row a structure, as COLUMNS name it: what the convention's script prints of a case."""
    for structure, one in scores.items():
        values = printed(one, convention).values()
        yield convention.name, case, patient, structure, *values, one.unit, one.missed, one.false_alarm
