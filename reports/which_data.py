"""Which data numbers are of, in words: by what the cases hold, by names and sizes of files, or generated."""

from __future__ import annotations

from collections.abc import Sequence

from results.code import GENERATORS
from results.record import Record

GENERATED = frozenset(GENERATORS)
"""Data sets whose numbers are no numbers of patients; the page says so in its first line."""

DataKey = tuple[str, str, str | None]


def is_generated(dataset: str) -> bool:
    """Return whether a data set is one of these, or a fold of one."""
    return dataset.partition("-fold")[0] in GENERATED


def data_key(record: Record) -> DataKey:
    """Return what two records share that may stand in one line: split, data, and what an older one was scored on."""
    return record.split_fingerprint, record.data_fingerprint, _content(record, "scoring")


def told(record: Record) -> str:
    """Return a record's data fingerprint and how it was made."""
    mine, training, scoring = record.data_fingerprint, _content(record, "training"), _content(record, "scoring")
    if is_generated(record.cell.dataset):
        return f"{mine}, by the generator's version and parameters"
    if training is not None:
        return f"{mine}, by what the cases hold: training and validation {training}, test {scoring}"
    older = f"{mine}, by names and sizes of files, which a mask mended in place keeps"
    return older if scoring is None else f"{older}; scored again on test cases {scoring}, by what they hold"


def set_apart(record: Record, others: Sequence[Record]) -> str:
    """Return what tells a record's data from those of others, as words for a heading; empty where nothing does."""
    every = [record, *others]
    if all(_content(one, "training") for one in every):
        words = {
            "training cases": [_content(one, "training") for one in every],
            "test cases": [_content(one, "scoring") for one in every],
        }
    else:
        words = {"data": [_short(one) for one in every]}
    words["split"] = [one.split_fingerprint for one in every]
    return ", ".join(f"{name} {found[0]}" for name, found in words.items() if len(set(found)) > 1)


def _short(record: Record) -> str:
    if _content(record, "training"):
        return record.data_fingerprint
    scoring = _content(record, "scoring")
    return f"{record.data_fingerprint} by names and sizes{f', scored again on {scoring}' if scoring else ''}"


def _content(record: Record, part: str) -> str | None:
    found: str | None = getattr(record.content, part, None)
    return found
