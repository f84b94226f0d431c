"""What a page's scripts read is JSON that any reader takes, whatever the numbers are."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from reports.page import build_page
from reports.page_json import embedded
from tests.results.made import save


def test_a_number_that_is_not_finite_is_null_in_what_scripts_read() -> None:
    value = {"a": [math.nan, (1.5, -math.inf)], "b": "NaN"}
    assert json.loads(embedded(value), parse_constant=pytest.fail) == {"a": [None, [1.5, None]], "b": "NaN"}
    assert embedded({"b": 1, "a": 0.1}, sort_keys=True) == json.dumps({"a": 0.1, "b": 1})


def test_scripts_of_a_page_read_such_numbers_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.line.Line.mean_train_seconds", lambda _: math.nan)
    html = build_page([save(tmp_path / "runs")], tmp_path / "page", "T").read_text()
    (script,) = re.findall(r'<script type="application/json" data-table=[^>]*>(.*?)</script>', html, re.S)
    assert '"minutes": null' in script
    json.loads(script, parse_constant=pytest.fail)
