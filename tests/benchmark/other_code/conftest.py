"""A copy of the code that the process takes for what it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark import paths
from benchmark.environment import code as environment
from tests.checkout import copied


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a copy of the code that this process takes for what it runs."""
    root = copied(tmp_path / "checkout")
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr("results.same_code.SAME_CODE", root / "results" / "same_code.json")
    environment.taken.cache_clear()
    yield root
    environment.taken.cache_clear()
