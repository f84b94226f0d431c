"""Scores of patients that are asked for are theirs alone."""

from __future__ import annotations

from pathlib import Path

from reports.scores import scores_of
from tests.results.made import save


def test_scores_of_a_patient_that_was_not_asked_for_stand_under_no_other(tmp_path: Path) -> None:
    loaded = save(tmp_path)
    mine = scores_of([loaded], "network", "last", "dice", ["p0"]).by_patient
    both = scores_of([loaded], "network", "last", "dice", ["p0", "p1"]).by_patient
    assert mine.tolist() == both[:, :1].tolist()
