"""What sets things of one name apart: the fields in which their values differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

MOST = 4
"""Fields that were not asked for which a label can name."""

Values = Mapping[str, object]


def fields_apart(values: Sequence[Values], asked: Iterable[str]) -> list[str]:
    """Return the fields in which things differ, by their values a thing.

    asked: fields that somebody chose. They come first, and alone where they set the things apart, or where the others
    are many.
    """
    first = dict.fromkeys(asked)
    fields = [*first, *sorted({field for one in values for field in one} - {*first})]
    differing = [field for field in fields if len({str(one.get(field)) for one in values}) > 1]
    wanted = [field for field in differing if field in first]
    if len({tuple(str(one.get(field)) for field in wanted) for one in values}) < len(values):
        wanted = differing if len(differing) <= MOST else wanted
    return wanted


def words_of(values: Values, fields: Iterable[str]) -> str:
    """Return a thing's values of some fields as words; nothing of a field that it has not."""
    return " ".join(f"{field}={values[field]}" for field in fields if field in values)
