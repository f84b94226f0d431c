"""A data set of small volumes for a test to change, remembered in a cache of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data import digest_cache
from tests.data.acdc_toy import write_volumes


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "action-bench"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_volumes(tmp_path_factory.mktemp("written"))


@pytest.fixture
def root(written: Path, tmp_path: Path, cache: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "volumes"))


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was written a moment ago count as old."""
    monkeypatch.setattr(digest_cache, "RACY_NS", -3_600_000_000_000)
