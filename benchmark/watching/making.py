"""Bands made of records: seeds of one cell that one code trained, at updates that all of them logged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.outside.carried import METHOD
from results.bands import Band, Point, machine_of, settled, untold
from results.logged import DICE, Logged, Place, logged
from results.same_code import SameCode
from results.standing import commit_of
from results.store import LoadedRecord

FIRST, STEPS = 20, (1, 3)
"""Updates into a stage at which a band stands: 20, 60, 200, 600, 2000, ..., and the stage's end."""
Seeds = dict[int, LoadedRecord]
"""The run of each seed."""


def bands_of(records: Iterable[LoadedRecord], same: SameCode) -> tuple[list[Band], list[str]]:
    """Return a band a cell, and what was left out, in sentences.

    same: codes that the canary calls the same. Of a cell that several codes trained, the band is of the one with the
    most seeds, the later one of two. Runs with seeds of their own for weights or batches are in none.
    """
    groups, notes = dict[str, list[Seeds]](), list[str]()
    for loaded in records:
        cell = loaded.record.cell
        values = _complete(loaded)
        if values is None:
            notes.append(f"{cell.id} left out: its cell.json is missing, or of another version")
        elif loaded.record.status == "done" and cell.init_seed is None and cell.data_seed is None:
            _put(groups.setdefault(json.dumps(settled(values), sort_keys=True), []), loaded, same)
    bands = []
    for text, codes in groups.items():
        chosen = max(reversed(codes), key=len)
        others = sum(len(seeds) for seeds in codes if seeds is not chosen)
        band = _band(json.loads(text), chosen)
        notes += [f"{band.name}: {others} runs of other code left out"] * bool(others)
        bands.append(band)
    return bands, notes


def joined(before: Sequence[Band], now: Sequence[Band], same: SameCode) -> list[Band]:
    """Return bands with those that were there: of one cell and code the seeds of both, of another code the new one.

    Where both hold a seed, its new values stand; a point that one of both lacks goes.
    """
    found = {band.name: band for band in before}
    for band in now:
        older = found.get(band.name)
        found[band.name] = _join(older, band) if older and is_same(older.code, band, same) else band
    return list(found.values())


def is_same(code: str | None, band: Band, same: SameCode) -> bool:
    """Return whether a code is what trained a band, or the canary calls them the same; of older runs neither tells."""
    return code == band.code or same.calls_same(band.cell["method"], code, band.code)


def complete(band: Band) -> Band:
    """Return a band whose cell tells the fields too that came after it was made; as it is where it can't be read."""
    values = _completed({**band.cell, "seed": 0, "overrides": {}})
    if values is None:
        return band
    cell = settled(values)
    later = tuple(sorted({*band.later, *untold(band.cell, cell)}))
    return band.model_copy(update={"cell": cell, "later": later})


def _complete(loaded: LoadedRecord) -> Mapping[str, Any] | None:
    return _completed(loaded.values())


def _completed(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a cell's values with the fields that came after it, at what was done before; None where that can't be."""
    from benchmark.errors import REPORTED

    outside = dict(values).get("outside") or {}
    try:
        cell = Cell.model_validate({name: value for name, value in values.items() if name != "outside"})
        config = cell.config if METHOD in outside else cell.method_config().model_dump(mode="json")
    except (ValueError, *REPORTED):
        return None
    return {**cell.model_dump(mode="json"), "config": config, "outside": outside or None}


def _put(codes: list[Seeds], loaded: LoadedRecord, same: SameCode) -> None:
    """Add a run to the seeds that its code trained; the first of a seed stays. A code nobody can tell stands alone."""
    for seeds in codes:
        if _alike(loaded, next(iter(seeds.values())), same):
            seeds.setdefault(loaded.record.cell.seed, loaded)
            return
    codes.append({loaded.record.cell.seed: loaded})


def _alike(one: LoadedRecord, other: LoadedRecord, same: SameCode) -> bool:
    mine, theirs = (run.record.code for run in (one, other))
    if mine is None or theirs is None:
        return mine is theirs
    if mine.trained is None or theirs.trained is None:
        return mine.older and theirs.older
    return mine.trained == theirs.trained or same.calls_same(one.record.cell.method, mine.trained, theirs.trained)


def _band(cell: Mapping[str, Any], seeds: Seeds) -> Band:
    runs = dict(sorted(seeds.items()))
    code = next(iter(runs.values())).record.code
    return Band(
        cell=cell,
        seeds=tuple(runs),
        code=None if code is None else code.trained,
        commits=tuple(sorted({commit_of(run.record) for run in runs.values()})),
        machines=tuple(sorted({machine_of(run.record.environment) for run in runs.values()})),
        points=tuple(_points([_history(run) for run in runs.values()])),
        later=tuple(sorted({name for run in runs.values() for name in untold(settled(run.values()), cell)})),
    )


def _history(run: LoadedRecord) -> Logged:
    return logged(run.history().itertuples(index=False, name=None))


def _points(histories: Sequence[Logged]) -> Iterator[Point]:
    """Yield the points of the runs; a term that is the total in every run, as where it is the only one, is left out."""
    first = histories[0]
    common = [place for place in first.values if all(place in one.values for one in histories)]
    totals = {(place.stage, place.update): _values(histories, place) for place in common if place.term == "total"}
    for place in _fixed(common, first.begins, [*first.losses, DICE]):
        values = _values(histories, place)
        if place.term == "total" or values != totals.get((place.stage, place.update)):
            yield Point(**place._asdict(), values=values)


def _values(histories: Sequence[Logged], place: Place) -> tuple[float, ...]:
    return tuple(float(f"{one.values[place]:.6g}") for one in histories)


def _fixed(places: Sequence[Place], begins: Mapping[str, int], terms: Sequence[str]) -> Iterator[Place]:
    """Yield of each stage and term the first place from each update on at which a band stands, and the last place."""
    for stage, begin in begins.items():
        for term in terms:
            mine = sorted((one for one in places if one[:2] == (stage, term)), key=lambda place: place.update)
            reached = [next((one for one in mine if one.update >= begin + step), None) for step in _steps(mine, begin)]
            yield from dict.fromkeys([*filter(None, reached), *mine[-1:]])


def _steps(places: Sequence[Place], begin: int) -> Iterator[int]:
    size = FIRST
    while places and begin + size <= places[-1].update:
        yield from (size * step for step in STEPS)
        size *= 10


def _join(older: Band, newer: Band) -> Band:
    """Return one band of both's seeds at the points that both have."""
    theirs = {point.place: dict(zip(older.seeds, point.values, strict=True)) for point in older.points}
    seeds = tuple(sorted({*older.seeds, *newer.seeds}))
    points = []
    for point in newer.points:
        values = {**theirs.get(point.place, {}), **dict(zip(newer.seeds, point.values, strict=True))}
        if len(values) == len(seeds):
            points.append(point.model_copy(update={"values": tuple(values[seed] for seed in seeds)}))
    told = {
        name: tuple(sorted({*getattr(older, name), *getattr(newer, name)})) for name in ("commits", "machines", "later")
    }
    return newer.model_copy(update={"seeds": seeds, "points": tuple(points), **told})
