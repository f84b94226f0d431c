"""Plans, prepared slices and what is remembered of them, of each test alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import digest_cache
from data.folders import found
from data.preparing.place import VARIABLE


@pytest.fixture(autouse=True)
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(found, "PLANS", tmp_path / "plans")
    return tmp_path / "plans"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "prepared"))
    (tmp_path / "prepared").mkdir()
    monkeypatch.setattr(digest_cache, "RACY_NS", -3_600_000_000_000)  # what was just written counts as old
    return tmp_path / "prepared"
