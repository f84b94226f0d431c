"""A command line is read whole, and what is wrong with it is one line that names the option."""

from __future__ import annotations

import importlib

import pytest

from shell.options import Parser, amount, one_of, whole
from tests.test_imports import COMMANDS


def parser() -> Parser:
    options = Parser("data.list", "About.")
    options.add_argument("--labeled", type=whole(1), default=3)
    options.add_argument("--ratio", type=amount("a number above 0 and up to 1", above=0, most=1))
    options.add_argument("--draw", type=one_of("canonical", "random"))
    options.add_argument("--set", action="append", default=[])
    return options


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--labelled 3", "there is no option --labelled; did you mean --labeled? (usage: python -m data.list --help)"),
        ("--labe 3", "there is no option --labe; did you mean --labeled? (usage: python -m data.list --help)"),
        ("--labelled=3 --ratio 9", "there is no option --labelled; did you mean"),
        ("--xyz", "there is no option --xyz (usage: python -m data.list --help)"),
        ("--labeled 0", "--labeled 0: expected 1 or more"),
        ("--labeled -1", "--labeled -1: expected 1 or more"),
        ("--labeled 1.5", "--labeled 1.5: expected a whole number, 1 or more"),
        ("--labeled", "--labeled: expected one value"),
        ("--ratio nan", "--ratio nan: expected a number above 0 and up to 1"),
        ("--ratio 0", "--ratio 0: expected a number above 0"),
        ("--ratio inf", "--ratio inf: expected a number above 0"),
        ("--ratio half", "--ratio half: expected a number above 0"),
        ("--draw randum", "--draw randum: expected canonical or random; did you mean random?"),
        ("more", "unrecognized arguments: more"),
    ],
)
def test_what_is_wrong_is_one_line(words: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, *words.split()).startswith(f"error: {line}")


def test_what_is_right_is_read() -> None:
    given = parser().parse_args(["--ratio", "1", "--labeled", "7", "--set", "a=1", "--set=b=-2", "--draw", "random"])
    assert vars(given) == {"ratio": 1.0, "labeled": 7, "set": ["a=1", "b=-2"], "draw": "random"}
    assert parser().parse_args([]).labeled == 3


def test_a_bound_may_be_left_open() -> None:
    assert amount("more than 0", above=0)("inf") == float("inf")
    assert amount("0 or more", least=0)("0") == 0.0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_help_that_names_its_default(command: str) -> None:
    for action in importlib.import_module(command).parser()._actions:
        assert action.help, action.dest
        if action.option_strings and action.nargs != 0 and action.dest not in ("set", "slurm") and not action.required:
            assert "default" in action.help, f"{command} {action.dest}: {action.help}"
