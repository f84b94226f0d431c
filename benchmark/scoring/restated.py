"""The headline's masks under every named convention: what another paper's script would have said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchmark.metrics.conventions import CONVENTIONS, METRICS, Convention, Scores, printed, score_pairs
from benchmark.metrics.pairs import pairs
from benchmark.metrics.rules import Resize
from benchmark.scoring.judged import judged
from data.case import Case
from data.task import Task

if TYPE_CHECKING:
    import pandas as pd

Masks = Mapping[str, npt.NDArray[np.uint8]]
COLUMNS = ("convention", "case", "patient", "structure", *METRICS, "unit", "missed", "false_alarm")

ORDER: dict[Any, int] = {name: place for place, name in enumerate(CONVENTIONS)}
"""By which rows are sorted, stably: cases and structures stay in their order."""


def restated(cases: Iterable[Case], task: Task, masks: Mapping[Resize, Masks]) -> pd.DataFrame:
    """Return a row a convention, case and structure; a number is NaN where the script prints or counts none.

    masks: by way of resizing (``logits``, ``labels``), then by case.
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for case in cases:
        for way, mine in masks.items():
            predicted, true, spacing = judged(mine[case.name], case, task)
            found = pairs(predicted, true, task.structures)
            for convention in (one for one in CONVENTIONS.values() if one.resize == way):
                scores = score_pairs(found, true.shape, spacing, convention)
                rows.extend(rows_of(convention, case.name, case.patient, scores))
    return pd.DataFrame(sorted(rows, key=lambda row: ORDER[row[0]]), columns=list(COLUMNS))


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of several parts of the cases as that of all of them."""
    if len(tables) == 1:
        return tables[0]
    import pandas as pd

    return pd.concat(tables).sort_values(
        "convention", key=lambda names: names.map(ORDER), kind="stable", ignore_index=True
    )


def rows_of(convention: Convention, case: str, patient: str, scores: Mapping[str, Scores]) -> Iterator[tuple[Any, ...]]:
    """Yield a row a structure, as COLUMNS name it: what the convention's script prints of a case."""
    for structure, one in scores.items():
        values = printed(one, convention).values()
        yield convention.name, case, patient, structure, *values, one.unit, one.missed, one.false_alarm
