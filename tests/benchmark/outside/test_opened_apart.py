"""What looks like a file of one's own and is another's: a data set's images, what libraries keep, what is made anew."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

import pytest

from benchmark.errors import MethodUsageError
from benchmark.outside.named import method_named
from tests.benchmark.outside.strangers import installed, written
from tests.benchmark.outside.test_files import beside
from tests.benchmark.outside.test_opened import late

READ = "from pathlib import Path\nHERE = Path(__file__).parent\ndef read():\n    return (HERE / 'a.txt').read_text()\n"


def test_a_data_set_of_the_same_package_reads_its_images_and_the_method_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(tmp_path, lab_of_sets__in____init__="", lab_of_sets__in__images=READ)
    package = tmp_path / "lab_of_sets"
    (package / "a.txt").write_text("image")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = written(package / "m.py", imports="from lab_of_sets import images")
    registered = method_named(str(file))
    assert importlib.import_module("lab_of_sets.images").read() == "image"
    with pytest.raises(MethodUsageError, match=r"a.txt is read by m.py"):
        registered.cls.step.__globals__["images"].read()


@pytest.mark.parametrize("folder", [".keras/sets", ".vscode-server/bin", ".cache/hub"])
def test_what_lies_in_a_hidden_folder_of_the_home_is_let_be(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "home" / folder / "kept.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert late(tmp_path / "home" / "m.py", f"return Path({str(kept)!r}).read_text()")() == "kept"


@pytest.mark.parametrize("variable", ["MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "HF_HUB_CACHE"])
def test_what_a_library_was_told_to_keep_elsewhere_is_let_be(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a").write_text("kept")
    monkeypatch.setenv(variable, str(tmp_path / "kept"))
    assert late(tmp_path / "m.py", f"return (here / 'kept' / 'a').read_text()  # {variable}")() == "kept"


def test_an_installed_file_that_is_a_link_to_where_an_installer_keeps_it_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = installed(tmp_path / "site", monkeypatch, "linked_package", "")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "table.json").write_text("[1]")
    (package / "table.json").symlink_to(tmp_path / "kept" / "table.json")
    assert late(tmp_path / "m.py", f"return Path({str(package / 'table.json')!r}).read_text()")() == "[1]"


def test_what_is_made_anew_is_let_be_and_what_is_added_to_is_not(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("old")
    assert late(tmp_path / "m.py", "with open(here / 'log.txt', 'w+') as log:\n    return log.read()")() == ""
    with pytest.raises(MethodUsageError, match=r"log.txt is read by m.py"):
        late(tmp_path / "m.py", "open(here / 'log.txt', 'a+')")()


def test_code_that_a_library_compiled_beside_a_file_is_let_be_and_compiled_modules_are_told(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    for name in ("m.step-1.py310.nbi", "gone.cpython-310.pyc"):
        (tmp_path / "__pycache__" / name).write_text("c")
    (tmp_path / "bare.pyc").write_text("c")
    assert late(tmp_path / "m.py", "return (here / '__pycache__' / 'm.step-1.py310.nbi').read_text()")() == "c"
    for name in ("__pycache__/gone.cpython-310.pyc", "bare.pyc"):
        with pytest.raises(MethodUsageError, match=r"pyc is read by m.py, and is no part of the cell"):
            late(tmp_path / "m.py", f"return (here / {name!r}).read_text()")()


def test_a_package_that_a_step_runs_by_its_place_is_told_by_its_name(tmp_path: Path) -> None:
    beside(tmp_path, lab__in____init__="S = 1\n")
    with pytest.raises(MethodUsageError, match=r"lab is imported from .*__init__.py, which is no part"):
        late(tmp_path / "m.py", "import runpy\nrunpy.run_path(str(here / 'lab' / '__init__.py'))")()


def test_of_a_method_that_lies_among_temporary_files_what_torch_compiled_there_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "torchinductor_me").mkdir()
    for kept in (tmp_path / "torchinductor_me" / "a.cpp", tmp_path / "a.cpp"):
        kept.write_text("c")
    assert late(tmp_path / "m.py", "return (here / 'torchinductor_me' / 'a.cpp').read_text()")() == "c"
    with pytest.raises(MethodUsageError, match=r"a.cpp is read by m.py"):
        late(tmp_path / "m.py", "return (here / 'a.cpp').read_text()")()
