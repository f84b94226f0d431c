"""A protocol's cells on this machine's data, and what those that are left cost."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmark.cells.cell import Cell, resolve_cell
from benchmark.cells.choice import has_twin
from benchmark.cells.protocol import read_protocol
from benchmark.cells.wish import Wish
from benchmark.errors import REPORTED
from benchmark.launchers.made import Made
from benchmark.launchers.slots import slots_of
from benchmark.outside.carried import METHOD
from benchmark.outside.named import method_named
from benchmark.paths import KEPT
from benchmark.running.execution import rehearse
from benchmark.running.options import THREADS, Options
from data.catalog import find
from data.errors import DataError
from data.source import Source
from methods.registry import entries
from results.record import Record
from results.store import Store
from results.writing import write_json

PROBED = {"updates": 20, "validations": 1}
LONG_SECONDS = 3600.0  # of runs, from where on a canary costs little beside them


@dataclass(frozen=True)
class Plan:
    """A protocol resolved: cells in order, and the names that it gives to variants."""

    name: str
    title: str
    cells: Sequence[Cell]
    variants: Mapping[str, str]
    sources: Mapping[str, Source]

    def write(self, out: Path) -> None:
        """Leave the list of cells for pages and ``status``."""
        listing = {"name": self.name, "title": self.title, "cells": [cell.id for cell in self.cells]}
        write_json(out / "protocols" / f"{self.name}.json", {**listing, "variants": dict(self.variants)})


@dataclass(frozen=True)
class Price:
    """Seconds of a cell and where the figure is from."""

    seconds: float
    basis: str


def planned(given: argparse.Namespace, device: str) -> Plan:
    """Return the cells of a sweep's protocol and say which data they are on; a wrong one is named with its place."""
    protocol = read_protocol(given.protocol)
    sources: dict[str, Source] = {}
    cells: dict[str, Cell] = {}
    variants: dict[str, str] = {}
    wishes = protocol.wishes(twins=given.twin)
    if given.twin and (without := _without_twins(wishes)):
        print(f"--twin leaves out {', '.join(without)}")
    for wish in wishes:
        if wish.dataset not in sources:
            source = sources[wish.dataset] = _found(wish, given.data_root)
            print(f"{protocol.title}: data set {source.dataset} ({source.origin})")
            print("".join(f"  {what:12} {words}\n" for what, words in source.told().items()), end="")
        chosen = wish if given.preset is None else wish.model_copy(update={"preset": given.preset})
        cell = _resolved(chosen, sources[wish.dataset], device)
        cells[cell.id] = cell
        if wish.variant:
            variants[cell.id] = wish.variant
    by_name = {source.dataset: source for source in sources.values()}  # auto is one of them
    return Plan(protocol.name, protocol.title, list(cells.values()), variants, by_name)


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


def priced(plan: Plan, made: Made, given: argparse.Namespace, device: torch.device) -> str:
    """Return a line a cell with its cost, and the whole with so many cells at once."""
    todo = made.todo
    done = {cell.id for cell in plan.cells} - {cell.id for cell in todo}
    records = past(given.out)
    prices = {cell.id: price_of(cell, records, device.type) for cell in todo}
    if given.probe:
        prices |= _probed([cell for cell in todo if prices[cell.id] is None], plan, device, given.threads)
    costs = {cell.id: "done" if cell.id in done else _price(prices[cell.id]) for cell in plan.cells}
    lines = [f"  {cost:>8}  {cell_id}{made.words[cell_id]}" for cell_id, cost in costs.items()]
    known = [price for price in prices.values() if price is not None]
    slots = slots_of(given.jobs, device, given.threads or THREADS)
    total = sum(price.seconds for price in known)
    unknown = len(prices) - len(known)
    if known:
        lines.append(f"{_hours(total)} of runs, {_hours(total / slots)} with {slots} at once, by {_bases(known)}")
    if unknown:
        cells = "1 cell" if unknown == 1 else f"{unknown} cells"
        lines.append(f"no past run tells what {cells} would cost; --probe times 20 updates of such methods")
    if total >= LONG_SECONDS:
        names = {_word(cell) for cell in todo}
        words = "" if names == set(entries()) else " ".join(("", *sorted(names)))
        lines.append(f"before so long a sweep: python -m benchmark.canary{words}")
    return "\n".join(lines)


def _word(cell: Cell) -> str:
    """Return what a command calls a cell's method."""
    mine = (cell.outside or {}).get(METHOD)
    return cell.method if mine is None or mine.installed else mine.place


def past(out: Path) -> list[Record]:
    """Return the records that tell what cells cost: of the runs there, and the kept ones."""
    return [loaded.record for root in (out, KEPT) for loaded in Store(root).whole_records()]


def price_of(cell: Cell, records: Sequence[Record], device: str) -> Price | None:
    """Return what a cell costs by runs of its method, backbone, preset and kind of device; None without one.

    Seconds an update of those, the median, times the cell's updates where it has others; scoring as it was.
    """
    alike = [
        record
        for record in records
        if record.status == "done"
        and record.environment.get("device") == device
        and (record.cell.method, record.cell.backbone, record.cell.preset) == (cell.method, cell.backbone, cell.preset)
        and record.cell.dataset == cell.dataset
    ]
    if not alike:
        return None
    each = statistics.median(record.seconds.train / max(record.updates, 1) for record in alike)
    scoring = statistics.median(record.seconds.evaluate for record in alike)
    return Price(each * _updates(cell, len(alike[0].stages)) + scoring, "past runs")


def _updates(cell: Cell, stages: int) -> int:
    """Return a cell's updates, which a preset counts a stage or in all."""
    schedule = cell.schedule
    return schedule.updates * (stages if schedule.per_stage else 1)


def _probed(cells: Sequence[Cell], plan: Plan, device: torch.device, threads: int | None) -> Mapping[str, Price | None]:
    """Return the price of each cell by a few updates of the first of its kind; scoring is not in it."""
    found: dict[tuple[str, ...], tuple[float, int]] = {}
    prices: dict[str, Price | None] = {}
    for cell in cells:
        kind = cell.method, cell.backbone, cell.preset, cell.dataset, cell.fidelity
        if kind not in found:
            short = cell.model_copy(update={"schedule": cell.schedule.model_copy(update=PROBED)})
            options = Options(device, threads=THREADS if threads is None else threads)
            stages, outcome = rehearse(short, plan.sources[cell.dataset], options)
            found[kind] = outcome.seconds / sum(stage.updates for stage in stages), len(stages)
        each, count = found[kind]
        prices[cell.id] = Price(each * _updates(cell, count), "a probe")
    return prices


def _price(price: Price | None) -> str:
    return "?" if price is None else f"{price.seconds / 60:.0f} min"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"


def _bases(prices: Sequence[Price]) -> str:
    return " and ".join(sorted({price.basis for price in prices}))
