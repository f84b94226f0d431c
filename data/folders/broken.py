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


def side_of(split: Split, patient: str) -> str:
    """Return in words on which side of a split, before anybody was left out of it, a patient is."""
    sides = {"test": split.test, "validation": split.val, "training, unlabelled": split.unmasked}
    return next((side for side, patients in sides.items() if patient in patients), "training")


NOBODY_VALIDATES = "nobody validates any more, since all validation cases are broken, so the last weights are scored"


def words_of(left_out: Mapping[str, str], sides: Mapping[str, str], unvalidated: bool) -> str:
    """Return which cases are left out, each with its side and reason. unvalidated: whether nobody validates for it."""
    cases = "case" if len(left_out) == 1 else "cases"
    reasons = "; ".join(f"{name} ({sides[name]}: {reason})" for name, reason in left_out.items())
    more = f"; {NOBODY_VALIDATES}" if unvalidated else ""
    again = "python -m data.prepare takes them up again once they are mended"
    return f"{len(left_out)} broken {cases}: {reasons}{more}; {again}"


def check_enough(split: Split, folder: str) -> None:
    """Raise DataError where nobody is left to be labelled, or to test, since all their cases are broken."""
    for left, who in ((split.masked, "to train on with a mask"), (split.test, "to test")):
        if not left:
            raise DataError(
                f"{folder}: no {split.unit} is left {who}, since the cases of all are broken; mend them: "
                "python -m data.prepare lists what is wrong with each"
            )
