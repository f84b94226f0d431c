"""A run on a data set, both to be changed by a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import digest_cache
from tests.benchmark.which_data.runs import trained
from tests.data.acdc_toy import write_volumes


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Return a data root, and the store with a run on it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("which_data")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        data = write_volumes(folder / "data")
        trained(data, folder / "runs")
        yield data, folder / "runs"


@pytest.fixture
def places(written: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return copies of both, of one's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(digest_cache, "RACY_NS", -3_600_000_000_000)
    data, runs = written
    return Path(shutil.copytree(data, tmp_path / "data")), Path(shutil.copytree(runs, tmp_path / "runs"))
