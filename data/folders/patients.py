"""Whose case is whose: by a rule, a table, or what names usually say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import DataError, DataUsageError
from data.files import listed
from data.folders.listed import Listing
from data.folders.table import rows_of

Rule = str | Path
TABLES = (".csv", ".tsv")
BIDS = re.compile(r"(sub-[A-Za-z0-9]+)(?:[_-].*)?")
BRATS = re.compile(r"(BraTS-[A-Za-z]+-\d+)-\d{3}(?:-.+)?", re.IGNORECASE)
TIMES = r"(?:frame|phase|time|timepoint|tp|t|visit|v|session|ses|scan|run|day|week|month|year|fu|followup)[-_]?\d+"
PHASES = r"ED|ES|baseline|bl|followup|fu|pre|post|arterial|art|venous|ven|portal|pv|delayed|delay|native|late|early"
SIDES = r"left|right|L|R|lh|rh"
SEQUENCES = r"t1|t1c|t1ce|t1gd|t1n|t1w|t2|t2w|t2f|t2star|flair|dwi|adc|pd|bold|swi|cine|lge|ct|pet|mri?"
SAID_MORE = re.compile(rf"(.+?)[_-](?:{TIMES}|{PHASES}|{SIDES}|{SEQUENCES})", re.IGNORECASE)
"""A name that ends with a time, a phase, a side or a sequence; before it stands whose it is."""
SLICE = re.compile(r"(.+?)[_\-. ](?:slice|slc|sl|img|im|z|s)?[_-]?\d+", re.IGNORECASE)
"""The name of a slice: all before its last number is what it was cut from."""


@dataclass(frozen=True)
class Grouping:
    """The patient of each case, and how that was told, in a sentence for the user."""

    patients: Mapping[str, str]
    told: str


def patients_of(names: Sequence[str], rule: Rule | None = None, planar: bool = False) -> dict[str, str]:
    """Return each case's patient; DataError or DataUsageError as for ``grouped``."""
    return dict(grouped(names, rule, planar).patients)


def grouped(names: Sequence[str], rule: Rule | None = None, planar: bool = False) -> Grouping:
    """Return each case's patient, and how that was told.

    rule: a table of columns case and patient (a Path, or the name of a .csv or .tsv file), a regular expression with
    one group, or None for what names usually say. planar: whether cases are single slices. DataError where a table
    lacks a case or names another, DataUsageError where an expression doesn't match one.
    """
    if rule is None:
        return _by_habit(names, planar)
    if _is_table(rule):
        return _by_table(names, Path(rule))
    return _by_expression(names, str(rule))


def check_rule(rule: Rule | None) -> None:
    """Raise DataUsageError for what is neither a table's name nor a regular expression with one group."""
    if rule is not None and not _is_table(rule):
        _compiled(str(rule))


def check_patients(listing: Listing, patients: Mapping[str, str]) -> None:
    """Raise DataError for a patient who would be on two sides: trained on and tested.

    One who has cases with a mask and without is on one: what is not labelled of his teaches as unlabelled slices do.
    """
    trained = {patients[case.name]: case.name for case in listing.of("labeled", "unlabeled")}
    for case in listing.of("test"):
        other = trained.get(patients[case.name])
        if other is not None:
            raise DataError(
                f"patient {patients[case.name]} has case {other} to train on and {case.name} in imagesTs with a mask, "
                "to test; take the case out of imagesTs, or the others out of training"
            )


def _by_table(names: Sequence[str], path: Path) -> Grouping:
    found = dict[str, str]()
    for line, (case, patient) in rows_of(path, ("case", "patient")):
        if found.setdefault(case, patient) != patient:
            raise DataError(f"{path}, line {line}: case {case} is of {patient}, and before of {found[case]}; keep one")
    lacking = [name for name in names if name not in found]
    if lacking:
        raise DataError(f"{path} lacks case {listed(lacking)}; expected a row for each of {len(names)} cases")
    unknown = sorted(set(found) - set(names))
    if unknown:
        raise DataError(
            f"{path} names case {listed(unknown)}, which the folder does not hold; among its own are "
            f"{listed(sorted(names))}"
        )
    return _told({name: found[name] for name in names}, f"as {path.name} says")


def _is_table(rule: Rule) -> bool:
    return isinstance(rule, Path) or rule.lower().endswith(TABLES)


def _compiled(rule: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(rule)
    except re.error as error:
        raise DataUsageError(f"--patients {rule} is no regular expression ({error})") from None
    if pattern.groups != 1:
        raise DataUsageError(
            f"--patients {rule} has {pattern.groups} groups; expected one, in brackets, around the patient, as in "
            r"(patient\d+)_.*"
        )
    return pattern


def _by_expression(names: Sequence[str], rule: str) -> Grouping:
    pattern = _compiled(rule)
    matches = {name: pattern.fullmatch(name) for name in names}
    wrong = [name for name, match in matches.items() if match is None or not match[1]]
    if wrong:
        raise DataUsageError(f"--patients {rule} gives no patient of case {listed(wrong)}; it must match whole names")
    return _told({name: match[1] for name, match in matches.items() if match}, f"by the rule {rule}")


def _by_habit(names: Sequence[str], planar: bool) -> Grouping:
    """Return patients by what names usually say, where that leaves more than one and joins any."""
    ways: list[tuple[Callable[[str], str], str]] = [(_person, "by the name before a time, phase, side or sequence")]
    if planar:
        ways.insert(0, (lambda name: _person(cut_from(said_less(name))), "by the name before a slice's number"))
    for whose, how in ways:
        found = {name: whose(name) for name in names}
        if 1 < len(set(found.values())) < len(names):
            return _told(found, how)
    found = {name: name for name in names}
    told = _told(found, "each case is taken for a patient of its own").told
    return Grouping(
        found,
        f"{told}; that two of them are of one person, its sides or visits, cannot be excluded: where "
        "they are, give a rule or a table of patients",
    )


def _person(name: str) -> str:
    """Return a name without what it says beside whose it is."""
    for form in (BIDS, BRATS):
        if match := form.fullmatch(name):
            return match[1]
    shorter = said_less(name)
    return name if shorter == name else _person(shorter)


def said_less(name: str) -> str:
    """Return a name without the times, phases, sides and sequences at its end."""
    shorter = SAID_MORE.fullmatch(name)
    return said_less(shorter[1]) if shorter else name


def cut_from(name: str) -> str:
    """Return what a slice was cut from, by its name; the name itself where it says nothing of it."""
    match = SLICE.fullmatch(name)
    return match[1] if match else name


def _told(patients: Mapping[str, str], how: str) -> Grouping:
    count = len(set(patients.values()))
    joined = [name for name in patients if patients[name] != name]
    example = joined[0] if joined else next(iter(patients), "")
    whose = f"{count} patient{'s' * (count != 1)} of {len(patients)} cases, {how}"
    return Grouping(patients, f"{whose}: {example} is of {patients[example]}" if patients else whose)
