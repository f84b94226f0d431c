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
    over.
    """
    check_file(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text ({type(error).__name__}); save it as CSV in UTF-8") from None
    head = lines[0] if lines else ""
    between = max("\t;,", key=head.count)
    reader = csv.reader(lines, delimiter=between)
    names = [name.strip().lower() for name in next(reader, [])]
    lacking = [column for column in columns if column not in names]
    if lacking:
        has = ", ".join(name for name in names if name) or "nothing"
        raise DataError(f"{path} has no column {lacking[0]}, but {has}; expected columns {' and '.join(columns)}")
    places = [names.index(column) for column in columns]
    for row in reader:
        if not any(value.strip() for value in row):
            continue
        values = tuple(row[k].strip() if k < len(row) else "" for k in places)
        if "" in values:
            raise DataError(f"{path}, line {reader.line_num}: {columns[values.index('')]} is empty; fill it in")
        yield reader.line_num, values
