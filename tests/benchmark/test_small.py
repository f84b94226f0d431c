"""What makes a run in a test short: few coarse patients, drawn once, a thin network, and no thread that spins."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch

from data.catalog import find
from data.sources.phantom import Parameters, Phantom
from methods.networks.factory import Networks
from results.weights import released
from tests.benchmark import conftest
from tests.benchmark.conftest import few_patients
from tests.thin_network import thin_network


def test_a_heart_is_drawn_once_for_all_tests_of_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    draw = conftest.DRAW
    monkeypatch.setattr(conftest, "DRAW", lambda source, *given: (names.append(given[0]), draw(source, *given))[1])
    monkeypatch.setattr(conftest, "DRAWN", {})
    for _ in range(2):
        with few_patients():
            source = find("phantom")
            source.cases(source.split.train)
    assert len(names) == 4  # patients, each with both frames


def test_a_small_case_is_every_second_row_and_column_of_the_phantoms(small_phantom: None) -> None:
    (case, _), (whole, _) = find("phantom").cases(["phantom001"]), conftest.DRAW(Phantom(Parameters()), "phantom001")
    assert case.mask is not None and whole.mask is not None and case.spacing is not None and whole.spacing is not None
    assert np.array_equal(case.image, whole.image[:, ::2, ::2]) and np.array_equal(case.mask, whole.mask[:, ::2, ::2])
    assert case.spacing == (whole.spacing[0], 2 * whole.spacing[1], 2 * whole.spacing[2])


def weights() -> int:
    network = Networks("unet", 4, weights=None, seed=0).segmenter()
    return sum(weight.numel() for weight in network.parameters())


def test_a_thin_network_has_a_sixteenth_of_the_weights_and_a_record_of_it_is_read() -> None:
    with thin_network():
        assert weights() == released(3) == 114_372
    assert weights() == released(3) == 1_813_764


def test_a_test_process_uses_one_thread_and_those_that_wait_do_not_spin() -> None:
    assert torch.get_num_threads() == 1
    assert os.environ["OMP_WAIT_POLICY"] == "passive" and os.environ["OPENBLAS_NUM_THREADS"] == "1"
