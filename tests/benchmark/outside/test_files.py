"""A method's file is part of the cell: with what it imports beside it, by content, wherever it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.environment.code import parts_of
from benchmark.outside.files import origin_of_file
from benchmark.outside.named import method_named
from data.catalog import find
from results.code import code_of
from tests.benchmark.outside.strangers import written

SET = {"updates": 2, "validations": 1}


def cell(method: str | Path, **more) -> Cell:
    wish = Wish(method=str(method), preset="smoke", labeled=2, set=SET, **more)
    return resolve_cell(wish, find("phantom"), "cpu")


def beside(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__in__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_cells_of_built_in_methods_keep_their_ids() -> None:
    ids = {name: cell(name).id for name in ("supervised", "mean_teacher", "action", "bcp")}
    assert ids == {
        "supervised": "phantom-2-supervised-unet-smoke-s0-76136b24",
        "mean_teacher": "phantom-2-mean_teacher-unet-smoke-s0-a8299e76",
        "action": "phantom-2-action-unet-smoke-s0-a10ab5da",
        "bcp": "phantom-2-bcp-unet-smoke-s0-4a2b515e",
    }


def test_a_file_is_named_by_what_its_decorator_says_and_gives_its_own_config(tmp_path: Path) -> None:
    found = cell(written(tmp_path / "my_method.py", strength="0.25"))
    assert found.method == "mine" and found.id.startswith("phantom-2-mine-unet-smoke-s0-")
    assert found.config["agreement"] == 0.25
    assert found.method_config().agreement == 0.25  # type: ignore[attr-defined]
    assert found.outside is not None
    assert found.outside["method"].name == "my_method.py"
    assert found.outside["method"].place == str(tmp_path / "my_method.py")
    assert len(found.outside["method"].digest) == 16


IMPORTS = {
    "a module": ("import helper", "helper.STRENGTH", "helper"),
    "a name of it": ("from helper import STRENGTH", "STRENGTH", "helper"),
    "under another name": ("import helper as h", "h.STRENGTH", "helper"),
    "relative": ("from .helper import STRENGTH", "STRENGTH", "helper"),
    "from the folder": ("from . import helper", "helper.STRENGTH", "helper"),
    "a folder's": ("import lab.parts.loss", "lab.parts.loss.STRENGTH", "lab__in__parts__in__loss"),
    "from a folder": ("from lab.parts import loss", "loss.STRENGTH", "lab__in__parts__in__loss"),
    "by a word": ("import importlib\nh = importlib.import_module('.helper', __package__)", "h.STRENGTH", "helper"),
}


@pytest.mark.parametrize("kind", IMPORTS)
def test_what_it_imports_beside_it_is_part_of_the_cell(kind: str, tmp_path: Path) -> None:
    imports, strength, name = IMPORTS[kind]
    beside(tmp_path, **{name: "STRENGTH = 0.5\n"})
    file = written(tmp_path / "my_method.py", imports=imports, strength=strength)
    before = cell(file)
    beside(tmp_path, **{name: "STRENGTH = 0.5  # the same number\n"})
    same_number = cell(file)
    beside(tmp_path, **{name: "STRENGTH = 0.75\n"})
    after = cell(file)
    assert [one.config["agreement"] for one in (before, same_number, after)] == [0.5, 0.5, 0.75]
    assert len({one.id for one in (before, same_number, after)}) == 3


def test_a_helper_that_a_helper_imports_when_called_counts_and_one_that_nobody_imports_does_not(tmp_path: Path) -> None:
    beside(
        tmp_path,
        helper="def strength():\n    from deeper import S\n    return S\n",
        deeper="S = 0.5\n",
        other="x = 1\n",
    )
    file = written(tmp_path / "my_method.py", imports="import helper", strength="helper.strength()")
    before = cell(file)
    beside(tmp_path, other="x = 2\n")
    assert cell(file).id == before.id
    beside(tmp_path, deeper="S = 0.25\n")
    assert cell(file).config["agreement"] == 0.25 and cell(file).id != before.id
    assert sorted(origin_of_file(file, "").contents) == ["deeper.py", "helper.py", "my_method.py"]


def test_two_folders_have_helpers_of_one_name_and_each_its_own(tmp_path: Path) -> None:
    for number in (1, 2):
        beside(
            tmp_path / str(number), helper=f"STRENGTH = {number}\ndef late():\n    import deeper\n    return deeper.N\n"
        )
        beside(tmp_path / str(number), deeper=f"N = {10 * number}\n")
        written(tmp_path / str(number) / "my_method.py", imports="import helper", strength="helper.STRENGTH")
    cells = [cell(tmp_path / number / "my_method.py") for number in ("1", "2")]
    assert [one.method_config().agreement for one in cells] == [1, 2]  # type: ignore[attr-defined]
    late = [one.registered().cls.step.__globals__["helper"].late() for one in cells]
    assert late == [10, 20]


def test_names_of_this_project_and_of_python_mean_those_whatever_lies_beside_it(tmp_path: Path) -> None:
    beside(tmp_path, data__in____init__="raise SystemExit\n", random="raise SystemExit\n", methods="raise SystemExit\n")
    file = written(tmp_path / "my_method.py", imports="import random\nfrom data.batch import Batch")
    assert cell(file).config["agreement"] == 0.1
    assert list(origin_of_file(file, "").contents) == ["my_method.py"]


def test_a_file_in_a_package_imports_as_in_that_package(tmp_path: Path) -> None:
    beside(tmp_path, lab__in____init__="", lab__in__mine__in____init__="", lab__in__parts="STRENGTH = 0.5\n")
    imports = "from ..parts import STRENGTH\nfrom lab.parts import STRENGTH as AGAIN"
    file = written(tmp_path / "lab" / "mine" / "my_method.py", imports=imports, strength="STRENGTH + AGAIN")
    assert cell(file).config["agreement"] == 1.0
    assert len(origin_of_file(file, "").contents) == 4


def test_a_copy_elsewhere_is_the_same_cell_and_line_ends_are_nobodys_edit(tmp_path: Path) -> None:
    one, other = written(tmp_path / "a" / "m.py"), written(tmp_path / "b" / "m.py")
    other.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    assert cell(one).id == cell(other).id
    assert cell(other).outside["method"].place == str(other)  # type: ignore[index]


def test_an_edited_file_is_another_cell_and_the_old_ones_code_stays_what_it_was(tmp_path: Path) -> None:
    file = written(tmp_path / "m.py", strength="0.1")
    before = cell(file)
    written(file, strength="0.2")
    after = cell(file)
    assert before.id != after.id
    assert [one.method_config().agreement for one in (before, after)] == [0.1, 0.2]  # type: ignore[attr-defined]


def test_a_records_code_holds_the_files_and_what_they_import_of_this_repository(tmp_path: Path) -> None:
    beside(tmp_path, helper="STRENGTH = 0.5\n")
    found = cell(written(tmp_path / "m.py", imports="import helper", strength="helper.STRENGTH"))
    parts = parts_of(found.method, found.dataset, found.origins())
    named = list(parts["method"])
    assert [path for path in named if path.startswith("outside/")] == [
        "outside/method/helper.py",
        "outside/method/m.py",
    ]
    assert "methods/parts/one_stage.py" in named and "methods/mean_teacher.py" not in named
    assert code_of(parts).trained is not None


def test_a_cells_twin_has_the_values_that_the_file_names(tmp_path: Path) -> None:
    found = cell(written(tmp_path / "m.py"), twin=True)
    assert found.config["agreement"] == 0.0
    assert found.outside["method"].twin == {"agreement": 0.0}  # type: ignore[index]


def test_a_file_is_run_once_however_often_it_is_named(tmp_path: Path) -> None:
    more = "\nimport pathlib\nfile = pathlib.Path(__file__).with_name('count')\n"
    more += "file.write_text(file.read_text() + 'x' if file.exists() else 'x')\n"
    file = written(tmp_path / "m.py", more=more)
    for _ in range(3):
        method_named(str(file))
    assert (tmp_path / "count").read_text() == "x"
