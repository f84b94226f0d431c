"""All metrics of a case against MedPy's five calls, on the same masks in the same run."""

import numpy as np
import pytest

from benchmark.metrics.conventions import score
from data.catalog import find

STRUCTURES = ("RV", "Myo", "LV")


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A phantom's mask, padded to ACDC's usual size, and the same moved by two and three pixels."""
    mask = find("phantom").cases(["phantom001"])[0].mask
    reference = np.pad(mask, ((0, 0), (40, 40), (50, 50)))
    return np.roll(reference, (2, 3), (1, 2)), reference


def medpy(prediction: np.ndarray, reference: np.ndarray) -> list[float]:
    from medpy.metric import binary

    values = []
    for label in range(1, 4):
        masks = prediction == label, reference == label
        values += [metric(*masks) for metric in (binary.dc, binary.jc, binary.hd95, binary.assd, binary.asd)]
    return values


def test_ours(benchmark, pair) -> None:
    benchmark(score, *pair, STRUCTURES, None)


def test_medpy(benchmark, pair) -> None:
    benchmark.pedantic(medpy, pair, rounds=3)
