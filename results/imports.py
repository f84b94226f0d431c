"""What a Python file imports and which methods it registers, read and not run, so that pages need no torch for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

IMPORTERS = ("import_module", "__import__")
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Fields of a syntax tree that hold statements, or what holds some."""


@lru_cache(maxsize=1024)
def modules(content: bytes, path: str) -> tuple[str, ...]:
    """Return what a file imports, in functions too but not for type checkers alone; names may be no modules."""
    found: list[str] = []
    called = (
        any(name.encode() in content for name in IMPORTERS) or not content.isascii()
    )  # other letters may spell them
    for node in _run(_parsed(content), ast.iter_child_nodes if called else _statements):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = path.split("/")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{alias.name}".removeprefix(".") for alias in node.names)]
        elif isinstance(node, ast.Call) and _name(node.func) in IMPORTERS:
            found += [_absolute(name, path) for name in _words(node.args[:1])]
    return tuple(found)


@lru_cache(maxsize=256)
def registered(content: bytes) -> tuple[str, ...]:
    """Return the names under which a file's classes are registered by the decorator ``@method``.

    A name may be a text, or a constant of the file that is one. Other ways are known to the process alone that ran it.
    """
    return tuple(name for name, _ in _registrations(content))


@lru_cache(maxsize=256)
def families(content: bytes) -> Mapping[str, str]:
    """Return the family of each method that a file registers so, by its name; those that state none are absent."""
    named = (
        (name, _words([one.value for one in call.keywords if one.arg == "family"]))
        for name, call in _registrations(content)
    )
    return {name: words[0] for name, words in named if words}


def _registrations(content: bytes) -> list[tuple[str, ast.Call]]:
    """Return the name and the decorator of each class that is registered."""
    tree = _parsed(content)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [
        call
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and _name(call.func) == "method"
    ]
    found = []
    for call in calls:
        nodes = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "name")][:1]
        nodes = [constants.get(node.id, node) if isinstance(node, ast.Name) else node for node in nodes]
        found += [(name, call) for name in _words(nodes)]
    return found


def _absolute(name: str, path: str) -> str:
    """Return what a relative name in a call means, seen from its file; another name as it is."""
    level = len(name) - len(name.lstrip("."))
    return ".".join([*path.split("/")[:-level], name[level:]]) if level else name


def _words(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _name(node: ast.expr) -> str:
    """Return a name, or the last part of a dotted one; empty for any other expression."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _parsed(content: bytes) -> ast.Module:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError):  # of a file that no run can import either
        return ast.Module([], [])


def _run(node: ast.AST, below: Callable[[ast.AST], Iterable[ast.AST]]) -> Iterator[ast.AST]:
    """Yield the nodes that a run may reach: all but those under ``if TYPE_CHECKING``. below: the nodes in a node."""
    for child in below(node):
        if isinstance(child, ast.If) and _name(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from (other, *_run(other, below))
        else:
            yield child
            yield from _run(child, below)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in one, and what holds others of them: a tenth of all nodes, with all import statements."""
    for name in BLOCKS:
        yield from getattr(node, name, ())
