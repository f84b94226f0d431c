"""Records of several machines brought into one store: each checked, none replaced, and what disagrees named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from results.claims import claimed
from results.errors import ResultError
from results.record import Listing, Record, read_listing, read_record
from results.store import Store
from results.writing import write_atomic, write_json

LISTINGS = "protocols"
WEIGHTS = "checkpoint.pt"
MADE_ON = ("torch", "hardware", "precision")


@dataclass
class Merged:
    """What became of the runs of some folders, by the cell's id.

    added: brought into the store. same: there already with the same numbers. failed: without any, beside a run of its
    cell that is there. conflicts, damaged: a sentence each of what was left where it is.
    """

    added: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)


def merge(folders: Sequence[Path], into: Path, weights: bool = False, dry: bool = False) -> Merged:
    """Bring the finished runs of folders into a store, and what their sweeps wrote of protocols.

    A run whose cell is there with other numbers is a conflict, and the one that came first stays; a failed one gives
    way. weights: whether checkpoints are copied too. dry: whether nothing is written.
    """
    found, first = Merged(), dict[str, Path]()
    for run in _runs(folders):
        wrong = _wrong(run)
        if wrong is not None:
            found.damaged[str(run)] = wrong
            continue
        try:
            _add(run, into, first, found)
        except ResultError as error:  # of scores that are no table, whole as their file is
            found.damaged[str(run)] = str(error)
    for name, run in first.items():
        if run.parent.resolve() != into.resolve():
            found.added.append(name)
            if not dry:
                _copy(run, into, weights)
    for name, listing in _listings([into, *folders], found).items():
        if not dry:
            write_json(into / LISTINGS / f"{name}.json", {"name": name, **listing.model_dump(mode="json")})
    return found


def _runs(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise ResultError(f"{folder} is no folder; name one that holds run folders")
        there = sorted(path.parent for path in folder.glob("*/record.json"))
        if not there:
            raise ResultError(f"{folder} holds no run with a record; name the folder above the run folders")
        yield from there


def _wrong(run: Path) -> str | None:
    """Return why a run can't be taken; None where it is whole."""
    damage = Store(run.parent).damage(run.name)
    return next(iter(damage.values())) if damage else None


def _add(run: Path, into: Path, first: dict[str, Path], found: Merged) -> None:
    """Note a whole run as the first of its cell, as the same as that, or as a conflict."""
    name = run.name
    if name not in first and (into / name / "record.json").exists() and _wrong(into / name) is None:
        first[name] = into / name  # a damaged one gives way
    other = first.get(name)
    if other is None or (_failed(other) and not _failed(run)):
        first[name] = run
    elif _failed(run):
        found.failed.append(name)
    elif other.resolve() == run.resolve() or _numbers(run).equals(_numbers(other)):
        found.same.append(name)
    else:
        words = f"{_told(other)} and {_told(run)} are other numbers of one cell; the former is kept"
        found.conflicts[str(run)] = f"{name}: {words}"


def _failed(run: Path) -> bool:
    return read_record(run / "record.json").status != "done"


def _numbers(run: Path) -> pd.DataFrame:
    """Return a run's scores: the same ones are other bytes where another version of a library wrote them."""
    return Store(run.parent).load(run.name).cases()


def _told(run: Path) -> str:
    """Return where a run lies, its mean Dice, and on what it was made."""
    record = read_record(run / "record.json")
    made = [str(record.environment[name]) for name in MADE_ON if name in record.environment]
    return f"{run.parent} (Dice {_dice(record)}, torch {', '.join(made)})"


def _dice(record: Record) -> str:
    rows = [row for row in record.summary if row.predictor == record.headline.predictor]
    rows = [row for row in rows if row.rule == record.headline.rule]
    return "none" if not rows or rows[-1].dice is None else f"{100 * rows[-1].dice:.1f}"


def _copy(run: Path, into: Path, weights: bool) -> None:
    """Copy a run's files, its record last and whole or not at all.

    Weights of a run that gives way are no other's: beside this record they would be taken for its own.
    """
    with claimed(into, run.name):
        (into / run.name / WEIGHTS).unlink(missing_ok=True)
        copy = Store(into).adopt(run)
        if weights and (run / WEIGHTS).exists():
            with (run / WEIGHTS).open("rb") as file:
                write_atomic(copy / WEIGHTS, partial(shutil.copyfileobj, file))


def _listings(folders: Sequence[Path], merged: Merged) -> dict[str, Listing]:
    """Return what sweeps wrote, by the protocol's name; cells of several are put together in their order.

    A damaged one is left out, and two that call a protocol or a cell otherwise are a conflict; the former stays.
    """
    found: dict[str, Listing] = {}
    for path in (path for folder in folders for path in sorted((folder / LISTINGS).glob("*.json"))):
        try:
            mine = read_listing(path)
        except ResultError as error:
            merged.damaged[str(path)] = str(error)
            continue
        held = found.setdefault(path.stem, mine)
        if (other := _other_words(held, mine)) is not None:
            words = f"{other[0]!r} and {other[1]!r} in {path.parent.parent} are other words for one thing"
            merged.conflicts[str(path)] = f"protocol {path.stem}: {words}; the former is kept"
        cells = tuple(dict.fromkeys((*held.cells, *mine.cells)))
        found[path.stem] = Listing(
            title=held.title,
            cells=cells,
            variants={**mine.variants, **held.variants},
            apart={**mine.apart, **held.apart},
            limited=held.limited if held.limited == mine.limited else None,
        )
    return found


def _other_words(one: Listing, other: Listing) -> tuple[str, str] | None:
    """Return what two listings call a protocol, or the first cell of both, where that is not the same."""
    shared = (cell for cell in one.cells if cell in other.cells)
    pairs = [(one.title, other.title), *((one.variants.get(cell, ""), other.variants.get(cell, "")) for cell in shared)]
    return next((pair for pair in pairs if pair[0] != pair[1]), None)
