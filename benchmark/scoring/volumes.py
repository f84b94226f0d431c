"""How large each structure is in the headline's masks and in the reference."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.scoring.judged import judged
from data.case import Case
from data.task import Task

if TYPE_CHECKING:
    import pandas as pd

Masks = Mapping[str, npt.NDArray[np.uint8]]
Row = tuple[str, str, str, float, float, str]
COLUMNS = ("case", "patient", "structure", "predicted", "reference", "unit")


def volumes(cases: Sequence[Case], task: Task, masks: Masks) -> pd.DataFrame:
    """Return a row a case and structure, of what is labelled: in ml, of a planar task in mm²; else in voxels."""
    import pandas as pd

    return pd.DataFrame([row for case in cases for row in _rows(case, task, masks)], columns=list(COLUMNS))


def _rows(case: Case, task: Task, masks: Masks) -> Iterator[Row]:
    predicted, true, spacing = judged(masks[case.name], case, task)
    unit, size = "voxel", 1.0
    if spacing is not None:
        unit, size = ("mm²", math.prod(spacing)) if task.planar else ("ml", math.prod(spacing) / 1000)
    ours, theirs = (np.bincount(mask.ravel(), minlength=task.classes) * size for mask in (predicted, true))
    for label, structure in enumerate(task.structures, 1):
        yield case.name, case.patient, structure, float(ours[label]), float(theirs[label]), unit
