"""Whether a run's data are those that are found, asked before anything is scored on them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.errors import UsageError
from data.source import Source
from results.record import Record

DONE: Mapping[str, str] = {"training": "trained on", "scoring": "scored on"}
"""What was done with each part of a record's content."""


def require_same(record: Record, source: Source, run: Path, parts: Sequence[str] = tuple(DONE)) -> str:
    """Return a sentence on what can't be compared, empty where all can; UsageError where a run is of other data.

    parts: which of the content must be the run's. An older record tells its data by names and sizes of files.
    """
    found = source.content()
    told = {part: getattr(record.content, part, None) for part in parts}
    others = [
        f"{DONE[part]} {mine}, and those found are {theirs}"
        for part, mine in told.items()
        if mine is not None and mine != (theirs := getattr(found, part, "generated"))
    ]
    unknown = [DONE[part] for part, mine in told.items() if mine is None]
    if unknown and source.former_fingerprint() != record.data_fingerprint:
        others.append(
            f"{' and '.join(unknown)} files whose names and sizes are {record.data_fingerprint}, and those of the "
            f"files found are {source.former_fingerprint()}"
        )
    if others:
        raise UsageError(
            f"{run} was run on other data of {source.dataset} than is found ({source.origin}): {'; '.join(others)}; "
            "name the folder of its data with --data-root"
        )
    if found is None or not unknown:
        return ""
    return (
        f"{run}: an older record, which tells what it was {' and '.join(unknown)} by names and sizes of files; these "
        "are the same, and whether a mask was mended since can't be told"
    )
