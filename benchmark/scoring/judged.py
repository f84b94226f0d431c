"""What of a case is scored: all that is labelled, in as many dimensions as it has."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data.case import Case
from data.task import IGNORED, Task

Mask = npt.NDArray[np.uint8]


class Judged(NamedTuple):
    """Two masks of a case, and its voxel sizes in mm along their axes, if known."""

    predicted: Mask
    true: Mask
    spacing: tuple[float, ...] | None


def judged(predicted: Mask, case: Case, task: Task) -> Judged:
    """Return a prediction (slices, H, W) and the reference as they are compared.

    Where nobody labelled a voxel both are background, so that it is neither right nor wrong. Of a planar task, whose
    cases are single slices, both are (H, W): in a volume of one slice every pixel of a structure would be its surface.
    """
    true, spacing = case.mask, case.spacing
    assert true is not None
    if task.partial:
        unknown = true == IGNORED
        predicted, true = (np.where(unknown, np.uint8(0), mask) for mask in (predicted, true))
    if task.planar:
        return Judged(predicted[0], true[0], None if spacing is None else spacing[1:])
    return Judged(predicted, true, spacing)
