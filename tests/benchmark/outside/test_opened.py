"""What a method opens by itself is refused, since no cell is told by it; what libraries open for it is let be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmark.errors import MethodUsageError
from benchmark.outside.named import method_named
from tests.benchmark.outside.strangers import WORDS, installed, written
from tests.benchmark.outside.test_files import beside
from tests.benchmark.outside.test_refusals import ended

HERE = "from pathlib import Path\nhere = Path(__file__).parent\n"
READ = {
    "text": "return (here / 'kept.json').read_text()",
    "bytes": "import os\nreturn os.read(os.open(here / 'kept.json', os.O_RDONLY), 9)",
    "an array": "import numpy\nreturn numpy.load(here / 'kept.npy')",
    "weights": "return torch.load(here / 'kept.pt')",
    "to be changed": "return open(here / 'kept.json', 'r+').read()",
}
RUN = {
    "exec": "exec((here / 'helper.py').read_text(), {})",
    "runpy": "import runpy\nrunpy.run_path(str(here / 'helper.py'))",
    "a spec": "import importlib.util as u\nspec = u.spec_from_file_location('helper', here / 'helper.py')\n"
    "spec.loader.exec_module(u.module_from_spec(spec))",
}


def late(file: Path, lines: str) -> Callable[[], Any]:
    """Return a function of a method's file, as a step would be, of these lines."""
    body = "".join(f"    {line}\n" for line in (HERE + lines).splitlines())
    registered = method_named(str(written(file, more=f"\ndef late():\n{body}")))
    found: Callable[[], Any] = registered.cls.step.__globals__["late"]
    return found


def keep(folder: Path) -> None:
    (folder / "kept.json").write_text("[1]")
    np.save(folder / "kept.npy", np.ones(1))
    torch.save(torch.ones(1), folder / "kept.pt")


@pytest.mark.parametrize("kind", READ)
def test_a_file_of_data_that_a_step_reads_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    keep(tmp_path)
    with pytest.raises(MethodUsageError) as refused:
        late(tmp_path / "m.py", READ[kind])()
    words = "is read by m.py, and is no part of the cell, whose numbers may hang on it; keep what it holds in a Python"
    assert str(refused.value).startswith(f"{tmp_path / 'kept'}.") and words in str(refused.value)


@pytest.mark.parametrize("kind", RUN)
def test_a_module_that_a_step_runs_past_the_import_statement_is_told_to_be_imported(kind: str, tmp_path: Path) -> None:
    beside(tmp_path, helper="S = 1\n")
    with pytest.raises(
        MethodUsageError, match=r"helper is imported from .*helper.py, which is no part of the cell; nam"
    ):
        late(tmp_path / "m.py", RUN[kind])()


def test_a_file_that_is_read_as_a_method_loads_is_told_with_its_line(tmp_path: Path) -> None:
    keep(tmp_path)
    file = written(tmp_path / "m.py", imports="from pathlib import Path\nS = len(Path(__file__).with_name('kept.json')"
                   ".read_text())", strength="S")  # fmt: skip
    with pytest.raises(MethodUsageError) as refused:
        method_named(str(file))
    assert str(refused.value).startswith(f"{file}, line 7: {tmp_path / 'kept.json'} is read by m.py")


def test_what_is_written_is_not_there_or_is_one_s_own_text_is_let_be(tmp_path: Path) -> None:
    lines = (
        "(here / 'log.txt').write_text('one')\nassert not (here / 'nowhere').exists()\n"
        "import inspect\nfrom pathlib import Path\nreturn inspect.getsource(late), Path(__file__).read_text()"
    )
    source, whole = late(tmp_path / "m.py", lines)()
    assert source in whole and (tmp_path / "log.txt").read_text() == "one"
    with pytest.raises(FileNotFoundError):
        late(tmp_path / "m.py", "return open(here / 'nowhere')")()


def test_what_is_installed_is_let_be_and_so_is_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installed(tmp_path / "site", monkeypatch, "kept_package", "")
    (package / "table.json").write_text("[1]")
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "weights.bin").write_text("w")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    read = (
        f"return [Path(one).read_text() for one in {[str(package / 'table.json'), str(tmp_path / 'hub/weights.bin')]}]"
    )
    assert late(tmp_path / "mine" / "m.py", read)() == ["[1]", "w"]


def test_what_this_project_opens_for_a_method_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "outside" / "kept").mkdir(parents=True)
    (tmp_path / "outside" / "kept" / "a").write_text("1")
    read = late(tmp_path / "m.py", "from results.outside import copied\nreturn copied(here, 'kept')")
    assert read() == {"a": b"1"}


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_run_whose_step_reads_a_file_ends_with_the_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path)
    file = written(tmp_path / "m.py", imports="from pathlib import Path")
    step = "        labeled, unlabeled = batch.view(self.config.view)\n"
    read = "        Path(__file__).with_name('kept.json').read_text()\n"
    file.write_text(file.read_text().replace(step, step + read))
    assert ended("benchmark.run", ["--method", str(file), *WORDS, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"error: {tmp_path / 'kept.json'} is read by m.py, and")


def test_a_module_that_a_package_finds_by_a_made_up_name_is_told_how_it_is_found(tmp_path: Path) -> None:
    made_up = "import importlib\ndef __getattr__(name):\n    return importlib.import_module('.' + name, __name__)\n"
    beside(tmp_path, lab__in____init__=made_up, lab__in__loss="S = 1\n")
    with pytest.raises(ModuleNotFoundError) as told:
        late(tmp_path / "m.py", "import lab\nreturn lab.loss.S")()
    file = tmp_path / "lab" / "loss.py"
    assert str(told.value) == f"No module named 'lab.loss'; {file} is there: name it in an import statement"
