"""Which family a run's method is of: as its record says, or the method's file in this checkout for older records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from results.imports import families
from results.outside import METHOD
from results.python_files import read
from results.record import Record

ROOT = Path(__file__).resolve().parent.parent
UNSTATED = "not stated"


def family_of(record: Record) -> str:
    """Return the family of a record's method; ``not stated`` where neither it nor a file of this checkout says one."""
    if record.cell.family or METHOD in record.cell.outside:
        return record.cell.family or UNSTATED
    return _of_this_checkout().get(record.cell.method, UNSTATED)


@cache
def _of_this_checkout() -> Mapping[str, str]:
    """Return the families of this checkout's methods by name, as their files state them: no module is imported."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "methods").glob("*.py")):
        found |= families(read(path))
    return found
