"""A data set prepared as far as it can be: what is broken of a folder is left out, and the rest made without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from data.content import Digests, digest_of
from data.errors import DataError
from data.folders.source import Folder
from data.preparing.alone import Guard
from data.preparing.aside import PlaceError
from data.preparing.findings import Findings
from data.preparing.jobs import Workshop
from data.preparing.preparation import Grids, Show, Stored, digests_of, prepare
from data.preparing.subject import leaving_out
from data.preparing.wanted import Wanted


def prepared(
    source: Stored, wanted: Wanted, workshop: Callable[[Digests], Workshop], show: Show, findings: Findings
) -> None:
    """Prepare a data set by what makes its cases, and note what became of these.

    Once a case of a folder is left out, others may be cut otherwise, or labelled, so that all are looked at again.
    """
    suspects = findings.suspects()
    while True:
        with Guard(findings.place, suspects) as guard:
            source, grids = _with_grids(source, wanted, findings, guard)
        findings.on(grids.train, grids.val)
        broken = prepare(source, grids, workshop(digests_of(source)), findings.ledger, show, suspects)
        if not broken or not isinstance(source, Folder):
            findings.is_whole = True
            return
        source = _without(source, broken, findings)


def _with_grids(source: Stored, wanted: Wanted, findings: Findings, guard: Guard) -> tuple[Stored, Grids]:
    """Return the grids of a data set, without the labelled cases that are broken where these tell its window."""
    findings.reached(source.split)
    while True:
        labeled = wanted.labeled_of(source.split)
        try:
            if isinstance(source, Folder):
                _look(source, labeled, guard)
            return source, wanted.grids(source.reading(labeled))
        except PlaceError:
            raise
        except DataError:
            broken = _unread(source, labeled, guard) if isinstance(source, Folder) else {}
            if not broken or not isinstance(source, Folder):
                raise
            source = _without(source, broken, findings)


def _without(source: Folder, broken: Mapping[str, str], findings: Findings) -> Folder:
    findings.add(broken)
    left = leaving_out(source, broken)
    findings.reached(left.split)
    return left


def _look(source: Folder, patients: tuple[str, ...], guard: Guard) -> None:
    """Note whose cases are read next, once those that may end this process were read apart; KilledError if they do."""
    names = source.named(patients)
    for name in names:
        if name in guard.suspects:
            guard.read(name, _read, source.digests, name)
    guard.at(names)


def _unread(source: Folder, patients: tuple[str, ...], guard: Guard) -> Mapping[str, str]:
    """Return what is wrong with those cases of patients that can't be read."""
    wrong = dict[str, str]()
    for name in source.named(patients):
        try:
            guard.read(name, _read, source.digests, name)
        except PlaceError:
            raise
        except DataError as error:
            wrong[name] = str(error)
    return wrong


def _read(digests: Digests, name: str) -> None:
    digest_of(digests.stream(name))
