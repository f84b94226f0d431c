"""Of which code a table's numbers are, beside this checkout's and beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.alike import trained_by
from reports.line import Line
from reports.summary import Group
from results.code import SHORT, Sources, short
from results.same_code import SameCode
from results.standing import Checkout, Standing, commit_of
from results.store import LoadedRecord

ROOT = Path(__file__).resolve().parent.parent

Standings = Mapping[str, Standing]
"""How each record's code stands to this checkout's, by the cell's id."""


def standings(records: Sequence[LoadedRecord]) -> Standings:
    """Return how records' codes stand to this checkout's, as its files are now."""
    checkout = Checkout(Sources(ROOT))
    return {loaded.record.cell.id: checkout.standing(loaded) for loaded in records}


def code_notes(group: Group, found: Standings) -> list[str]:
    """Return what a reader of a table must know of its codes, a sentence each; nothing where this one made all of it.

    Which rows other code than this checkout's made, which hold runs of two codes, and whether rows share the rest.
    """
    notes = [note for line in group.lines for note in (*_trained(line), *_scored(line))]
    notes += filter(None, map(_inspected, group.lines))
    notes += [_others(group, found, "other"), _others(group, found, "called same"), _untold(group, found)]
    return [*filter(None, notes), *_shared(group)]


def _trained(line: Line) -> list[str]:
    """Return that a line's runs were trained by several codes, and why they stand together."""
    codes = list(dict.fromkeys(map(trained_by, line.records)))
    if len(codes) > 1:
        names = _and([short(code) for code in codes if code])
        return [f"{line.label}: trained by {_count(len(codes))} codes that the canary calls the same: {names}."]
    commits = dict.fromkeys(commit_of(loaded.record).removeprefix("commit ") for loaded in line.records)
    if codes[0] is None and len(commits) > 1:
        names = _and(list(commits))
        return [f"{line.label}: trained at {_count(len(commits))} commits, {names}, whose code is not told by content."]
    return []


def _scored(line: Line) -> list[str]:
    """Return that a line's runs were scored by several codes."""
    codes = dict.fromkeys(loaded.record.code.scoring for loaded in line.records if loaded.record.code)
    if len(codes) < 2:
        return []
    names = _and([code[:SHORT] for code in codes])
    return [f"{line.label}: scored by {_count(len(codes))} codes ({names}); benchmark.rescore makes them one."]


def _inspected(line: Line) -> str:
    """Return that the ledgers and diagnoses of a line's runs are by several codes; scoring again changes none."""
    told = (loaded.record.code.inspection for loaded in line.records if loaded.record.code)
    codes = list(dict.fromkeys(code[:SHORT] for code in told if code))
    return f"{line.label}: ledger and diagnosis by {_count(len(codes))} codes ({_and(codes)})." if codes[1:] else ""


def _others(group: Group, found: Standings, kind: str) -> str:
    """Return which lines other code than this checkout's made, with the files that differ, once for alike lines."""
    alike: dict[str, list[str]] = {}
    for line in group.lines:
        name, words = _standing(line, found, kind)
        if words:
            alike.setdefault(words, []).append(name)
    said = [f"{_rows(names, group)}: {words}" for words, names in alike.items()]
    return "; ".join(said) + "." if said else ""


def _rows(names: Sequence[str], group: Group) -> str:
    """Return the names of rows, which are told as such where they are all."""
    return "All rows" if [line.label for line in group.lines] == list(names) and len(names) > 1 else "; ".join(names)


def _standing(line: Line, found: Standings, kind: str) -> tuple[str, str]:
    """Return a line's name, with of how many runs, and how their code stands; empty where it is not of the kind."""
    mine = [found[loaded.record.cell.id] for loaded in line.records]
    there = [one for one in mine if one.kind == kind or (kind == "other" and one.kind == "same" and one.words)]
    runs = f", {len(there)} of {len(mine)} runs" if len(there) < len(mine) else ""
    return line.label + runs, _and(list(dict.fromkeys(one.words for one in there))) if there else ""


def _untold(group: Group, found: Standings) -> str:
    """Return the lines whose records don't tell their code."""
    lines = [line for line in group.lines if any(found[one.record.cell.id].kind == "untold" for one in line.records)]
    if not lines:
        return ""
    names = _rows([line.label for line in lines], group)
    changed = [one.record.dirty for line in lines for one in line.records if found[one.record.cell.id].kind == "untold"]
    some = "" if not any(changed) else " with changes" if all(changed) else ", some with changes,"
    return f"{names}: of commits{some} whose code is not told by content."


def _shared(group: Group) -> list[str]:
    """Return that rows were trained by other code than the rows beside them in what all methods share."""
    parts: dict[str, list[Line]] = {}
    for line in group.lines:
        code = line.first.code
        if code is not None and code.trained is not None:
            parts.setdefault(_alike(line, parts), []).append(line)
    if len(parts) < 2:
        return []
    rows = "; ".join(f"{part[:SHORT]}: {', '.join(line.label for line in lines)}" for part, lines in parts.items())
    return [f"The code that all methods share when they train was not the same in all rows: {rows}."]


def _alike(line: Line, parts: Mapping[str, object]) -> str:
    """Return which of the shared codes trained a line, or trains its method alike by the canary; else its own."""
    code, same = line.first.code, SameCode.read()
    assert code is not None and code.training is not None
    pairs = ((part, f"{code.method}-{part}") for part in parts)
    alike = (part for part, other in pairs if same.calls_same(line.first.cell.method, code.trained, other))
    return next(alike, code.training)


def _count(number: int) -> str:
    return "two" if number == 2 else str(number)


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
