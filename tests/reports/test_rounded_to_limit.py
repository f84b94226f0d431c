"""No number is rounded to the other side of the limit by which something is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.advice_words import shown
from reports.formatting import digits_of, ends, p_equals, p_value
from reports.page import build_page
from reports.verdict import command
from results.statistics.gains import Gain
from results.store import Store
from tests.reports.pages import read_page
from tests.reports.test_replication import found_for


def test_a_p_value_above_the_level_does_not_read_as_one_at_it() -> None:
    assert [p_value(p) for p in (0.0496, 0.05, 0.0500001, 0.0504, 0.0506)] == [
        "0.050", "0.050", "> 0.050", "> 0.050", "0.051"
    ]  # fmt: skip
    assert [p_equals(p) for p in (0.05, 0.0504)] == ["= 0.050", "> 0.050"]


def test_an_end_beyond_a_limit_reads_as_beyond_it_and_one_within_as_within() -> None:
    assert [digits_of(value, 2.0) for value in (2.03, -2.004, 1.99, 2.0, 0.0)] == [2, 3, 1, 1, 1]
    assert digits_of(1.96, 1.97) == 2
    assert ends(-2.03, 1.98, 2.0) == "-2.03 to +2.0"
    assert ends(0.04, 3.0) == "+0.04 to +3.0" and ends(-0.04, 0.0) == "-0.04 to 0.0"


def test_a_gain_that_is_worth_it_by_little_is_not_told_as_none() -> None:
    assert shown(Gain(0.02, 0.0003, 0.0397, 0.01, 20, 5, "folds")) == "+2.0 Dice, 95 % +0.03 to +4.0"


def test_an_inconclusive_verdict_shows_the_end_that_is_beyond_the_margin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = found_for(tmp_path, [-1.3442, -0.3442, 0.6558])  # Student's 2.920 of 2, times 1 over the root of 3
    assert one.outcome == "inconclusive" and one.found.low == pytest.approx(-2.03, abs=0.001)
    assert command(["--runs", str(tmp_path / "runs")]) == 0
    assert "-2.03 to +1.3" in capsys.readouterr().out
    page = build_page(list(Store(tmp_path / "runs").records()), tmp_path / "page", "T")
    assert "-2.03 to +1.3" in read_page(page)
