"""A table of the user's, as CSV or TSV, by its columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from data.errors import DataError
from data.files import check_file


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line's number and the values of some columns of each row; DataError for a column or value it lacks.

    Commas, semicolons or tabs stand between values, as in the first line; further columns and empty lines are passed
    over. A quote that isn't closed is a DataError too, or it would take the rows after it into one value.
    """
    check_file(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text ({type(error).__name__}); save it as CSV in UTF-8") from None
    rows = _rows(path, lines)
    names = [name.strip().lower() for name in next(rows, (1, []))[1]]
    lacking = [column for column in columns if column not in names]
    if lacking:
        has = ", ".join(name for name in names if name) or "nothing"
        raise DataError(f"{path} has no column {lacking[0]}, but {has}; expected columns {' and '.join(columns)}")
    places = [names.index(column) for column in columns]
    for line, row in rows:
        if not any(value.strip() for value in row):
            continue
        values = tuple(row[k].strip() if k < len(row) else "" for k in places)
        if "" in values:
            raise DataError(f"{path}, line {line}: {columns[values.index('')]} is empty; fill it in")
        yield line, values


def _rows(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the last line and the values of each row; DataError where its quotes make no sense."""
    head = lines[0] if lines else ""
    reader, begins = csv.reader(lines, delimiter=max("\t;,", key=head.count), strict=True), 1
    try:
        for row in reader:
            yield reader.line_num, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {begins}: the row makes no sense ({error}); mend its quotes") from None
