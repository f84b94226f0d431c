"""A data set prepared as far as it can be: what is broken of a folder is left out, and the rest made without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from data.content import digest_of
from data.errors import DataError
from data.folders.source import Folder
from data.preparing.jobs import Workshop
from data.preparing.ledger import Ledger
from data.preparing.place import folder_of
from data.preparing.preparation import Grids, Show, digests_of, prepare
from data.preparing.subject import Stored, leaving_out
from data.preparing.wanted import Wanted


def prepared(source: Stored, wanted: Wanted, workshop: Workshop, show: Show) -> tuple[Stored, Grids, Ledger]:
    """Prepare a data set, and return it as runs take it, the grids, and what became of its cases.

    Once a case of a folder is left out, others may be cut otherwise, or labelled, so that all are looked at again.
    """
    ledger = Ledger(source.dataset)
    if isinstance(source, Folder):
        ledger.broken.update(source.plan.broken)
    while True:
        source, grids = _with_grids(source, wanted, ledger)
        broken = prepare(source, grids, Workshop(digests_of(source), workshop.place, workshop.jobs), ledger, show)
        if not broken or not isinstance(source, Folder):
            return source, grids, ledger
        source = leaving_out(source, broken)


def write_ledgers(ledger: Ledger, grids: Grids, place: Path) -> list[Path]:
    """Write the ledger into the folder of each grid that holds anything, and return where."""
    folders = {folder_of(place, grid) for grid in (grids.train, grids.val)}
    return [ledger.write(folder) for folder in sorted(folders) if folder.is_dir()]


def _with_grids(source: Stored, wanted: Wanted, ledger: Ledger) -> tuple[Stored, Grids]:
    """Return the grids of a data set, without the labelled cases that are broken where these tell its window."""
    while True:
        labeled = wanted.labeled_of(source.split)
        try:
            return source, wanted.grids(source.reading(labeled))
        except DataError:
            broken = _unread(source, labeled) if isinstance(source, Folder) else {}
            if not broken or not isinstance(source, Folder):
                raise
            ledger.broken.update(broken)
            source = leaving_out(source, broken)


def _unread(source: Folder, patients: tuple[str, ...]) -> Mapping[str, str]:
    """Return what is wrong with those cases of patients that can't be read."""
    wrong = dict[str, str]()
    for name in source.named(patients):
        try:
            digest_of(source.digests.stream(name))
        except DataError as error:
            wrong[name] = str(error)
    return wrong
