"""Methods and backbones by what a user calls them: built in, a file, or of an installed package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint
from operator import attrgetter
from pathlib import Path
from typing import Any

from benchmark.errors import MethodUsageError
from benchmark.outside.files import names_file, origin_of_file
from benchmark.outside.installed import BACKBONES, METHODS, origin_of, point_of, registered, said
from benchmark.outside.loaded import loaded, method_of, running
from methods.origin import Origin
from methods.registry import Entry, entries, entry, remember_backbone


def method_named(word: str) -> Entry:
    """Return a method by its name, or by the path of its file; MethodUsageError says what is wrong with either.

    A file is read each time, and run where it is not what was run before.
    """
    if names_file(word):
        return method_of(origin_of_file(Path(word), word), word)
    point = point_of(METHODS, word)
    return entry(word) if point is None else _of_point(point)


def _of_point(point: EntryPoint) -> Entry:
    if point.name in entries():
        raise MethodUsageError(f"{said(point)} takes a built-in method's name; rename it there, or uninstall it")
    return method_of(origin_of(point), said(point), point.name)


def absolute(word: str, folder: Path) -> str:
    """Return a method's name as it is, and the path of a file seen from a folder as one that holds everywhere."""
    if not names_file(word):
        return word
    try:
        return str((folder / Path(word).expanduser()).resolve())
    except (OSError, RuntimeError, ValueError):  # no path at all, which is told as the file is looked for
        return word


def names_of(words: Iterable[str]) -> list[str]:
    """Return the names of methods; of files, what their methods are called."""
    return [method_named(word).name if names_file(word) else word for word in words]


def all_methods() -> Iterator[Entry | str]:
    """Yield the methods of this repository, then those of installed packages; of one that can't be had, why."""
    yield from entries().values()
    for name in dict.fromkeys(point.name for point in registered(METHODS)):
        try:
            yield method_named(name)
        except MethodUsageError as error:
            yield str(error)


def backbone_named(word: str) -> Origin | None:
    """Return the files of a backbone of an installed package, which may be built by its name from then on.

    None for those that are known here; MethodUsageError for a name that is taken, and for one that can't be loaded.
    """
    point = point_of(BACKBONES, word)
    if point is None:
        return None
    if not point.attr:  # None or empty, by Python's version
        raise MethodUsageError(f"{said(point)}: name what makes the network too, as in module:Network")
    origin = origin_of(point)
    use_backbone(word, origin, point.attr, said(point))
    return origin


def use_backbone(name: str, origin: Origin, attribute: str, given: str) -> None:
    """Let a backbone be built by its name from an origin; MethodUsageError for what can't be."""
    make: Any = running(origin, given, lambda: attrgetter(attribute)(loaded(origin, given)[0]))
    if not callable(make):
        raise MethodUsageError(f"{given}: {attribute} can't be called with numbers of classes and channels")
    try:
        remember_backbone(name, make)
    except MethodUsageError as error:
        raise MethodUsageError(f"{given}: {error}") from None
