"""What a file imports is found in its statements, in whatever they stand, and in calls by name."""

from __future__ import annotations

import ast

import pytest

from results.imports import BLOCKS, modules
from tests.checkout import ROOT

HOLDS = (ast.stmt, ast.excepthandler, ast.match_case)
NESTED = """
try:
    import a
except ImportError:
    import b
else:
    import c
finally:
    import d
match x:
    case 1:
        import e
with y:
    for _ in z:
        while z:
            if x:
                import f
            elif y:
                import g
            else:
                class K:
                    async def h(self):
                        async with y:
                            import h
try:
    pass
except* ValueError:
    import i
"""


def test_statements_are_found_in_every_kind_of_block() -> None:
    """Whose fields hold statements: more of them would be a kind of block that is not looked into."""
    assert sorted(modules(NESTED.encode(), "x.py")) == list("abcdefghi")
    held = {
        name
        for node in ast.walk(ast.parse(NESTED))
        for name, value in ast.iter_fields(node)
        if isinstance(value, list) and any(isinstance(one, HOLDS) for one in value)
    }
    assert held == {*BLOCKS}


@pytest.mark.parametrize(
    "line",
    [
        "x = lambda: __import__('a.b')",
        "f(importlib.import_module('a.b'))",
        "\N{FULLWIDTH LATIN SMALL LETTER I}mport_module('a.b')",
    ],
)
def test_calls_by_name_are_found_in_expressions_however_they_are_spelt(line: str) -> None:
    assert modules(line.encode(), "x.py") == ("a.b",)


def test_the_checkout_imports_the_same_by_its_statements_alone() -> None:
    """A comment that names a call makes all nodes be looked at."""
    for file in sorted((ROOT / "benchmark").rglob("*.py")):
        content, path = file.read_bytes(), file.relative_to(ROOT).as_posix()
        assert sorted(modules(content, path)) == sorted(modules(content + b"\n# __import__\n", path))
