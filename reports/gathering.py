"""The records that a page is made of, and the runs beside them that no number is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.reading import ReadOnce
from results.aside import Aside, unreadable, without_record
from results.errors import ResultError
from results.record import Listing
from results.store import LoadedRecord, Store


@dataclass(frozen=True)
class Gathered:
    """Whole records, one a cell; what stands aside; and pairs of records of one cell, of which the former counts."""

    records: tuple[LoadedRecord, ...]
    aside: tuple[Aside, ...]
    twice: tuple[tuple[LoadedRecord, LoadedRecord], ...]


def gather(folders: Sequence[Path], listing: Listing | None) -> Gathered:
    """Return what lies in folders of runs; of a protocol its cells alone, in its order and by its names."""
    found: dict[str, ReadOnce] = {}
    aside: list[Aside] = []
    twice: list[tuple[LoadedRecord, LoadedRecord]] = []
    wanted = None if listing is None else frozenset(listing.cells)
    for run in (run for folder in folders for run in _runs(folder)):
        cell = run.resolve().name  # a link is the run that it leads to, whose folder has its cell's id
        if wanted is not None and cell not in wanted:
            continue
        one = _read(run, found.get(cell))
        if isinstance(one, Aside):
            aside.append(one)
        elif one is not None and found.setdefault(cell, one) is not one:
            twice.append((found[cell], one))
    aside = [one for one in aside if one.kind in ("damaged", "foreign") or one.id not in found]
    aside += [_left(*pair) for pair in twice if pair[0].record != pair[1].record]
    if listing is None:
        return Gathered(tuple(found.values()), tuple(aside), tuple(twice))
    named = tuple(found[cell].named(listing.variants.get(cell, "")) for cell in listing.cells if cell in found)
    return Gathered(named, tuple(aside), tuple(twice))


def parted(records: Sequence[LoadedRecord]) -> tuple[list[ReadOnce], list[Aside]]:
    """Return the records of runs that are done with all that a page reads whole, and the others with what is wrong."""
    whole, aside = list[ReadOnce](), list[Aside]()
    for one in map(ReadOnce.of, records):
        if one.record.status != "done":
            aside.append(Aside(one.record.cell.id, "failed", one.record.reason or "nobody knows why", one.folder))
            continue
        try:
            whole.append(one.whole())
        except ResultError as error:
            aside.append(unreadable(one.folder, error))
    return whole, aside


def _runs(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ()


def _read(run: Path, first: ReadOnce | None) -> ReadOnce | Aside | None:
    """Return a run as it can be read; None where it lies in the folder of the first of its cell."""
    if not (run / "record.json").exists():
        return without_record(run)
    if first is not None and first.folder.resolve() == run.resolve():
        return None
    try:
        loaded = ReadOnce.of(Store(run.parent).load(run.name))
        return loaded.whole() if first is None and loaded.record.status == "done" else loaded
    except ResultError as error:
        return unreadable(run, error)


def _left(first: LoadedRecord, second: LoadedRecord) -> Aside:
    words = f"another run of it counts, in {first.folder.parent.name}, which is read first"
    return Aside(second.record.cell.id, "left out", words, second.folder)
