"""Plans of a test's own."""

from pathlib import Path

import pytest

from tests.data.auditing.toy import own_plans


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_plans(tmp_path, monkeypatch)
