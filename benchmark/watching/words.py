"""What ``benchmark.doctor`` says of a run: lines for a reader, one object for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmark.watching.signs import Sign
from benchmark.watching.state import State
from benchmark.watching.verdict import Compared, Verdict, codes, fields, seeds_of
from benchmark.watching.watched import Watched
from results.bands import LEVEL, machine_of
from results.same_code import SameCode

Table = Sequence[Sequence[str]]
HEADER = ("stage", "term", "update", "value", "band", "")


def lines(run: Watched, state: State, verdict: Verdict, found: Sequence[Sign], why: str) -> Iterator[str]:
    """Yield what is said of a run: its state, its reason, the band with what it has otherwise, points, causes."""
    again = ", trained again beside its record" if run.anew else ""
    yield f"{state.kind} {run.folder.resolve().name}{again}{f': {state.words}' if state.words else ''}"
    yield why
    if verdict.band is not None:
        yield from _about(run, verdict)
        yield from _columns([HEADER, *(_row(one) for one in verdict.compared)])
    for one in found:
        yield f"{one.name}: {one.words}"


def as_object(run: Watched, state: State, verdict: Verdict, found: Sequence[Sign], why: str) -> dict[str, Any]:
    """Return the same for a program; a point's value is null where the run has none."""
    band = verdict.band
    return {
        "run": run.folder.resolve().name,
        "state": state.kind,
        "update": run.log.last,
        "verdict": verdict.word,
        "reason": why,
        "band": None if band is None else {"name": band.name, "seeds": list(band.seeds), "level": LEVEL},
        "code": "" if band is None else codes(run, band, SameCode.read()),
        "differs": {name: list(both) for name, both in verdict.differences.items()},
        "points": [_point(one) for one in verdict.compared],
        "signs": [{"name": one.name, "words": one.words} for one in found],
    }


def _about(run: Watched, verdict: Verdict) -> Iterator[str]:
    band, beside = verdict.band, verdict.beside
    assert band is not None and beside is not None
    own = f" (seed {run.own_seed}, this run's, left out)" if len(band.seeds) < len(beside.seeds) else ""
    told = f"of {seeds_of(band)}{own}, on {'; '.join(band.machines)}"
    yield f"band: {beside.name}, {told}"
    yield f"{LEVEL:.0%} of runs lie inside at all points: {band.reach:.1f} standard deviations of these seeds each way"
    if verdict.differences:
        yield f"the band is of another cell: {fields(verdict.differences)}"
    machine = None if run.record is None or run.anew else machine_of(run.record.record.environment)
    if machine is not None and machine not in band.machines:
        yield f"the band is of another kind of machine than this run's ({machine})"
    if said := codes(run, band, SameCode.read()):
        yield said


def _row(one: Compared) -> Sequence[str]:
    value = "" if one.value is None else f"{one.value:.4g}"
    stage, term, update, _ = one.place
    return stage, term, str(update), value, f"{one.low:.4g} to {one.high:.4g}", one.outcome


def _point(one: Compared) -> dict[str, Any]:
    value = {"value": one.value, "low": one.low, "high": one.high, "outcome": one.outcome}
    return {"stage": one.place.stage, "term": one.place.term, "update": one.place.update, **value}


def _columns(rows: Table) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
