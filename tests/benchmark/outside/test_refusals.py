"""What is wrong with a stranger's file is one sentence that names the file, and its line, and exit 2."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.running.failures import failure_of
from shell.main import main
from tests.benchmark.outside.strangers import WORDS, protocol, written


def text(words: str) -> Callable[[Path], Path]:
    def write(file: Path) -> Path:
        file.write_text(words)
        return file

    return write


def two(file: Path) -> Path:
    written(file)
    decorated = file.read_text()[file.read_text().index("@method") :]
    return written(file, more=decorated.replace('"mine"', '"other"').replace("class Mine(", "class Other("))


def with_helper(words: str) -> Callable[[Path], Path]:
    def write(file: Path) -> Path:
        (file.parent / "helper.py").write_text(words)
        return written(file, imports="import helper")

    return write


def without(words: str, instead: str = "") -> Callable[[Path], Path]:
    def write(file: Path) -> Path:
        file.write_text(written(file).read_text().replace(words, instead))
        return file

    return write


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "taken": (lambda file: written(file, name="em"), "FILE: the name 'em' is taken by the built-in Entropy"),
    "title": (lambda file: written(file, title="ICT"), "FILE: the title 'ICT' is that of the built-in ict"),
    "none": (text("x = 1\n"), "FILE holds no method; put @method("),
    "two": (two, "FILE holds 2 methods (mine, other); a file holds one"),
    "raises": (text("import torch\n\nboom()\n"), "FILE, line 3: NameError: name 'boom' is not defined"),
    "multiline": (text("raise ValueError('one\\ntwo')\n"), "FILE, line 1: ValueError: one"),
    "syntax": (text("\n\ndef f(:\n"), "FILE, line 3: invalid syntax"),
    "helper": (with_helper("\n1 / 0\n"), "helper.py (imported by FILE), line 2: ZeroDivisionError: division by zero"),
    "helper's syntax": (with_helper("x = (\n"), "helper.py (imported by FILE), line 1: '(' was never closed"),
    "missing": (text("import nowhere_to_be_found\n"), "FILE, line 1: ModuleNotFoundError: No module named 'nowhere_to"),
    "a name that a helper lacks": (
        lambda file: (with_helper("")(file), written(file, imports="from helper import x")),
        "FILE, line 6: ImportError: cannot import name 'x'",
    ),
    "leaves": (text("import sys\nsys.exit(3)\n"), "FILE, line 2: SystemExit: 3"),
    "no text": (lambda file: file.write_bytes(b"\x00\xff"), "FILE: source code string cannot contain null bytes"),
    "not there": (lambda file: None, "FILE does not exist; name a Python file that holds a method"),
    "a folder": (lambda file: file.mkdir(), "FILE is a folder; name the file in it"),
    "its name": (lambda file: written(file, name="my / method"), "FILE: the name 'my / method': expected letters"),
    "no docstring": (without('"""Agree with oneself."""'), "FILE: Mine has no docstring"),
    "no Config": (without("Config = MineConfig", "Config = dict"), "FILE: Mine has no Config"),
    "no Method": (without("class Mine(Ramped)", "class Mine"), "FILE: mine is no class derived from methods.base"),
}  # fmt: skip


def ended(command: str, words: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(command, lambda: int(importlib.import_module(command).command(words)))
    return int(end.value.code or 0)


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("command", ["benchmark.run", "benchmark.sweep", "benchmark.methods", "benchmark.canary"])
def test_what_is_wrong_with_a_file_is_one_sentence_and_exit_2(
    command: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write, expected = WRONG[kind]
    file, out = tmp_path / "my_method.py", tmp_path / "out"
    write(file)
    words = {
        "benchmark.run": ["--method", str(file), *WORDS, "--out", str(out)],
        "benchmark.sweep": [str(protocol(tmp_path / "p.toml", '"./my_method.py"')), "--dry-run", "--device", "cpu"],
        "benchmark.methods": [str(file)],
        "benchmark.canary": [str(file), "--updates", "1"],
    }[command]
    assert ended(command, words) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert expected.replace("FILE", str(file)) in said
    if command == "benchmark.sweep":
        assert "p.toml: [[cells]] block 1: " in said
    assert not out.exists()


def test_a_file_that_is_none_of_python_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("x")
    assert ended("benchmark.methods", [str(tmp_path / "mine.txt")]) == 2
    assert "mine.txt is no Python file (.py)" in capsys.readouterr().err


def test_a_word_without_a_path_is_a_name_even_where_such_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "ict.py", name="mine", title="Mine")
    assert importlib.import_module("benchmark.methods").command(["ict"]) == 0
    assert capsys.readouterr().out.startswith("ICT")


def test_the_trace_of_a_strangers_method_is_kept_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("benchmark.canary", [str(written(tmp_path / "m.py")), "--keep"]) == 2
    assert "--keep: mine is from outside; keep its trace elsewhere, with --traces DIR" in capsys.readouterr().err


def test_a_twin_in_which_an_unlabelled_term_counts_fails_with_one_sentence_and_says_why_in_its_folder(
    tmp_path: Path, small_phantom: None, thin: None, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = without('{"agreement": 0.0}', '{"ramp": 0.0}')(tmp_path / "mine.py"), tmp_path / "out"
    words = ["--method", str(file), *WORDS, "--out", str(out)]
    assert ended("benchmark.run", [*words, "--twin"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: stage 'train' of this twin learns from more than its supervised term by update 2")
    assert " beside agreement; " in said
    (folder,) = out.glob("phantom-2-mine-*")
    assert failure_of(folder).reason in said
    assert not (folder / "record.json").exists()
