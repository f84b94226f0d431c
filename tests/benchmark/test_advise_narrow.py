"""Where the hours hold no whole plan an advice asks about less, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import advise
from benchmark.advising.ladder import ALONE
from benchmark.advising.words import hours_for
from benchmark.errors import UsageError
from benchmark.launchers.forecast import Pace
from tests.benchmark.test_advise import LEAST, WORDS, pair, patch

__all__ = ["pair", "patch"]


@pytest.mark.parametrize(("minutes", "words"), [(5, "0.11"), (60, "1.3"), (480, "10"), (481, "11"), (6000, "130")])
def test_the_hours_to_ask_for_are_rounded_up(minutes: float, words: str) -> None:
    assert hours_for(60 * minutes, 0.0) == words


def test_where_the_hours_hold_no_more_the_first_method_alone_is_asked_about(
    pair: Path, tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paces = dict.fromkeys((*ALONE, *advise.METHODS), Pace(1.0, 8.0))
    patch.setattr("benchmark.advising.planning.Probe", lambda *_: lambda preset: paces)
    words = [str(pair), *WORDS[2:], str(LEAST), "--out", str(tmp_path / "out"), "--dry-run"]
    assert advise.command(words) == 0
    said = capsys.readouterr().out
    assert "runs         8 = 2 folds x 1 label setting x 1 seed x 4 ways" in said
    assert "methods      supervised and its stronger recipe supervised_strong; mean_teacher, each with its twin" in said
    assert "note: --hours 0.04 leaves out cps, action, which --hours 0.07 would hold" in said
    with pytest.raises(UsageError, match=r"16 runs of 12 updates.*; give it --hours 0.07, or fewer --methods$"):
        advise.command([*words, "--methods", *advise.METHODS])
