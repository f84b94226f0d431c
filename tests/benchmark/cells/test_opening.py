"""The sentences that a run begins with: of a twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import run
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.cells.opening import opening
from data.catalog import find
from tests.benchmark.outside.strangers import WORDS, written

pytestmark = pytest.mark.usefixtures("small_phantom")


def cell(method: str | Path, **wish: object) -> Cell:
    given = {"method": str(method), "dataset": "phantom", "preset": "smoke", "labeled": 2, **wish}
    return resolve_cell(Wish.model_validate(given), find("phantom"), "cpu")


def test_a_twin_is_told_with_its_values_and_what_it_is_for() -> None:
    assert list(opening(cell("em", twin=True))) == [
        "twin: em with weight=0.0, where unlabelled slices teach nothing; what em itself gains over this run is what"
        " they taught it"
    ]
    assert next(opening(cell("bcp", twin=True))).startswith("twin: bcp with unlabeled_weight=0.0, pasted=labeled, ")
    assert list(opening(cell("em"))) == []


@pytest.mark.usefixtures("thin", "no_page")
def test_a_run_begins_with_them_beside_its_patients(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "mine.py")
    assert run.command(["--method", str(file), *WORDS, "--twin", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out.splitlines()
    (labeled,) = (number for number, line in enumerate(said) if line.startswith("labelled: 2 of 4"))
    assert said[labeled + 1].startswith("twin: mine with agreement=0.0, where unlabelled slices teach nothing; ")
