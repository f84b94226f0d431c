"""What a figure shows: the lines, cases and slices that were asked for, with their masks and scores."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from reports.figure_content import PLACES, Column, Panel, Row, Shown, Wanted, few
from reports.line import Line
from reports.reading import ReadOnce
from reports.summary import Group, group
from results.errors import ResultUsageError
from results.images import Pictured
from results.store import LoadedRecord

MOST = 6
"""Columns of methods where none are named."""
TELLING = ("dataset", "labeled", "preset")
"""Options that choose a table."""
WHY = (
    "keeps no images of its test cases, as no run did before reports.figure was there, and no published record does; "
    "run the cell again with --force"
)


class _Kept:
    """What a run keeps of its test cases: images, masks on their slices, and scores over some structures."""

    def __init__(self, run: ReadOnce, images: Mapping[str, Pictured], structures: Sequence[str]) -> None:
        self.images = images
        self.masks = run.masks(images) or {}
        table, headline = run.cases(), run.record.headline
        mine = table[(table["predictor"] == headline.predictor) & (table["rule"] == headline.rule)]
        counted = mine[mine["structure"].isin(structures) & mine["counted"]]
        self._means = {metric: dict(counted.groupby("case")[metric].mean()) for metric in ("dice", "hd95")}

    def score(self, case: str, metric: str) -> float | None:
        """Return a case's mean over the structures that count, None if none does."""
        value = float(self._means[metric].get(case, np.nan))
        return value if value == value else None

    def ranked(self, shown: Sequence[str] | None = None) -> list[str]:
        """Return the cases that have a Dice by rising Dice, then by name, of some cases or of all."""
        cases = self._means["dice"] if shown is None else shown
        found = [(dice, name) for name in cases if (dice := self.score(name, "dice")) is not None]
        return [name for _, name in sorted(found)]


def chosen(records: Sequence[LoadedRecord], wanted: Wanted) -> Shown:
    """Return what a figure of these records shows; ResultUsageError where it can't be, which says what can."""
    table = _table(group(records), wanted)
    structures = _structures(table.structures, wanted.structures)
    columns = _columns(table, wanted)
    kept = [_Kept(column.run, images, list(structures)) for column, images in columns]
    drawable = [name for name in kept[0].images if all(name in one.masks for one in kept)]
    rows = [
        _row(kept, place, name, _slice(kept[0].images[name], structures, wanted.slice))
        for place, name in _cases(wanted.cases, drawable, kept[0].ranked(drawable))
    ]
    ranked, scored = len(kept[0].ranked(drawable)), len(kept[0].ranked())
    among = "" if ranked == scored else f"{ranked} of {scored} cases"
    labels = [column.line.label for column, _ in columns]
    left_out = () if wanted.methods else tuple(one.label for one in table.lines if one.label not in labels)
    rows = [replace(row, among=among) for row in rows]
    return Shown(tuple(column for column, _ in columns), tuple(rows), structures, table.unit, left_out)


def _table(groups: Sequence[Group], wanted: Wanted) -> Group:
    """Return the one table that is meant."""
    asked = {name: value for name in TELLING if (value := getattr(wanted, name)) is not None}
    fitting = [one for one in groups if all(value in _values(one, name) for name, value in asked.items())]
    if len(fitting) == 1:
        return fitting[0]
    units = len({one.unit for one in fitting}) > 1
    names = few([_name(one) + (f", in {one.unit}" if units else "") for one in fitting or groups], "; ")
    if not fitting:
        raise ResultUsageError(f"no run that is done fits {_spelled(asked) or 'a figure'}; there are {names}")
    raise ResultUsageError(f"the records are of several tables: {names}; {_way(fitting)}")


def _values(table: Group, name: str) -> tuple[object, ...]:
    """Return what an option may be for a table: the whole title tells tables of one data set apart too."""
    return (table.title, table.dataset) if name == "dataset" else (getattr(table, name),)


def _name(table: Group) -> str:
    return f"{table.title}, {table.labeled} labelled, preset {table.preset}"


def _way(tables: Sequence[Group]) -> str:
    """Return how one of several tables is chosen: by the options in which they differ, with the first one's values."""
    first = {name: _values(tables[0], name)[0] for name in TELLING}
    telling = {name: own for name, own in first.items() if any(_values(one, name)[0] != own for one in tables)}
    return f"choose one, as by {_spelled(telling)}" if telling else "name a folder that holds those of one with --runs"


def _spelled(options: Mapping[str, object]) -> str:
    return " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in options.items())


def _columns(table: Group, wanted: Wanted) -> list[tuple[Column, Mapping[str, Pictured]]]:
    """Return what has a column, with its images: the methods that are named, else up to MOST that keep images."""
    if wanted.methods:
        return [_column(line, wanted.seed) for line in _lines(table, wanted.methods)]
    found: list[tuple[Column, Mapping[str, Pictured]]] = []
    lacking: ResultUsageError | None = None
    for line in table.lines:
        try:
            found += [_column(line, wanted.seed)] if len(found) < MOST else []
        except ResultUsageError as error:
            lacking = lacking or error
    if not found and lacking is not None:
        raise lacking
    return found


def _lines(table: Group, asked: Sequence[str]) -> list[Line]:
    """Return the lines that are named, in their order."""
    labels = [line.label for line in table.lines]
    words = [word.strip() for text in asked for word in ([text] if text in labels else text.split(","))]
    found = {line.label: line for line in (_line(table, word) for word in words if word)}
    if not found:
        raise ResultUsageError(f"--methods: none is named; there are {few(labels, '; ')}")
    return list(found.values())


def _line(table: Group, word: str) -> Line:
    """Return the line of a label, of a run by its id, or of a method's name where one line but ceilings has that."""
    runs = [replace(line, records=(one,)) for line in table.lines for one in line.records if one.record.cell.id == word]
    fitting = [line for line in table.lines if line.label == word] or runs
    named = [line for line in table.lines if word in (line.first.cell.method, line.first.cell.title)]
    fitting = fitting or [line for line in named if not line.is_ceiling] or named
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = few([line.label for line in fitting], "; ")
        raise ResultUsageError(f"--methods {word}: several lines are of it: {names}; give a whole label or a run's id")
    known = [line.first.cell.method for line in table.lines]
    raise ResultUsageError(f"--methods {word}: no run of {table.title} is of it; {_near(word, known)}")


def _column(line: Line, seed: int | None) -> tuple[Column, Mapping[str, Pictured]]:
    """Return the run of a line that is shown, with its images: of a seed, else the first run that keeps any."""
    runs = [one for one in line.records if seed is None or one.record.cell.seed == seed]
    if not runs:
        seeds = ", ".join(str(one.record.cell.seed) for one in line.records)
        raise ResultUsageError(f"--seed {seed}: {line.label} was not run with it; its seeds are {seeds}")
    for run in runs:
        if images := run.images():
            return Column(line, run), images
    raise ResultUsageError(f"{runs[0].folder} ({line.label}) {WHY}")


def _structures(every: Sequence[str], asked: Sequence[str]) -> dict[str, int]:
    """Return the structures that are meant with their labels, in label order."""
    for name in asked:
        if name not in every:
            raise ResultUsageError(f"--structures {name}: there is no such structure; there are {', '.join(every)}")
    return {name: label for label, name in enumerate(every, 1) if not asked or name in asked}


def _cases(asked: Sequence[str], shown: Sequence[str], ranked: Sequence[str]) -> list[tuple[str, str]]:
    """Return place and name of each case: worst, median (the lower of two) and best by the first method, or as named.

    shown: the cases that can be; ranked: those of them that have a Dice, by it.
    """
    places = {"worst": 0, "median": (len(ranked) - 1) // 2, "best": len(ranked) - 1} if ranked else {}
    found = []
    for word in asked:
        if word not in shown and word not in places:
            raise ResultUsageError(f"--cases {word}: these runs keep no image of it; {_near(word, [*places, *shown])}")
        found.append(("", word) if word in shown else (word, ranked[places[word]]))
    if not found:
        raise ResultUsageError(f"--cases: none is named; name {', '.join(PLACES)}, or cases")
    return found


def _near(word: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {few(names, ', ')}"


def _slice(case: Pictured, structures: Mapping[str, int], asked: int | None) -> int:
    """Return which of the kept slices is shown: the one asked for, else the first with the largest reference."""
    if asked is None:
        return int(np.argmax(np.isin(case.reference, list(structures.values())).sum((1, 2))))
    if asked - 1 not in case.slices:
        kept = ", ".join(str(number + 1) for number in case.slices)
        raise ResultUsageError(f"--slice {asked}: of {case.name} the slices {kept} of {case.total} are kept")
    return case.slices.index(asked - 1)


def _row(kept: Sequence[_Kept], place: str, name: str, at: int) -> Row:
    """Return a case at one of its kept slices."""
    case = kept[0].images[name]
    panels = tuple(Panel(one.masks[name][at], one.score(name, "dice"), one.score(name, "hd95")) for one in kept)
    pixel = None if case.spacing is None else (case.spacing[1], case.spacing[2])
    return Row(name, place, case.slices[at] + 1, case.image()[at], case.reference[at], pixel, panels)
