"""A method states its family once, above its class; pages know it of any record, and of a stranger's any word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmark import methods
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import MethodUsageError
from benchmark.outside.named import method_named
from benchmark.scoring.recording import _cell_info
from data.catalog import find
from methods.errors import MethodError
from methods.registry import FAMILIES, entries, method
from reports import families
from results.record import CellInfo
from tests.benchmark.outside.strangers import written


def stating(file: Path, family: str) -> Path:
    written(file)
    file.write_text(file.read_text().replace('paper="Me, 2026"', f'paper="Me, 2026", family="{family}"'))
    return file


def test_every_method_is_of_a_family_and_pages_read_the_same_of_its_file() -> None:
    stated = {name: one.family for name, one in entries().items()}
    assert set(stated.values()) <= set(FAMILIES)
    assert {name: families._of_this_checkout()[name] for name in stated} == stated
    assert (stated["action"], stated["mean_teacher"], stated["dan"]) == ("contrastive", "consistency", "adversarial")


def test_a_method_of_this_repository_without_one_of_them_is_refused() -> None:
    with pytest.raises(MethodError, match="family ''; expected one of supervised, consistency"):
        method("x", title="X", paper="X")(type("X", (), {}))
    assert "x" not in entries()


@pytest.mark.parametrize(("family", "name"), [("diffusion", "diffusion"), ("", "")])
def test_a_cell_of_a_stranger_s_method_tells_its_word_or_none(
    tmp_path: Path, family: str, name: str, small_phantom: object
) -> None:
    wish = Wish(method=str(stating(tmp_path / "m.py", family)), dataset="phantom", preset="smoke", labeled=2)
    info = CellInfo.model_validate(_cell_info(resolve_cell(wish, find("phantom"), "cpu")))
    assert info.family == name


@pytest.mark.parametrize("family", ["a" * 31, "two\\nlines"])
def test_a_family_is_a_short_word(tmp_path: Path, family: str) -> None:
    with pytest.raises(MethodUsageError, match="expected a family of at most 30 printable characters"):
        method_named(str(stating(tmp_path / "m.py", family)))


def test_the_list_of_methods_tells_families(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert methods.command([]) == 0
    assert re.search(r"\n +consistency; Tarvainen & Valpola", capsys.readouterr().out)
    methods.command(["em"])
    assert "\nfamily: entropy: predictions of unlabelled slices are to be sure\n" in capsys.readouterr().out
    methods.command([str(written(tmp_path / "m.py"))])
    assert "\nfamily: not stated\n" in capsys.readouterr().out
