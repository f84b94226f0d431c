"""What a method imports is part of its cell, or installed, or refused: no edit of it gives an old number."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.errors import MethodUsageError
from benchmark.outside.files import origin_of_file
from benchmark.outside.named import method_named
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.outside.strangers import METHOD, installed, written
from tests.benchmark.outside.test_files import beside, cell

STRANGE = ("helper", "parts", "parts.more", "stray", "utils_of_mine")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    for name in STRANGE:
        sys.modules.pop(name, None)


def at(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Stand in a folder, whose modules Python then finds, as ``python -m`` does."""
    patch.chdir(folder)
    patch.syspath_prepend(str(folder))


@pytest.mark.parametrize("stands", ["in it", "elsewhere"])
def test_what_lies_beside_a_file_of_a_package_is_part_of_the_cell(
    stands: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(tmp_path, lab__in____init__="", lab__in__my_losses="STRENGTH = 0.5\n")
    file = written(tmp_path / "lab" / "m.py", imports="import my_losses", strength="my_losses.STRENGTH")
    at(tmp_path / "lab" if stands == "in it" else tmp_path, monkeypatch)
    before = cell(file)
    beside(tmp_path, lab__in__my_losses="STRENGTH = 0.75\n")
    assert [one.config["agreement"] for one in (before, cell(file))] == [0.5, 0.75]
    assert before.id != cell(file).id
    assert sorted(origin_of_file(file, "").contents) == ["lab/__init__.py", "lab/m.py", "lab/my_losses.py"]


def test_what_lies_beside_a_file_goes_before_what_lies_beside_its_package(tmp_path: Path) -> None:
    beside(tmp_path, lab__in____init__="", lab__in__losses="S = 0.5\n", losses="S = 0.25\n", other="S = 0.125\n")
    imports = "import losses, other\nfrom lab.losses import S"
    file = written(tmp_path / "lab" / "m.py", imports=imports, strength="losses.S + other.S + S")
    assert cell(file).config["agreement"] == 1.125


STRAYS = {
    "imported": "from utils_of_mine import F",
    "imported late": "def late():\n    import utils_of_mine\n    return utils_of_mine.F\nF = late()",
    "by a word": "import importlib\nF = importlib.import_module('utils_of_mine').F",
    "by a word of a package": "from importlib import import_module as get\nF = get('parts.more', 'parts').F",
    "of a folder": "from parts.more import F",
    "of a folder, whole": "from parts import more\nF = more.F",
    "by its place": (
        "import importlib.util, sys\nspec = importlib.util.spec_from_file_location('stray', 'utils_of_mine.py')\n"
        "sys.modules['stray'] = module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\nF = module.F"
    ),
}


@pytest.mark.parametrize("kind", STRAYS)
def test_what_lies_elsewhere_is_refused_by_name_and_file(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(tmp_path, utils_of_mine="F = 0.5\n", parts__in__more="F = 0.5\n")
    file = written(tmp_path / "mine" / "m.py", imports=STRAYS[kind], strength="F")
    at(tmp_path, monkeypatch)
    with pytest.raises(MethodUsageError) as refused:
        method_named(str(file))
    said = str(refused.value)
    assert said.startswith(str(file)) and "is imported from " in said and ".py, which is no part of the cell; " in said
    assert said.endswith("put it beside m.py, or install it as a package that is not editable")
    assert "MethodUsageError" not in said


def test_what_is_imported_when_a_step_runs_is_refused_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside(tmp_path, utils_of_mine="F = 0.5\n")
    late = "\ndef late():\n    from utils_of_mine import F\n    return F\n"
    registered = method_named(str(written(tmp_path / "mine" / "m.py", more=late)))
    at(tmp_path, monkeypatch)
    with pytest.raises(MethodUsageError, match=r"utils_of_mine is imported from .*utils_of_mine.py, which is no part"):
        registered.cls.step.__globals__["late"]()


def test_a_name_that_is_made_up_as_the_file_runs_is_told_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(tmp_path, helper="F = 0.5\n")
    imports = "import importlib\nF = importlib.import_module('hel' + 'per').F"
    file = written(tmp_path / "m.py", imports=imports, strength="F")
    at(tmp_path, monkeypatch)
    with pytest.raises(MethodUsageError, match=r"helper.py, which is no part of the cell; name it in an import statem"):
        method_named(str(file))


def test_a_helper_that_is_imported_by_a_word_is_one_s_own_and_not_another_file_s(tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / str(number)
        beside(folder, helper=f"STRENGTH = {number}\n")
        imports = "import importlib\nhelper = importlib.import_module('helper')"
        written(folder / "m.py", imports=imports, strength="helper.STRENGTH")
    assert [cell(tmp_path / number / "m.py").config["agreement"] for number in ("1", "2")] == [1, 2]
    assert "helper" not in sys.modules


def test_what_is_installed_as_a_link_to_what_lies_elsewhere_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path / "site", monkeypatch, "linked_package", "")
    beside(tmp_path / "kept", stray="STRENGTH = 0.5\n")
    (tmp_path / "site" / "stray.py").symlink_to(tmp_path / "kept" / "stray.py")
    file = written(tmp_path / "mine" / "m.py", imports="import stray", strength="stray.STRENGTH")
    assert cell(file).config["agreement"] == 0.5
    assert list(origin_of_file(file, "").contents) == ["m.py"]


def test_importlib_is_whole_for_a_file(tmp_path: Path) -> None:
    imports = (
        "import importlib\nimport importlib.util as u\nfrom importlib import metadata, import_module\n"
        "assert u.find_spec and metadata.version and importlib.util is u and importlib.machinery\n"
        "assert import_module('torch.nn') is torch.nn and import_module('.nn', 'torch') is torch.nn"
    )
    assert cell(written(tmp_path / "m.py", imports=imports)).config["agreement"] == 0.1


@pytest.mark.parametrize("name", ["data", "methods", "torch", "typing", "my.method", "pydantic"])
def test_a_file_may_be_called_as_a_package_is_and_have_a_dot(name: str, tmp_path: Path) -> None:
    beside(tmp_path, helper="import torch, typing, pydantic\nfrom data.batch import Batch\nS = float(torch.ones(1))\n")
    file = written(tmp_path / f"{name}.py", imports="import helper, typing, pydantic", strength="helper.S / 4")
    found = cell(file)
    assert found.config["agreement"] == 0.25
    assert found.outside is not None and found.outside["method"].name == f"{name}.py"


def test_a_folder_with_a_dot_is_no_package(tmp_path: Path) -> None:
    beside(tmp_path / "my.lab", __init__="", helper="S = 0.5\n")
    file = tmp_path / "my.lab" / "m.py"
    file.write_text(METHOD.format(name="mine", title="Mine", imports="from . import helper", strength="helper.S"))
    assert cell(file).config["agreement"] == 0.5


PEEKS = {
    "a name": ("from data.catalog import find", "data.catalog"),
    "a module": ("import data.held_out", "data.held_out"),
    "a module of a package": ("from data import pool", "data.pool"),
    "a word": ("import importlib\nimportlib.import_module('data.sources.acdc')", "data.sources.acdc"),
    "a run": ("from benchmark.scoring import evaluator", "benchmark.scoring"),
}


@pytest.mark.parametrize("way", PEEKS)
def test_a_method_that_imports_what_reads_masks_is_refused(way: str, tmp_path: Path) -> None:
    imports, name = PEEKS[way]
    with pytest.raises(MethodUsageError) as told:
        method_named(str(written(tmp_path / "m.py", imports=imports)))
    assert f"m.py imports {name}, by which masks can be read that no batch holds; a method knows " in str(told.value)


def test_so_it_is_where_an_update_imports_it(tmp_path: Path) -> None:
    file = written(tmp_path / "m.py", imports="def late():\n    from data.catalog import find\n    return 0.1\n")
    text = file.read_text().replace("weight = self.config", "weight = late() * self.config")
    file.write_text(text)
    (found,) = look(Subject(method_named(str(file))), [one for one in RULES if one.name == "trains"])
    assert found.seen.startswith("m.py imports data.catalog, by which masks can be read that no batch holds")


def test_a_method_may_import_what_it_knows_of_the_data(tmp_path: Path) -> None:
    imports = "from data.batch import Batch, Draw\nfrom data.task import IGNORED, Task\nimport data.batch"
    assert method_named(str(written(tmp_path / "m.py", imports=imports))).name == "mine"
