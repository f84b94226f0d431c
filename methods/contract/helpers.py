"""Installed packages that a method alone imports, whose modules keep what it drew as its own modules do."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

SPARED = frozenset(("benchmark", "data", "methods", "numpy", "pydantic", "reports", "results", "shell", "torch"))
"""Packages that a process has once, whoever imports them."""
CACHED = type(cache(len))
LARGEST = 60
"""Modules of a package that is run again: a library has more, which take seconds."""


def used_alone(top: str) -> Mapping[str, ModuleType]:
    """Return the modules of a package by its first name, and of those that nothing but it and they refer to.

    A package that is compiled in part can't be run twice, and stays; so does a large one.
    """
    users = _users()
    mine = {top}
    while True:
        more = {one for one, by in users.items() if one not in mine and by & mine and by <= mine | {one}}
        more = {one for one in more if _can_run_again(one)}
        if not more:
            return {name: module for name, module in sys.modules.items() if _top(name) in mine}
        mine |= more


def _users() -> Mapping[str, set[str]]:
    """Return by which packages each is referred to, in the names of their modules."""
    users: dict[str, set[str]] = defaultdict(set)
    for name, module in list(sys.modules.items()):
        for used in _used(module):
            users[used].add(_top(name))
    return users


def _used(module: ModuleType) -> Iterator[str]:
    """Yield the packages of modules that a module names, and of what it took out of them."""
    for value in list(vars(module).values()) if issubclass(type(module), ModuleType) else ():
        of = _module_of(value.__wrapped__ if type(value) is CACHED else value)
        if isinstance(of, str):
            yield _top(of)


def _module_of(value: Any) -> object:
    """Return the name of the module of a value or its class, by its type: some import what they are asked of."""
    if issubclass(type(value), ModuleType):
        return vars(value).get("__name__")
    return (value if issubclass(type(value), type | FunctionType) else type(value)).__module__


def _can_run_again(top: str) -> bool:
    """Return whether a package is no library that all share, and all of it is Python."""
    if top in SPARED or top in sys.stdlib_module_names or top in sys.builtin_module_names:
        return False
    files = [getattr(module, "__file__", None) for name, module in sys.modules.items() if _top(name) == top]
    return 0 < len(files) <= LARGEST and all(file is None or Path(file).suffix == ".py" for file in files)


def _top(name: str) -> str:
    return name.split(".")[0]
