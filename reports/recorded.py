"""What sets lines apart by their records, where their cells' values do not tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.alike import canonical_draw, same_convention, updates_of
from reports.line import Line
from results.distinct import MOST
from results.record import Record


def conventions_apart(lines: Sequence[Line]) -> bool:
    """Return whether lines of a table were scored under several conventions."""
    first, *others = (line.first.convention for line in lines)
    return not all(same_convention(first, other) for other in others)


def recorded_apart(line: Line, alike: Sequence[Line]) -> str:
    """Return in what a line's records differ from those of others of its name, as words; empty for nothing."""
    told = [dict(_told(one.first)) for one in alike]
    mine = dict(_told(line.first))
    return ", ".join(words for name, words in mine.items() if len({one.get(name) for one in told}) > 1)


def _told(record: Record) -> Iterator[tuple[str, str]]:
    yield "updates", f"{' + '.join(f'{updates:,}' for updates in updates_of(record))} updates"
    yield "predictor", f"its {record.headline.predictor}"
    yield "parameters", f"{record.parameters:,} weights"
    if 0 < len(canonical_draw(record)) <= MOST:
        yield "draw", f"labelled {', '.join(canonical_draw(record))}"
