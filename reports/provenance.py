"""Which records stand behind each row of a table: what each is of, what made it, and where it lies."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reports.alike import trained_by
from reports.line import Line
from reports.section import Scene
from reports.summary import Group
from results.code import short
from results.record import Record
from results.standing import commit_of
from results.store import LoadedRecord

MACHINE = ("hardware", "processor", "device", "precision", "threads", "platform")
VERSIONS = ("torch", "python", "numpy", "scipy", "segmentation-models-pytorch", "timm")
"""Fields of a record's environment, in the order in which a page tells them."""
LATER = frozenset(("processor", *VERSIONS[2:]))
"""Fields that came after records were made: a run without them is not known to differ."""


@dataclass(frozen=True)
class Source:
    """A record behind a row. config: what was asked for; code: who trained it, by content or by commit."""

    record: Record
    folder: Path
    seeds: str
    config: str
    code: str
    machine: str
    versions: str


def sources(line: Line) -> tuple[Source, ...]:
    """Return the records of a line, in its order."""
    return tuple(map(_source, line.records))


def behind(scene: Scene) -> Sequence[tuple[Line, tuple[Source, ...]]]:
    """Return the lines of a table with their records."""
    return [(line, sources(line)) for line in scene.group.lines]


def mixed(group: Group) -> list[str]:
    """Return for each row whose runs differ in what made them how, as words: machine, versions or commit."""
    return [f"{line.label}: {'; '.join(words)}" for line in group.lines if (words := _mixed(line))]


def machines(records: Sequence[Record]) -> str:
    """Return what records were made on, each field once, or each of its values with the number of runs."""
    fields = dict.fromkeys(field for one in records for field in one.environment)
    return "; ".join(f"{field} {_values(field, records)}" for field in (*_known(fields), *sorted(_others(fields))))


def link_to(path: Path, out: Path) -> str:
    """Return the address of a file as a page in a folder has it: relative, and whatever its name holds, of a file."""
    return quote(Path(os.path.relpath(path.resolve(), out.resolve())).as_posix())


def _source(loaded: LoadedRecord) -> Source:
    record, cell = loaded.record, loaded.record.cell
    code = trained_by(loaded)
    own = {"labels": cell.label_seed, "weights": cell.init_seed, "batches": cell.data_seed}
    seeds = [str(cell.seed), *(f"{name} {seed}" for name, seed in own.items() if seed is not None)]
    asked = [f"{field}={value}" for field, value in cell.overrides.items()]
    return Source(
        record,
        loaded.folder,
        ", ".join(seeds),
        " ".join([cell.preset, cell.fidelity, *asked]),
        f"{commit_of(record)}{f', code {short(code)}' if code else ''}",
        _told(record, (*MACHINE, *sorted(_others(record.environment)))),
        _told(record, VERSIONS),
    )


def _told(record: Record, fields: Sequence[str]) -> str:
    found = (f"{field} {record.environment[field]}" for field in fields if field in record.environment)
    return ", ".join(found) or "not told"


def _mixed(line: Line) -> list[str]:
    records = [loaded.record for loaded in line.records]
    fields = dict.fromkeys(field for one in records for field in one.environment)
    found = [field for field in (*_known(fields), *sorted(_others(fields))) if len(_counts(field, records)) > 1]
    words = [f"{field} {_values(field, records)}" for field in found]
    commits = dict.fromkeys(map(commit_of, records))
    if len(commits) > 1 and len({trained_by(loaded) for loaded in line.records} - {None}) != 1:
        words.append(" and ".join(commits))
    return words


def _known(fields: Mapping[str, object]) -> list[str]:
    return [field for field in (*VERSIONS, *MACHINE) if field in fields]


def _others(fields: Mapping[str, object]) -> set[str]:
    return {*fields} - {*VERSIONS, *MACHINE}


def _counts(field: str, records: Sequence[Record]) -> Mapping[str, int]:
    """Return the values of a field with their numbers of runs; of a later field, of the runs that tell it."""
    told = [one for one in records if field not in LATER or field in one.environment]
    values = [str(one.environment.get(field, "not told")) for one in told]
    return {value: values.count(value) for value in dict.fromkeys(values)}


def _values(field: str, records: Sequence[Record]) -> str:
    counts = _counts(field, records)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{value} ({count} run{'s' * (count > 1)})" for value, count in counts.items())
