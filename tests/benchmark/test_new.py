"""A method's file is written where it is a method as it stands, and nothing is written where it can't be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import new
from benchmark.outside.named import method_named
from tests.benchmark.outcome import outcome


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("_x", "_x: expected small letters, digits and _, a letter first, such as my_method"),
        ("1x", "1x: expected small letters, digits and _, a letter first"),
        ("true", "true is a word of Python's own"),
        ("none", "none is a word of Python's own"),
        ("lambda", "lambda is a word of Python's own"),
        ("torch", "torch.py would stand before the package torch where commands are run; give another name"),
        ("typing", "typing.py would stand before the package typing"),
        ("data", "data.py would stand before the package data"),
        ("methods", "methods.py would stand before the package methods"),
        ("ict", "ict is a method of this repository already"),
        ("x" * 61, "expected one line of 1 to 60 printable characters"),
    ],
)
def test_a_name_that_can_be_no_methods_leaves_no_file(name: str, words: str, tmp_path: Path, capsys) -> None:
    code, error = outcome(capsys, new, [name, "--folder", str(tmp_path)])
    assert (code, len(error.splitlines())) == (2, 1)
    assert words in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("title", ["", "  ", "ICT", 'a"b', "a\nb", "a" * 101])
def test_a_title_that_can_be_none_leaves_no_file(title: str, tmp_path: Path, capsys) -> None:
    code, error = outcome(capsys, new, ["my_method", "--title", title, "--folder", str(tmp_path)])
    assert (code, len(error.splitlines())) == (2, 1)
    assert title.strip()[:1] in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["my_method", "tensor", "ramped", "m2"])
def test_a_file_that_is_written_holds_the_method(name: str, tmp_path: Path) -> None:
    assert new.command([name, "--title", "My-Method+", "--folder", str(tmp_path)]) == 0
    assert method_named(str(tmp_path / f"{name}.py")).title == "My-Method+"
