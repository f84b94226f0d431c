"""Cases of a folder that can't be read, and a split without the patients that have no other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from data.errors import DataError
from data.split import Split


def without(split: Split, gone: Collection[str]) -> Split:
    """Return a split without some patients."""
    if not gone:
        return split
    train, val, test, unmasked = (
        tuple(patient for patient in part if patient not in gone)
        for part in (split.train, split.val, split.test, split.unmasked)
    )
    return replace(split, train=train, val=val, test=test, unmasked=unmasked)


def counted(left_out: Mapping[str, str], cases: int) -> str:
    """Return in a clause how many of a folder's cases are left out; nothing where none is."""
    return f", {len(left_out)} of {cases} cases left out as broken" if left_out else ""


def words_of(left_out: Mapping[str, str]) -> str:
    """Return which cases are left out, each with its reason."""
    cases = "case" if len(left_out) == 1 else "cases"
    reasons = "; ".join(f"{name} ({reason})" for name, reason in left_out.items())
    return f"{len(left_out)} broken {cases}: {reasons}; python -m data.prepare takes them up again once they are mended"


def check_enough(split: Split, folder: str) -> None:
    """Raise DataError where nobody is left to be labelled, or to test, since all their cases are broken."""
    for left, who in ((split.masked, "to train on with a mask"), (split.test, "to test")):
        if not left:
            raise DataError(
                f"{folder}: no {split.unit} is left {who}, since the cases of all are broken; mend them, and see what "
                "is wrong with each: python -m data.prepare"
            )
