"""What a folder's own files say of it beside what its images and masks hold, as its plan remembers it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from data.folders.dataset_json import FILE as NAMES
from data.folders.listed import Listing, Part
from data.folders.marked import FILE, marked_slices

TRAINED: tuple[Part, ...] = ("labeled", "unlabeled", "test")
KINDS: Mapping[str, tuple[str, str, str]] = {
    "tests": ("a case to test", "none", "train, val, test"),
    "trains": ("a case to train on", "none", "train, val, test"),
    "masked": ("a mask", "none", "unlabeled"),
    "bare": ("no mask", "one", "unlabeled"),
}
"""What may be true of a patient, in words, what else it was, and the field of a plan that it is in."""


class Said(BaseModel):
    """What a folder's own files said when its plan was made.

    labels, ignored, channels: of ``dataset.json``; None, None and none where there is none. slices: the labelled ones
    of ``slices.csv``, by case; None where the user named another table. parts: what each case is by the folder that it
    lies in and by whether it has a mask.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: Mapping[str, int] | None = None
    ignored: int | None = None
    channels: tuple[str, ...] = ()
    slices: Mapping[str, tuple[int, ...]] | None = None
    parts: Mapping[str, Part] = {}

    def without(self, cases: Collection[str]) -> Said:
        """Return the same of all but some cases."""
        slices = None if self.slices is None else {name: of for name, of in self.slices.items() if name not in cases}
        parts = {name: part for name, part in self.parts.items() if name not in cases}
        return self.model_copy(update={"slices": slices, "parts": parts})


def said_of(folder: Path, listing: Listing, has_slices: bool = True) -> Said:
    """Return what a folder's own files say now. has_slices: whether ``slices.csv`` counts."""
    return Said(
        labels=listing.labels,
        ignored=listing.ignored,
        channels=() if listing.labels is None else listing.channels,
        slices=marked_slices(folder, listing) if has_slices else None,
        parts={case.name: case.part for case in listing.of(*TRAINED)},
    )


def changes(said: Said, now: Said, patients: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield in a clause each thing that a folder's files say otherwise now, and the fields of a plan that it is in.

    patients: whose a case is, where not the case's own. Patients that came or went are not told.
    """
    for field, word in (("labels", "labels"), ("ignored", "ignore"), ("channels", "channels")):
        new, old = getattr(now, field), getattr(said, field)
        if new != old:
            yield f"{NAMES} names {_words(word, new)}, and {_words(word, old)} when the plan was made", _fields(field)
    new_slices, old_slices = now.slices or {}, said.slices or {}
    for case in sorted({*new_slices, *old_slices}):
        new, old = new_slices.get(case), old_slices.get(case)
        if new != old:
            both = f"{_words('slices', new)}, and {_words('slices', old)} when the plan was made"
            yield f"of case {case} {FILE} lists {both}", _fields("partly", "slices")
    yield from _moved(said.parts, now.parts, patients)


def _moved(said: Mapping[str, Part], now: Mapping[str, Part], patients: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    before, after = (_by_patient(parts, patients) for parts in (said, now))
    for patient in sorted(before.keys() & after.keys()):
        new = _kinds({*after[patient].values()}) - _kinds({*before[patient].values()})
        for kind in (kind for kind in KINDS if kind in new):
            what, other, field = KINDS[kind]
            name = next(name for name, part in after[patient].items() if kind in _kinds({part}))
            clause = f'{patient} has {what} now (case {name}: "{now[name]}"), and had {other} when the plan was made'
            yield clause, _fields(field, "parts")


def _by_patient(parts: Mapping[str, Part], patients: Mapping[str, str]) -> Mapping[str, Mapping[str, Part]]:
    found = dict[str, dict[str, Part]]()
    for name, part in parts.items():
        found.setdefault(patients.get(name, name), {})[name] = part
    return found


def _kinds(parts: set[Part]) -> set[str]:
    """Return what is true of a patient whose cases are these."""
    sides = {"tests" if part == "test" else "trains" for part in parts}
    return sides | {"bare" if parts == {"unlabeled"} else "masked"}


def _fields(mine: str, said: str | None = None) -> str:
    return f"{mine} and said.{said or mine}"


def _words(what: str, value: object) -> str:
    if not value:
        return f"no {what}"
    if isinstance(value, Mapping):
        return f"{what} {', '.join(f'{number} {name}' for name, number in value.items())}"
    return f"{what} {', '.join(map(str, value)) if isinstance(value, tuple) else value}"
