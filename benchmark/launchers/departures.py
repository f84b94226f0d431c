"""In what a plan's cells are unlike what was published: one short list, of fields and of the methods they hold for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch

from benchmark.cells.cell import Cell
from benchmark.cells.choice import choose
from benchmark.cells.preset import Preset
from benchmark.cells.wish import Wish
from benchmark.environment.device import precision_on
from benchmark.outside.carried import METHOD
from benchmark.training.selection import HEADLINE
from methods.registry import entry
from results.published import CEILING, OURS, published, published_protocol, same_split

NETWORK = "unet"
"""The released network: docs/decisions/051."""
PRECISION = "fp32"
"""SSL4MIS train_mean_teacher_2D.py @7fc395d casts nothing; the presets' bf16 is ours, docs/decisions/001."""
FIELDS = ("size", "labeled_batch", "unlabeled_batch", "scaling", "resizing", "test_resizing", "augmentation")
"""Of a schedule, compared with preset ``paper``; its updates are told with what they count."""
DEVICE = "cpu"
"""Of a wish for preset ``paper``, which no device changes."""
FEW = 4
"""Methods that are named one by one."""


class Departure(NamedTuple):
    """A field of a cell that is otherwise than published, and what was published."""

    field: str
    value: str
    published: str


def unlike_published(cells: Sequence[Cell], device: torch.device) -> list[str]:
    """Return a line for each group of methods, with the fields in which their cells are unlike what was published.

    Published is preset ``paper``, which is that of the released scripts, with each method's constants of fidelity
    ``paper`` or ``official``; split, labelled patients and rule of choice are those of results/published. Twins are
    left out: they are controls of ours.
    """
    own = [cell for cell in cells if not cell.twin]
    values: dict[tuple[str, str], dict[str, None]] = {}
    holders: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in own:
        for one in departures(cell, device):
            key = one.field, one.published
            values.setdefault(key, {})[one.value] = None
            holders.setdefault(key, {})[cell.id] = cell
    lines: dict[str, list[str]] = {}
    for (field, known), found in values.items():
        words = f"{field} {', '.join(found)}" + (f" (published {known})" if known else "")
        lines.setdefault(_label(list(holders[field, known].values()), own), []).append(words)
    return [f"{label}: {'; '.join(words)}" for label, words in lines.items()]


def departures(cell: Cell, device: torch.device) -> Iterator[Departure]:
    """Yield the fields in which a cell that runs on a device is unlike what was published of its method and data."""
    yield from _of_data(cell)
    if METHOD in (cell.outside or {}):
        yield Departure("method of", "its author's own, of which nothing is known here", "")
        return
    if cell.built_backbone != NETWORK:
        yield Departure("network", cell.built_backbone, NETWORK)
    if cell.weights is not None:
        yield Departure("weights", cell.weights, "drawn at random")
    ways = _published(cell.method)
    yield from _of_schedule(cell.schedule, [schedule for schedule, _ in ways])
    if (precision := precision_on(device, cell.schedule.precision)) != PRECISION:
        yield Departure("precision", precision, PRECISION)
    granted = cell.schedule.per_stage and not cell.config.get("whole_updates")  # to each stage, whatever its share
    for field, value in cell.config.items():
        if granted and value and field.endswith("_share"):
            continue
        known = list(dict.fromkeys(str(config[field]) for _, config in ways))
        if str(value) not in known:
            yield Departure(field, str(value), " or ".join(known))


def _of_schedule(schedule: Preset, ways: Sequence[Preset]) -> Iterator[Departure]:
    told, known = _updates(schedule), _updates(ways[0])
    if told != known:
        yield Departure("updates", told, known)
    for field in FIELDS:
        value, there = getattr(schedule, field), list(dict.fromkeys(str(getattr(way, field)) for way in ways))
        if str(value) not in there:
            yield Departure(field, str(value), " or ".join(there))


def _of_data(cell: Cell) -> Iterator[Departure]:
    table = published(cell.dataset, None)
    if table.empty:
        yield Departure("nothing is published on", cell.dataset, "")
        return
    if not same_split(cell.dataset, cell.split_fingerprint):
        yield Departure("split", cell.split_fingerprint[:8], "that of the released lists")
    names = [name for name, ours in OURS.items() if ours == cell.method]
    rows = table[table["method"].isin(names)]
    if rows.empty:
        yield Departure("no number is published on", cell.dataset, "")
        return
    count, counts = len(cell.labeled_patients), sorted(set(rows["labeled"].astype(int)))
    whole = CEILING in names and count > max(counts)
    if count not in counts and not whole:
        yield Departure("labelled patients", str(count), ", ".join(map(str, counts)))
    elif cell.label_draw != "canonical":
        yield Departure("labelled patients drawn", cell.label_draw, "the first of the lists")
    for source in dict.fromkeys(rows["source"]):
        rule = published_protocol(source, cell.dataset).get("selection", HEADLINE)
        if rule != HEADLINE:
            yield Departure("weights scored", HEADLINE, f"{rule} in {source}")


@cache
def _published(method: str) -> Sequence[tuple[Preset, Mapping[str, Any]]]:
    """Return schedule and constants of a method at preset ``paper``, by each fidelity that was published."""
    known = [name for name in entry(method).cls.fidelities if name != "fixed"] or ["fixed"]
    chosen = (choose(Wish(method=method, preset="paper", fidelity=name), DEVICE) for name in known)
    return [(one.schedule, one.config.model_dump(mode="json")) for one in chosen]


def _updates(schedule: Preset) -> str:
    return f"{schedule.updates:,} {'a stage' if schedule.per_stage else 'in all'}"


def _label(holders: Sequence[Cell], cells: Sequence[Cell]) -> str:
    """Return for which methods something holds, and for how many of a method's cells where not for all."""
    if len(holders) == len(cells):
        return "all"
    methods = list(dict.fromkeys(cell.method for cell in cells))
    counts = {name: sum(cell.method == name for cell in holders) for name in methods}
    wholes = {name: sum(cell.method == name for cell in cells) for name in methods}
    named = [
        name if counts[name] == wholes[name] else f"{name} ({counts[name]} of {wholes[name]})"
        for name in methods
        if counts[name]
    ]
    left = [name for name in methods if counts[name] < wholes[name]]
    partly = any(0 < counts[name] < wholes[name] for name in methods)
    return f"all but {', '.join(left)}" if not partly and len(named) > max(FEW, len(left)) else ", ".join(named)
