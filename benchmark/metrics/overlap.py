"""Overlap of two masks."""

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]


def dice(prediction: BoolArray, reference: BoolArray) -> float:
    """Return 2 |P and R| / (|P| + |R|); NaN where both are empty, which a convention decides about."""
    total = int(prediction.sum()) + int(reference.sum())
    return 2 * int((prediction & reference).sum()) / total if total else float("nan")


def jaccard(prediction: BoolArray, reference: BoolArray) -> float:
    """Return |P and R| / |P or R|; NaN where both are empty."""
    union = int((prediction | reference).sum())
    return int((prediction & reference).sum()) / union if union else float("nan")
