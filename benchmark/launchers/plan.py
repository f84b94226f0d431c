"""A protocol's cells on this machine's data: all of them, or the first of each block."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.cells.cell import Cell, resolve_cell
from benchmark.cells.choice import has_twin
from benchmark.cells.protocol import in_order, key_of, read_protocol
from benchmark.cells.wish import Wish
from benchmark.errors import REPORTED
from benchmark.launchers.apart import apart
from benchmark.outside.named import method_named
from benchmark.paths import KEPT
from data.catalog import find
from data.errors import DataError
from data.source import Source
from results.record import Limited, Listing, Record
from results.store import LoadedRecord, Store
from results.writing import write_json


@dataclass(frozen=True)
class Plan:
    """A protocol resolved: cells in order, and the names that it gives to variants.

    blocks: the ids of the cells of each block, in their order. part: where the cells are the first of each block alone,
    how many of each, and all cells of the protocol.
    """

    name: str
    title: str
    cells: Sequence[Cell]
    variants: Mapping[str, str]
    sources: Mapping[str, Source]
    blocks: Sequence[Sequence[str]] = ()
    part: tuple[int, Sequence[Cell]] | None = None

    def write(self, out: Path) -> None:
        """Leave the list of cells for pages and ``status``: the whole protocol's, and which part of it is run."""
        each, every = self.part or (0, self.cells)
        limited = Limited(each=each, cells=tuple(cell.id for cell in self.cells)) if self.part else None
        ids = tuple(cell.id for cell in every)
        made = Listing(title=self.title, cells=ids, variants=self.variants, apart=self.apart, limited=limited)
        write_json(out / "protocols" / f"{self.name}.json", {"name": self.name, **made.model_dump(mode="json")})

    @property
    def apart(self) -> Mapping[str, str]:
        """What is said beside each cell's id that the id does not tell: variant's name, values, that it is a twin."""
        cells = self.cells if self.part is None else self.part[1]
        words = apart(cells)
        told = {name: ": ".join(filter(None, (self.variants.get(name), said))) for name, said in words.items()}
        return {cell.id: " ".join(filter(None, (told[cell.id], "(twin)" * cell.twin))) for cell in cells}

    def first(self, each: int) -> Plan:
        """Return the part of the first so many cells of each block."""
        wanted = {name for block in self.blocks for name in list(dict.fromkeys(block))[:each]}
        cells = [cell for cell in self.cells if cell.id in wanted]
        return replace(self, cells=cells, part=(each, self.cells))

    def partly(self) -> str:
        """Return that the cells are a part of their protocol, as a sentence; empty where they are not."""
        if self.part is None or len(self.cells) == len(self.part[1]):
            return ""
        each, every = self.part
        which = "cell of each block" if each == 1 else f"{each} cells of each block"
        part = f"a part: {len(self.cells)} of {len(every)} cells, the first {which} (--limit {each})"
        return f"{part}; the same command without --limit goes on with the rest"


def planned(given: argparse.Namespace, device: str) -> Plan:
    """Return the cells of a sweep's protocol and say which data they are on; a wrong one is named with its place."""
    protocol = read_protocol(given.protocol)
    sources: dict[str, Source] = {}
    cells: dict[str, Cell] = {}
    variants: dict[str, str] = {}
    ids: dict[str, str] = {}
    words: dict[str, list[str]] = {}
    blocks = protocol.blocks(twins=given.twin)
    wishes = in_order(blocks)
    if given.twin and (without := _without_twins(wishes)):
        print(f"--twin leaves out {', '.join(without)}")
    for wish in wishes:
        if wish.dataset not in sources:
            source = sources[wish.dataset] = _found(wish, given.data_root)
            print(f"{protocol.title}: data set {source.dataset} ({source.origin})")
            print("".join(f"  {what:12} {words}\n" for what, words in source.told().items()), end="")
        chosen = wish if given.preset is None else wish.model_copy(update={"preset": given.preset})
        cell = _resolved(chosen, sources[wish.dataset], device)
        cells[cell.id], ids[key_of(wish)] = cell, cell.id
        words.setdefault(cell.id, []).append(wish.method)
        if wish.variant:
            variants[cell.id] = wish.variant
    for same in dict.fromkeys(tuple(dict.fromkeys(mine)) for mine in words.values()):
        if len(same) > 1:
            print(f"{' and '.join(same)} hold the same code, which is one method and is run once")
    by_name = {source.dataset: source for source in sources.values()}  # auto is one of them
    by_block = [[ids[key_of(wish)] for wish in in_order([block])] for block in blocks]
    return Plan(protocol.name, protocol.title, list(cells.values()), variants, by_name, by_block)


def _without_twins(wishes: Sequence[Wish]) -> list[str]:
    """Return the methods that have no twin, with the reason."""
    names = sorted({wish.method for wish in wishes if not has_twin(wish.method)})
    return [
        f"{name} ({'names no twin' if method_named(name).needs_unlabeled else 'learns from labels only'})"
        for name in names
    ]


def _found(wish: Wish, data_root: Path | None) -> Source:
    try:
        return find(wish.dataset, data_root)
    except DataError as error:
        raise type(error)(f"{wish.place}: {error}" if wish.place else str(error)) from None


def _resolved(wish: Wish, source: Source, device: str) -> Cell:
    try:
        return resolve_cell(wish, source, device)
    except REPORTED as error:
        raise type(error)(f"{wish.place}: {error}" if wish.place else str(error)) from None


def past(out: Path) -> list[Record]:
    """Return the records that tell what cells cost: of the runs there, and the kept ones."""
    return [loaded.record for runs in past_runs(out) for loaded in runs]


def past_runs(out: Path) -> tuple[Sequence[LoadedRecord], Sequence[LoadedRecord]]:
    """Return the runs in a folder, and those that the repository keeps."""
    return Store(out).whole_records(), Store(KEPT).whole_records()
