"""Two files that give their methods one name: cells of their own, and rows that tell which file is which."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import sweep
from benchmark.launchers.job import Job, attempt
from benchmark.launchers.plan import Plan, planned
from benchmark.sweep import parser
from reports.summary import group
from results.store import Store
from tests.benchmark.outside.strangers import protocol, written

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")


def otherwise(file: Path) -> Path:
    """Write a method of the same name and constants that computes something else."""
    written(file).write_text(file.read_text().replace("flip(0)", "flip(1)"))
    return file


def plan(file: Path) -> Plan:
    return planned(parser().parse_args([str(file)]), "cpu")


def labels(cells: Plan, out: Path) -> dict[str, str | None]:
    """Run the cells and return each row of their table with that of its twin, None where it has none."""
    for cell in cells.cells:
        assert attempt(Job(cell, None, out, "cpu", 1)) is None
    (table,) = group(Store(out).records())
    lines = table.lines
    return {line.label: next((one.label for one in lines if one.is_twin_of(line)), None) for line in lines}


def test_a_dry_run_tells_their_cells_apart_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = written(tmp_path / "a.py"), otherwise(tmp_path / "b.py")
    file = protocol(tmp_path / "p.toml", '"./a.py", "./b.py"')
    assert sweep.command([str(file), "--dry-run", "--device", "cpu", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "2 cells, 0 done, 2 to run" in said and f"cells differ in file ({one}, {other}); all have" in said
    first, second = (cell.id for cell in plan(file).cells)
    assert f"{first} file={one}\n" in said and f"{second} file={other}\n" in said


@pytest.mark.parametrize("second", ["b.py", "other/a.py"])
def test_their_rows_and_twins_tell_the_file_and_where_that_is_one_name_its_digest(second: str, tmp_path: Path) -> None:
    written(tmp_path / "a.py")
    (tmp_path / "other").mkdir()
    otherwise(tmp_path / second)
    cells = plan(protocol(tmp_path / "p.toml", f'"./a.py", "./{second}"', "twins = true"))
    named = [(one.name, one.digest) for cell in cells.cells[:2] if cell.outside for one in cell.outside.values()]
    names = ["a.py", "b.py"] if second == "b.py" else [f"{name} ({digest})" for name, digest in named]
    assert [name for name, _ in named] == ["a.py", second.rpartition("/")[2]]
    twin = "Mine, twin without unlabelled terms, "
    own = {f"Mine, {name}": f"{twin}{name}" for name in names}
    assert labels(cells, tmp_path / "out") == {**own, **dict.fromkeys(own.values())}


def test_files_of_one_content_are_one_method_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = written(tmp_path / "x" / "a.py"), written(tmp_path / "y" / "a.py")
    (cell,) = plan(protocol(tmp_path / "p.toml", '"./x/a.py", "./y/a.py", "supervised"')).cells[:-1]
    assert cell.method == "mine"
    said = capsys.readouterr().out.splitlines()
    assert said.count(f"{one} and {other} hold the same code, which is one method and is run once") == 1
