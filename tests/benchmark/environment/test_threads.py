"""Threads while something computes are as many as it was told, whatever its process was started with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from benchmark.environment.threads import VARIABLES, computing_on

ROOT = Path(__file__).parents[3]
LATE = """
import sys
from threadpoolctl import threadpool_info
from benchmark.environment.threads import computing_on
assert "scipy" not in sys.modules
with computing_on(int(sys.argv[1])):
    import scipy.linalg
    print(*(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))
"""


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def axes() -> bytes:
    """Return the principal axes of rows as many and as wide as a look inside ACTION has."""
    rows = np.random.default_rng(0).normal(size=(800, 512))
    return np.linalg.svd(rows, full_matrices=False)[2].tobytes()


@pytest.mark.parametrize("count", [1, 2])
def test_all_libraries_compute_on_as_many_and_are_given_back(count: int) -> None:
    with threadpool_limits(3, user_api="blas"):
        with computing_on(count):
            assert blas_threads() == {count} and torch.get_num_threads() == count
            assert {os.environ[name] for name in VARIABLES} == {str(count)}
        assert blas_threads() == {3}


def test_what_was_set_is_given_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLES[0], "7")
    monkeypatch.delenv(VARIABLES[1], raising=False)
    with threadpool_limits(3, user_api="blas"):
        with pytest.raises(KeyError), computing_on(2):
            raise KeyError
        assert blas_threads() == {3}
    assert torch.get_num_threads() == 1  # as tests/conftest.py says
    assert os.environ[VARIABLES[0]] == "7" and VARIABLES[1] not in os.environ


def test_principal_axes_have_the_bits_of_one_thread() -> None:
    found = set()
    for started_with in (1, 4):
        with threadpool_limits(started_with, user_api="blas"), computing_on(1):
            found.add(axes())
    assert len(found) == 1


def test_a_library_loaded_meanwhile_computes_on_as_many() -> None:
    variables = os.environ | dict.fromkeys(VARIABLES, "8")
    words = [sys.executable, "-c", LATE, "1"]
    ended = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["1", "1"]  # numpy's, and scipy's own
