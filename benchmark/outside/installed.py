"""What installed packages register by entry points: methods and backbones, each with the files that it is."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from benchmark.errors import MethodUsageError
from benchmark.outside.files import origin_of_package
from methods.origin import Origin

METHODS, BACKBONES = "action_bench.methods", "action_bench.backbones"


def registered(group: str) -> Sequence[EntryPoint]:
    """Return the entry points of a group, those of one name beside each other."""
    return _registered(group, tuple(sys.path))


@lru_cache(maxsize=8)
def _registered(group: str, path: tuple[str, ...]) -> Sequence[EntryPoint]:
    unique = {(point.name, point.value, of_package(point)): point for point in entry_points(group=group)}
    return tuple(unique[key] for key in sorted(unique))


def point_of(group: str, name: str) -> EntryPoint | None:
    """Return the entry point of a name, None where there is none; MethodUsageError where two packages claim it."""
    found = [point for point in registered(group) if point.name == name]
    if len(found) > 1:
        packages = " and ".join(of_package(point) for point in found)
        raise MethodUsageError(f"the name {name!r} is registered by {packages}; uninstall all but one of them")
    return found[0] if found else None


def of_package(point: EntryPoint) -> str:
    """Return the name and version of the package that an entry point is of."""
    return "an unknown package" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def said(point: EntryPoint) -> str:
    """Return an entry point as messages name it."""
    return f"the installed package {of_package(point)} ({point.name} = {point.value})"


def origin_of(point: EntryPoint) -> Origin:
    """Return the files of an entry point's module; MethodUsageError where the package has none such.

    Nothing of the package is run for it.
    """
    if point.pattern.match(point.value) is None:
        raise MethodUsageError(f"{said(point)}: {point.value!r} names no module; expected one such as package.module")
    parts = point.module.split(".")
    spec = importlib.util.find_spec(parts[0])
    file = None if spec is None else _file_of(spec.origin, list(spec.submodule_search_locations or ()), parts)
    if file is None:
        raise MethodUsageError(f"{said(point)}: it has no Python file for the module {point.module}")
    folder = file.parent
    for _ in range(len(parts) - 1 + (file.name == "__init__.py")):
        folder = folder.parent
    return origin_of_package(of_package(point), folder, file)


def _file_of(origin: str | None, folders: Sequence[str], parts: Sequence[str]) -> Path | None:
    if not folders:
        return Path(origin) if origin is not None and len(parts) == 1 else None
    below = [Path(folder, *parts[1:]) for folder in folders]
    found = [path for one in below for path in (one / "__init__.py", one.with_suffix(".py")) if path.is_file()]
    return found[0] if found else None
