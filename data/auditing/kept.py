"""An audit kept beside its plan, and what a run knows of its data's audit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from data.auditing.finding import Report, ordered, report_of
from data.auditing.persons import on_two_sides, torn_apart
from data.auditing.subject import Item, Opened, Side, Subject
from data.errors import DataError
from data.folders.found import AUDIT, plan_file, plan_of
from data.folders.plan import read_plan
from data.source import Source
from data.writing import write_text


def audit_file(plan: Path) -> Path:
    """Return where the audit of a plan lies."""
    return plan.with_name(plan.stem + AUDIT)


def keep(report: Report, path: Path) -> None:
    """Write an audit whole or not at all; DataError where that is not possible."""
    text = json.dumps(report.values(), indent=1, ensure_ascii=False) + "\n"
    try:
        write_text(path, text)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error.strerror}); make it writable, or name another file"
        ) from None


def kept(path: Path) -> Report | None:
    """Return the audit in a file; None where there is none, or one of another version or changed by hand."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return report_of(values)
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError):  # of JSON that is no audit
        return None


def audit_of(source: Source) -> Report | None:
    """Return the audit that is known of a source: that of its content and split, else one by names alone.

    Data sets of papers have none by names, since their splits are not ours.
    """
    plan = plan_of(source)
    path = plan_file(source.dataset) if plan is None else plan.with_name(f"{source.dataset}.json")
    found = kept(audit_file(path))
    if found is not None and (found.content, found.split) == (source.fingerprint(), source.split.fingerprint):
        return found
    return None if plan is None else by_plan(source, plan)


def by_plan(source: Source, path: Path) -> Report:
    """Return what a folder's plan and its names tell, without reading an image."""
    plan, split = read_plan(path), source.split
    of_patient: dict[str, list[str]] = {}
    for case, patient in plan.patients.items():
        of_patient.setdefault(patient, []).append(case)
    sides: Mapping[Side, tuple[str, ...]] = {
        "train": split.masked,
        "unlabeled": split.unmasked,
        "val": split.val,
        "test": split.test,
    }
    items = [
        Item(case, patient, side, _unread)
        for side, patients in sides.items()
        for patient in patients
        for case in of_patient.get(patient, [patient])
    ]
    task = source.task
    subject = Subject(
        source.dataset, task.structures, task.planar, items, sides, not plan.patients, False, "", lambda: (None, None)
    )
    findings = ordered([*on_two_sides(subject), *torn_apart(subject)])
    return Report(source.dataset, source.fingerprint(), split.fingerprint, "names", findings)


def _unread() -> Opened:
    raise AssertionError("names alone are looked at")
