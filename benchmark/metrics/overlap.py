"""Overlap of two masks."""

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]


def dice(prediction: BoolArray, reference: BoolArray) -> float:
    """Return 2 |P and R| / (|P| + |R|); NaN where both are empty, which a convention decides about."""
    total = np.count_nonzero(prediction) + np.count_nonzero(reference)
    return 2 * np.count_nonzero(prediction & reference) / total if total else float("nan")


def jaccard(prediction: BoolArray, reference: BoolArray) -> float:
    """Return |P and R| / |P or R|; NaN where both are empty."""
    union = np.count_nonzero(prediction | reference)
    return np.count_nonzero(prediction & reference) / union if union else float("nan")
