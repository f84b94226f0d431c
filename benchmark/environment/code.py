"""The code that this process runs: read before anybody edits it, so that a record tells of what was imported."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from benchmark.outside.carried import Origins
from benchmark.paths import ROOT
from methods.registry import check_backbone, entries
from results.code import GENERATORS, Code, Parts, Sources, code_of
from results.standing import Checkout, named

HERE = ROOT  # of the modules that are imported, wherever the files of the code are read


@dataclass(frozen=True)
class Taken:
    """The files as they were at one moment, and the modules that were imported by then."""

    checkout: Checkout
    imported: frozenset[str]


@cache
def taken() -> Taken:
    """Return the code as it was when this process first asked, which it should do as it starts.

    What trains is imported for it first, so that a file edited from here on is another than what runs.
    """
    registered = {name: _file_of(one.cls.__module__) for name, one in entries().items()}
    check_backbone("unet", None, 64, 2)  # imports the networks
    for path in GENERATORS.values():
        import_module(_module(path))
    return Taken(Checkout(Sources(ROOT), registered), frozenset(sys.modules))


def parts_of(method: str, dataset: str, outside: Origins) -> Parts:
    """Return the files of each part of the code for a method on a data set; outside: what of it is not ours."""
    contents = {role: origin.contents for role, origin in outside.items()}
    return taken().checkout.parts_with(method, dataset, contents)


def code_that_ran(method: str, dataset: str, outside: Origins) -> Code:
    """Return the code for a method on a data set; outside: what of it is not ours.

    What trained is not told where one of its files was edited before it was imported, as one that a backbone alone
    needs may be: then nobody knows what ran.
    """
    parts = parts_of(method, dataset, outside)
    code, late = code_of(parts), _edited_before_import(parts)
    if not late:
        return code
    words = "the record does not tell of which code it is"
    print(f"edited since this process began{named(late)}: {words}", file=sys.stderr)
    return code.untold


def _edited_before_import(parts: Parts) -> list[str]:
    before, late = taken().imported, dict[str, str]()
    for files in parts.values():
        late |= {path: digest for path, digest in files.items() if _module(path) in sys.modules.keys() - before}
    if not late:
        return []
    now = Sources(ROOT)
    return [path for path, digest in late.items() if now.digest(path) != digest]


def _file_of(module: str) -> str:
    """Return the path below the checkout of a module that this process imported; empty for one from elsewhere."""
    file = getattr(sys.modules.get(module), "__file__", None)
    path = None if file is None else Path(file).resolve()
    return path.relative_to(HERE).as_posix() if path is not None and path.is_relative_to(HERE) else ""


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
