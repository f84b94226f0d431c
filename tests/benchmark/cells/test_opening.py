"""The sentences that a run begins with: of a twin, and of values that a preset sets in place of a stranger's own."""

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


def slow(file: Path) -> Path:
    """Return a stranger's file with a learning rate of its own."""
    own = '    lr: float = cited(0.002, "a choice", gt=0)\n    agreement:'
    written(file)
    file.write_text(file.read_text().replace("    agreement:", own))
    return file


def test_a_twin_is_told_with_its_values_and_what_it_is_for() -> None:
    assert list(opening(cell("em", twin=True))) == [
        "twin: em with weight=0.0, where unlabelled slices teach nothing; what em itself gains over this run is what"
        " they taught it"
    ]
    assert next(opening(cell("bcp", twin=True))).startswith("twin: bcp with unlabeled_weight=0.0, pasted=labeled, ")
    assert list(opening(cell("em"))) == []


def test_what_a_preset_sets_in_place_of_a_strangers_own_values_is_told_with_the_way_to_keep_them(
    tmp_path: Path,
) -> None:
    file = slow(tmp_path / "mine.py")
    assert list(opening(cell(file))) == [
        "preset smoke sets lr=0.03 in place of mine's own lr=0.002; to keep that: --set lr=0.002"
    ]
    kept = cell(file, set={"lr": 0.002})
    assert (kept.config["lr"], list(opening(kept))) == (0.002, [])
    assert list(opening(cell(file, set={"lr": 0.03}))) == []
    assert list(opening(cell(file, preset="paper"))) == []


def test_several_values_are_told_in_one_line_and_an_inherited_one_is_a_files_own(tmp_path: Path) -> None:
    told = opening(cell(written(tmp_path / "mine.py"), preset="canary", twin=True))
    assert list(told)[1:] == [
        "preset canary sets lr=0.003, weight=1.0, ramp=0.2 in place of mine's own lr=0.01, weight=0.1, ramp=1.0;"
        " to keep that: --set lr=0.01 --set weight=0.1 --set ramp=1.0"
    ]


def test_what_a_twin_holds_at_its_own_value_is_not_told_as_the_presets(tmp_path: Path) -> None:
    file = written(tmp_path / "mine.py")
    file.write_text(file.read_text().replace('{"agreement": 0.0}', '{"weight": 0.0}'))
    twin, preset = opening(cell(file, preset="canary", twin=True))
    assert twin.startswith("twin: mine with weight=0.0, ")
    assert preset.startswith("preset canary sets lr=0.003, ramp=0.2 in place of mine's own lr=0.01, ramp=1.0; ")


def test_a_twin_tells_in_what_its_class_says_that_it_is_no_control(tmp_path: Path) -> None:
    file = written(tmp_path / "mine.py")
    caveat = "    twin_caveats = {'blind': 'labelled slices are shifted by a mean'}\n"
    file.write_text(file.read_text().replace("    Config = MineConfig\n", "    Config = MineConfig\n" + caveat))
    _, told, *_ = opening(cell(file, twin=True))
    assert told == (
        "twin: mine says of it, by the rule blind of benchmark.check: labelled slices are shifted by a mean"
    )
    assert not any(line.startswith("twin") for line in opening(cell(file)))


def test_values_of_a_method_of_this_repository_are_not_told() -> None:
    assert cell("em").config["lr"] == 0.03
    assert list(opening(cell("em"))) == []


@pytest.mark.usefixtures("thin", "no_page")
def test_a_run_begins_with_them_beside_its_patients(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = slow(tmp_path / "mine.py")
    assert run.command(["--method", str(file), *WORDS, "--twin", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out.splitlines()
    (labeled,) = (number for number, line in enumerate(said) if line.startswith("labelled: 2 of 4"))
    assert said[labeled + 1].startswith("twin: mine with agreement=0.0, where unlabelled slices teach nothing; ")
    assert (
        said[labeled + 2] == "preset smoke sets lr=0.03 in place of mine's own lr=0.002; to keep that: --set lr=0.002"
    )
