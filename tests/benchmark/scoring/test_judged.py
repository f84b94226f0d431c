"""What nobody labelled is neither right nor wrong, and single slices are measured in two dimensions."""

import numpy as np
import pytest
from medpy.metric import binary

from benchmark.metrics.conventions import score
from benchmark.scoring.judged import judged
from data.case import Case
from data.task import IGNORED, Task


def blocks(*corners: int) -> np.ndarray:
    mask = np.zeros((1, 24, 24), np.uint8)
    first, last = corners
    mask[:, first:last, first:last] = 1
    return mask


def test_a_planar_case_is_measured_as_a_picture() -> None:
    task, true, mine = Task("toy", ("liver",), planar=True), blocks(4, 16), blocks(6, 18)
    case = Case("a", "a", true.astype(np.float32), true, None)
    one, other, spacing = judged(mine, case, task)
    found = score(one, other, task.structures, spacing)["liver"]
    assert found.hd95 == pytest.approx(binary.hd95(mine[0], true[0]))
    assert found.asd_pred == pytest.approx(binary.asd(mine[0], true[0]))
    assert found.hd95 != pytest.approx(binary.hd95(mine, true))  # as a volume every pixel is surface


def test_what_nobody_labelled_is_left_out() -> None:
    task, true, mine = Task("toy", ("liver",), partial=True), blocks(4, 16), blocks(4, 16)
    mine[:, 20:] = 1  # wrong, were it known
    true[:, 20:] = IGNORED
    case = Case("a", "a", true.astype(np.float32), true, None)
    one, other, spacing = judged(mine, case, task)
    assert score(one, other, task.structures, spacing)["liver"].dice == 1
    whole = np.where(true == IGNORED, 0, true).astype(np.uint8)
    assert score(mine, whole, task.structures, None)["liver"].dice < 0.9
