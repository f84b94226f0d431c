"""Code from outside on its way: from where a cell was resolved to workers, into run folders, and back from there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from benchmark.errors import MethodUsageError, UsageError
from benchmark.outside.files import origin_of_file
from benchmark.outside.installed import BACKBONES, METHODS, origin_of, point_of
from benchmark.outside.loaded import method_of
from benchmark.outside.named import use_backbone
from methods.origin import Origin
from results.outside import BACKBONE, FOLDER, LARGEST_MIB, METHOD, copied
from results.writing import put, write_atomic

__all__ = ["BACKBONE", "METHOD", "Carried", "CarriedBy", "Origins", "at_hand", "bring", "bring_from", "keep"]


class Carried(BaseModel):
    """What a cell says of code from outside: of it the digest is in the cell's identity, all else is told.

    name: of its file, or of its package with the version. entry: the file that is run, and attribute what of it makes a
    backbone. place: where it was found. installed: the name of its entry point, empty for a file. twin: the values of a
    method's twin.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: str
    entry: str
    place: str
    installed: str = ""
    attribute: str = ""
    twin: Mapping[str, Any] = {}


CarriedBy = Mapping[str, Carried]
"""What a cell says of its method and its backbones, by role (``results.outside``)."""
Origins = Mapping[str, Origin]
"""The files, by role."""
_AT_HAND: dict[str, Origin] = {}


def keep_at_hand(origin: Origin) -> None:
    """Let an origin be found by its digest, for cells that are of it."""
    _AT_HAND[origin.digest] = origin


def at_hand(carried: CarriedBy | None) -> Origins:
    """Return the files of what a cell says, which this process resolved or was brought."""
    return {role: _AT_HAND[one.digest] for role, one in (carried or {}).items()}


def bring(carried: CarriedBy | None, came: Origins) -> None:
    """Make code from outside that came with a job known in this process; UsageError where it is not the cell's.

    What this machine sees of it must be as it was when the cell was resolved.
    """
    for role, one in (carried or {}).items():
        seen = _seen(role, one)
        if seen is not None and seen.digest != one.digest:
            words = f"{one.place} changed since this cell was resolved ({one.digest} then, {seen.digest} now)"
            raise UsageError(f"{words}; start the same command again: what it holds now is another cell")
        origin = seen or came.get(role)
        if origin is None or origin.digest != one.digest:
            raise UsageError(f"{one.name} ({one.digest}) is not at {one.place}, and did not come with the cell")
        _use(role, one, origin)


def bring_from(folder: Path, carried: CarriedBy | None) -> None:
    """Make the code from outside of a finished run known, by the copy in its folder, else from where it was found."""
    for role, one in (carried or {}).items():
        contents = copied(folder, role)
        origin = Origin(one.name, one.entry, one.place, contents) if contents else _seen(role, one)
        if origin is None or origin.digest != one.digest:
            where = f"{folder / FOLDER / role} holds other files" if contents else f"{one.place} is not there as it was"
            raise UsageError(f"{folder} is of {one.name} ({one.digest}), and {where}; put the files back as they were")
        _use(role, one, origin)


def keep(folder: Path, origins: Origins) -> None:
    """Write a copy of the files into a run's folder, but of what is large."""
    for role, origin in origins.items():
        if sum(map(len, origin.contents.values())) > LARGEST_MIB * 2**20:
            continue
        for path, content in origin.contents.items():
            target = folder / FOLDER / role / path
            if not target.is_file() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(target, partial(put, content))


def _use(role: str, one: Carried, origin: Origin) -> None:
    keep_at_hand(origin)
    if role == METHOD:
        method_of(origin, one.place, one.installed or None)
    else:
        use_backbone(role.removeprefix(BACKBONE), origin, one.attribute, one.place)


def _seen(role: str, one: Carried) -> Origin | None:
    """Return what this machine has of it now, None where it has nothing there."""
    try:
        if not one.installed:
            return origin_of_file(Path(one.place), one.place) if Path(one.place).exists() else None
        point = point_of(METHODS if role == METHOD else BACKBONES, one.installed)
        return None if point is None else origin_of(point)
    except MethodUsageError:
        return None
