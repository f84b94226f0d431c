"""What the terms of a page's data forbid, and what code from outside says of its licence, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from results.licences import restriction, stated_by
from results.outside import BACKBONE, METHOD, copied
from results.store import LoadedRecord


def restrictions(records: Sequence[LoadedRecord]) -> list[str]:
    """Return a sentence for each data set that is not for commercial use, or whose terms nobody read."""
    first = {one.record.cell.dataset: one for one in reversed(records)}
    found = (restriction(name, stated_licence(one.values())) for name, one in sorted(first.items()))
    return list(dict.fromkeys(filter(None, found)))


def stated_licence(values: Mapping[str, object]) -> str | None:
    """Return the licence that a folder of one's own tells, as a cell keeps it; None where it tells none."""
    told = values.get("told")
    licence = told.get("licence") if isinstance(told, Mapping) else None
    return licence if isinstance(licence, str) else None


def code_from_outside(loaded: LoadedRecord) -> list[str]:
    """Return which files the method and the backbones of a run are, where they are not of this repository."""
    return [
        f"{'method' if role == METHOD else role.replace(BACKBONE, 'backbone ')}: {one.name} ({one.digest}), "
        f"licence {stated_by(one.name, _entry(loaded, role))}"
        for role, one in sorted(loaded.record.cell.outside.items(), key=lambda item: (item[0] != METHOD, item[0]))
    ]


def _entry(loaded: LoadedRecord, role: str) -> bytes:
    """Return what the file of a role that is run holds, by the run's copy; nothing where none was kept."""
    carried = (loaded.values().get("outside") or {}).get(role, {})
    return copied(loaded.folder, role).get(carried.get("entry", ""), b"")
