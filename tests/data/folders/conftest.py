"""Plans are kept beside the folders that a test makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.folders import found


@pytest.fixture(autouse=True)
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the plans of a test lie."""
    monkeypatch.setattr(found, "PLANS", tmp_path / "plans")
    return tmp_path / "plans"
