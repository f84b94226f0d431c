"""What the lines of a table have of something: said once where it is one, else with the names of those it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reports.line import Line


def by_line(lines: Sequence[Line], value: Callable[[Line], str]) -> str:
    """Return what lines have of something: the value that most have, then the others with the names of theirs."""
    named = _named(lines, value)
    most, *others = sorted((one for one in named if one), key=lambda one: -len(named[one])) or [""]
    apart = [f"{one} for {_and(named[one])}" for one in others]
    apart += [f"not told for {_and(named[''])}"] if most and "" in named else []
    return f"{most} ({'; '.join(apart)})" if apart else most


def only(lines: Sequence[Line], value: Callable[[Line], str]) -> str:
    """Return each value that some lines have, with their names where others have none or another."""
    named = _named(lines, value)
    return "; ".join(one if len(named) == 1 else f"{one} for {_and(named[one])}" for one in named if one)


def _named(lines: Sequence[Line], value: Callable[[Line], str]) -> Mapping[str, list[str]]:
    """Return the names of the lines by their value; what all lines have in their labels is left out of the names."""
    rests = [line.label.removeprefix(line.first.cell.title).split(", ")[1:] for line in lines]
    found: dict[str, list[str]] = {}
    for line, rest in zip(lines, rests, strict=True):
        own = [part for part in rest if not all(part in other for other in rests)]
        name = line.first.cell.title + (f" ({', '.join(own)})" if own else "")
        found.setdefault(value(line), []).append(name)
    return found


def _and(names: Sequence[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
