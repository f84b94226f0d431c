"""A method that leaves the process fails its run like any other error does."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.errors import RunError
from benchmark.running.failures import failure_of, noted, staying


class OwnError(BaseException):
    """One that is no Exception."""


def _fail(error: BaseException, folder: Path) -> None:
    with noted(folder), staying():
        raise error


@pytest.mark.parametrize("error", [SystemExit(0), SystemExit(), OwnError("enough")])
def test_what_leaves_the_process_is_an_error_of_the_run_and_noted(error: BaseException, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"^the run was left by {type(error).__name__}: ") as told:
        _fail(error, tmp_path)
    found = failure_of(tmp_path)
    assert found is not None
    assert found.reason == str(told.value)


def test_ctrl_c_stops_a_run_and_an_error_is_its_own() -> None:
    for error in (KeyboardInterrupt(), ValueError("x")):
        with pytest.raises(type(error)), staying():
            raise error
