"""What every data set must do, wherever it is found."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.case import checked
from data.catalog import DATASETS, find
from data.errors import DataError
from data.held_out import Gate
from data.source import Source


@pytest.fixture(params=DATASETS)
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    try:
        yield find(str(request.param), Path(os.environ["ACTION_BENCH_DATA"]) if request.param != "phantom" else None)
    except (KeyError, DataError):
        pytest.skip(f"ACTION_BENCH_DATA names no folder with {request.param}/")


def test_cases_are_whole_and_in_order(source: Source) -> None:
    patients = [source.split.train[1], source.split.train[0]]
    cases = source.cases(patients)
    assert [case.patient for case in cases] == sorted((case.patient for case in cases), key=patients.index)
    for case in cases:
        assert checked(case, source.task).mask is not None
        assert case.image.dtype == np.float32


def test_cases_without_masks_have_the_same_images(source: Source) -> None:
    patient = [(source.split.val or source.split.train)[0]]
    masked, bare = source.cases(patient), source.cases(patient, masks=False)
    assert [case.mask for case in bare] == [None] * len(bare)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(masked, bare, strict=True))


@pytest.mark.parametrize("masks", [True, False])
def test_no_test_patient_is_read_but_through_the_gate(source: Source, masks: bool) -> None:
    patient = source.split.test[0]
    with pytest.raises(DataError, match=f"test patient {patient} was asked for outside the gate"):
        source.cases([source.split.train[0], patient], masks)
    assert {case.patient for case in Gate(source).open("a test", 0)} == set(source.split.test)


def test_every_structure_is_somewhere_and_none_everywhere(source: Source) -> None:
    masks = [case.mask for case in source.cases((source.split.val or source.split.train)[:3])]
    for label in range(1, source.task.classes):
        present = np.concatenate([(mask == label).any((1, 2)) for mask in masks if mask is not None])
        assert present.any()
        assert not present.all()


def test_fingerprint_is_stable(source: Source) -> None:
    assert source.fingerprint() == source.fingerprint()
    assert len(source.split.fingerprint) == 16
