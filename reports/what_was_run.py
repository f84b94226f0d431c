"""What stands behind a group's numbers: labelled patients, openings of test masks, machines and code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.by_line import by_line
from reports.convention_words import in_words
from reports.distinctions import learning
from reports.provenance import machines
from reports.summary import Group
from reports.which_data import told
from results.outside import BACKBONE, METHOD
from results.record import Record, StageInfo

ALWAYS_CHOSE = {"bcp"}
"""Methods whose next stage started from the best of validation in all records that don't say: docs/decisions/012."""


@dataclass(frozen=True)
class WhatWasRun:
    """What the records of a group say of how they were made, each thing once."""

    origins: tuple[str, ...]
    data: str
    label_draws: tuple[str, ...]
    networks: tuple[str, ...]
    learning: tuple[str, ...]
    openings: str
    choices: tuple[str, ...]
    convention: str
    machines: str
    commits: tuple[str, ...]
    outside: tuple[str, ...] = ()


def what_was_run(group: Group) -> WhatWasRun:
    """Return what a group's records say."""
    records = group.records
    return WhatWasRun(
        tuple(dict.fromkeys(one.origin for one in records)),
        told(records[0]),
        _label_draws(group),
        _networks(records),
        tuple(learning(group.lines)),
        _openings(records),
        _choices(records),
        by_line(group.lines, in_words),
        machines(records),
        _commits(records),
        _outside(records),
    )


def _label_draws(group: Group) -> tuple[str, ...]:
    """Return how patients were drawn and which, each draw once; a ceiling's are all of them and stand in no list."""
    records = (one for line in group.lines for one in line.drawn)
    found = (f"{one.cell.label_draw} draw: {', '.join(one.labeled_patients)}" for one in records)
    return tuple(dict.fromkeys(found)) or ("all",)


def _networks(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the networks that the records report and their weights, each once."""
    found = (f"{one.cell.backbone}, {one.parameters / 1e6:.2f} million weights" for one in records)
    return tuple(dict.fromkeys(found))


def _openings(records: Sequence[Record]) -> str:
    """Return how often the runs' test masks were opened, and of how many runs nobody counted it."""
    counted = [one for one in records if one.test_openings]
    times = sum(len(one.test_openings) for one in counted)
    early = sum(opening.updates < one.updates for one in counted for opening in one.test_openings)
    runs = f"{times} in {len(counted)} run{'s' if len(counted) > 1 else ''}"
    words = f"{runs}, {early or 'none'} of them before the run's last update"
    left = len(records) - len(counted)
    silent = f"{left} older record{'s' if left > 1 else ''} did not count" if left else ""
    return "; ".join(part for part in (words if counted else "", silent) if part)


def _choices(records: Sequence[Record]) -> tuple[str, ...]:
    """Return which stages start from weights that validation patients chose, each once, and which records don't say."""
    found = (
        f"{one.cell.title} ({one.cell.fidelity}): its stage {later.name} starts from the best of "
        f"{stage.chosen_from or 'the'} validations of its stage {stage.name}{_as_known(stage)}"
        for one in records
        for stage, later in pairwise(one.stages)
        if stage.chosen_from or (stage.chosen_from is None and one.cell.method in ALWAYS_CHOSE)
    )
    silent = {
        f"{one.cell.title} ({one.cell.fidelity})": None
        for one in records
        if one.cell.method not in ALWAYS_CHOSE and any(stage.chosen_from is None for stage in one.stages[:-1])
    }
    words = f"older records of {', '.join(silent)} don't say whether validation chose where a later stage starts"
    return tuple(dict.fromkeys([*found, *([words] if silent else [])]))


def _as_known(stage: StageInfo) -> str:
    """Return how it is known what an older record does not say."""
    return "" if stage.chosen_from else " (as in every run before 2026-11-27; the older record does not say)"


def _outside(records: Sequence[Record]) -> tuple[str, ...]:
    """Return which methods and backbones are from outside this repository, and the digests of their files."""
    found = (
        f"{one.cell.title if role == METHOD else role.replace(BACKBONE, 'backbone ')}: {code.name} ({code.digest})"
        for one in records
        for role, code in one.cell.outside.items()
    )
    return tuple(dict.fromkeys(found))


def _commits(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the commits that the records were made with, and whether the checkout had changes."""
    changed = " with uncommitted changes"
    return tuple(sorted({f"{one.commit or 'no git checkout'}{changed if one.dirty else ''}" for one in records}))
