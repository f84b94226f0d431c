"""Every bench can be imported, though no test runs it."""

import runpy
from pathlib import Path

import pytest

BENCHES = sorted((Path(__file__).parents[1] / "benches").glob("*.py"))


def test_benches_are_found() -> None:
    assert {"plain.py", "test_bench_steps.py"} <= {path.name for path in BENCHES}


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_a_bench_can_be_imported(path: Path) -> None:
    assert runpy.run_path(str(path))["__doc__"]
