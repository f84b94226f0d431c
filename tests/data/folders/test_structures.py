"""The CT window is numpy's percentiles of the structures of labelled cases, though few of these values be held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data import catalog
from data.errors import DataError
from data.folders import structures
from data.folders.structures import inside, window_of
from data.stream import Stream
from data.task import IGNORED
from tests.data.folders.toy import nnunet


@pytest.mark.parametrize("most", [1 << 26, 100])
def test_a_window_is_numpys_percentiles_however_many_values_are_held(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(structures, "MOST_HELD", most)
    blocks = [np.random.default_rng(k).normal(40, 90, 70).astype(np.float32) for k in range(9)]
    assert window_of(lambda: iter(blocks)) == tuple(np.percentile(np.concatenate(blocks), (0.5, 99.5)).tolist())


def test_a_window_of_one_value_is_one_wide_and_of_none_there_is_none() -> None:
    assert window_of(lambda: iter([np.full(3, 7, np.float32)])) == (7, 8)
    assert window_of(lambda: iter([np.empty(0, np.float32)])) is None
    assert window_of(lambda: iter(())) is None


def test_values_are_those_of_structures_that_somebody_labelled() -> None:
    grey = np.arange(40, dtype=np.float32).reshape(10, 2, 2)
    labels = np.zeros((10, 2, 2), np.uint8)
    labels[1, 0, 0], labels[7, 1, 1], labels[8] = 1, 2, IGNORED
    stream = Stream("a", (10, 2, 2), None, 1, lambda _: iter(np.array_split(grey, 4)), lambda: labels)
    assert np.concatenate(list(inside(stream, 0))).tolist() == [4, 31]
    bare = Stream("a", (10, 2, 2), None, 1, lambda _: iter([grey]), lambda: None)
    assert list(inside(bare, 0)) == []


def test_a_folders_window_is_that_of_its_labelled_patients_alone(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", channels=("CT",))))
    for count in (1, 3):
        labeled = source.split.masked[:count]
        cases = source.cases(labeled)
        values = np.concatenate([case.image[(case.mask > 0) & (case.mask != IGNORED)] for case in cases])
        (window,) = source.reading(labeled)["windows"]
        assert window == np.percentile(values, (0.5, 99.5)).tolist()


def test_no_test_patient_gives_values(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", channels=("CT",))))
    with pytest.raises(DataError, match="was asked for outside the gate"):
        source.reading(source.split.test)
