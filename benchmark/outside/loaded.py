"""An origin's method, loaded; whatever is wrong with it is one sentence that names file and line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TypeVar

from benchmark.errors import MethodUsageError
from benchmark.outside.checked import check
from benchmark.outside.loading import load
from methods.origin import Origin
from methods.registry import Entry, collecting, remember

Ran = TypeVar("Ran")
_LOADED: dict[str, tuple[ModuleType, Sequence[Entry]]] = {}


def method_of(origin: Origin, given: str, name: str | None = None) -> Entry:
    """Return the method of an origin, which ``entry`` then knows; MethodUsageError for what can't be one.

    given: the file as the user named it, for messages. name: of the method, where an entry point says it.
    """
    module, found = loaded(origin, given)
    chosen = replace(
        _the_one(found, module.__name__, given) if name is None else _named(found, given, name), origin=origin
    )
    check(chosen, given)
    remember(chosen)
    return chosen


def loaded(origin: Origin, given: str) -> tuple[ModuleType, Sequence[Entry]]:
    """Return an origin's module, run once a process, and the methods that it registers."""
    if origin.digest not in _LOADED:
        with collecting(origin) as found:
            module = running(origin, given, lambda: load(origin))
        _LOADED[origin.digest] = module, found
    return _LOADED[origin.digest]


def running(origin: Origin, given: str, run: Callable[[], Ran]) -> Ran:
    """Return what running some of an origin's code gives; MethodUsageError with file and line for what it raises."""
    try:
        return run()
    except KeyboardInterrupt:
        raise
    except SyntaxError as error:
        where = _place(error.filename or "", error.lineno, given, origin)
        raise MethodUsageError(f"{where}: {error.msg}; Python can't read it") from None
    except BaseException as error:  # whatever a stranger's file does as it is run, leaving the process too
        frames = traceback.extract_tb(error.__traceback__)
        mine = [frame for frame in frames if frame.filename in _paths(origin)]
        where = _place(mine[-1].filename, mine[-1].lineno, given, origin) if mine else given
        said = next(filter(None, map(str.strip, str(error).splitlines())), "no reason given")
        kind = "" if isinstance(error, MethodUsageError) else f"{type(error).__name__}: "  # a sentence of ours
        raise MethodUsageError(f"{where}: {kind}{said}") from None


def _paths(origin: Origin) -> list[str]:
    root = origin.place.removesuffix(origin.entry)
    return [f"{root}{path}" for path in origin.contents]


def _place(filename: str, line: int | None, given: str, origin: Origin) -> str:
    """Return file and line, of one beside the method with which method imports it."""
    is_file = given.endswith(".py")
    by = "imported by" if is_file else "of"
    file = given if filename == "" or (is_file and filename == origin.place) else f"{filename} ({by} {given})"
    return file if line is None else f"{file}, line {line}"


def _the_one(found: Sequence[Entry], module: str, given: str) -> Entry:
    """Return the method of a file's own class; of one that it imports where it has no other."""
    found = [one for one in found if getattr(one.cls, "__module__", "") == module] or found
    if not found:
        words = 'holds no method; put @method("name", title="Title", paper="Author, year") above its class'
        raise MethodUsageError(f"{given} {words}")
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise MethodUsageError(f"{given} holds {len(found)} methods ({names}); a file holds one, so give each its own")
    return found[0]


def _named(found: Sequence[Entry], given: str, name: str) -> Entry:
    same = [one for one in found if one.name == name]
    if len(same) != 1:
        names = ", ".join(one.name for one in found) or "none"
        raise MethodUsageError(f"{given} registers {name!r}, and its module holds {names}; give both the same name")
    return same[0]
