"""Tables of scores of masks from files against references from files or a data set."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.errors import UsageError
from benchmark.metrics import medpy_engine
from benchmark.metrics.conventions import METRICS, Convention, Measure, measure, score_pairs
from benchmark.metrics.errors import MetricError
from benchmark.metrics.pairs import pairs
from benchmark.scoring.mask_files import Labels, read_masks
from benchmark.scoring.restated import COLUMNS, rows_of
from benchmark.scoring.same_data import require_same
from results.record import read_record

ENGINES: Mapping[str, Measure] = {"default": measure, "medpy": medpy_engine.measure}
FOREIGN = "foreign masks: nobody here knows what made them"
LARGEST = 255  # what a mask of one byte can hold; a file with more is an image or numbers its objects
SPACING_TOLERANCE = 1e-3  # relative; headers are rounded, some to three digits


@dataclass(frozen=True)
class References:
    """What masks are compared with. origin: of the predictions, as far as known."""

    name: str
    origin: str
    structures: tuple[str, ...]
    cases: Mapping[str, Labels]
    patients: Mapping[str, str]


def of_folder(folder: Path, structures: str | None) -> References:
    """Return a folder of reference masks; without names, structures are called by their numbers."""
    cases = read_masks(folder)
    largest, case = max((int(one.values.max(initial=0)), case) for case, one in cases.items())
    if largest > LARGEST:
        raise UsageError(
            f"{folder}: case {case} holds label {largest}; masks hold one small whole number a structure, "
            f"{LARGEST} at most"
        )
    numbers = tuple(str(label) for label in range(1, max(largest, 1) + 1))
    names = numbers if structures is None else _names(structures, largest, folder)
    return References(str(folder), FOREIGN, names, cases, {case: case for case in cases})


def of_data_set(name: str | None, data_root: Path | None, run: Path | None, log: Path) -> References:
    """Return the test masks of a data set, by default the run's own, through the gate, which writes it down in log."""
    from data.catalog import find
    from data.held_out import Gate

    record = None if run is None else read_record(run / "record.json")
    own = None if record is None else record.cell.dataset
    source = find(name or own or "auto", data_root)
    if own is not None and own != source.dataset:
        raise UsageError(f"{run} is a run on {own}; its masks can't be compared with {source.dataset}")
    if run is not None and record is not None and (untold := require_same(record, source, run, ["scoring"])):
        print(untold, file=sys.stderr)
    gate = Gate(source, log)
    updates = 0 if record is None else sum(stage.updates for stage in record.stages)
    cases = {case.name: case for case in gate.open("benchmark.score", updates)}
    labels = {name: Labels(case.mask, case.spacing) for name, case in cases.items() if case.mask is not None}
    patients = {name: case.patient for name, case in cases.items()}
    origin = FOREIGN if run is None else f"run {run.name}"
    return References(f"{source.dataset} ({source.origin})", origin, source.task.structures, labels, patients)


def scored(
    masks: Mapping[str, Labels], references: References, conventions: Sequence[Convention], measure: Measure
) -> pd.DataFrame:
    """Return a row a convention, case and structure; UsageError where a case has no mask, or a mask no case.

    Spacing is the reference's; a prediction with another one, or with axes that go elsewhere, is refused.
    """
    _check_cases(masks, references)
    rows: list[tuple[Any, ...]] = []
    for case, reference in references.cases.items():
        try:
            found = pairs(masks[case].values, reference.values, references.structures)
            _check_geometry(case, masks[case], reference)
            for convention in conventions:
                scores = score_pairs(found, reference.values.shape, reference.spacing, convention, measure)
                rows.extend(rows_of(convention, case, references.patients[case], scores))
        except MetricError as error:
            raise UsageError(f"case {case}: {error}") from None
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summary(rows: pd.DataFrame, convention: str) -> pd.DataFrame:
    """Return the means a structure and their average as printed: overlaps in per cent; the unit is in ``attrs``.

    A mean leaves out what the convention counts not; NaN where nothing is left.
    """
    mine = rows[rows["convention"] == convention]
    table = mine.groupby("structure", sort=False)[list(METRICS)].mean()
    table.loc["average"] = [math.nan if column.isna().all() else column.mean() for _, column in table.items()]
    table[["dice", "jaccard"]] *= 100
    counts = mine.groupby("structure", sort=False)[["missed", "false_alarm"]].sum()
    counts.loc["average"] = counts.sum()
    table = table.join(counts).reset_index()
    table.columns = pd.Index(["structure", "Dice %", "Jaccard %", "HD95", "ASD", "missed", "false alarms"])
    table.attrs["unit"] = mine["unit"].iloc[0]
    return table


def _names(structures: str, largest: int, folder: Path) -> tuple[str, ...]:
    names = tuple(name.strip() for name in structures.split(","))
    if not all(names):
        raise UsageError(f"--structures {structures!r} has an empty name; give one name a label, with commas between")
    if len(names) < largest or len(set(names)) != len(names):
        raise UsageError(f"--structures {structures}: {folder} has labels up to {largest}; give each a name of its own")
    return names


def _check_geometry(case: str, mask: Labels, reference: Labels) -> None:
    """Refuse files of equal shape that lie differently in space: voxel k of one is not voxel k of the other.

    Only where both are files that say how they lie. Beside a data set a prediction's header is not looked at: test
    scripts of this field (SSL4MIS, ACTION, BCP) write a spacing of 1 x 1 x 10 into every file.
    """
    if not (mask.directions and reference.directions):
        return
    right = "save the prediction on the reference's grid, with its header"
    sides = zip(mask.spacing or (), reference.spacing or (), strict=True)
    if not all(math.isclose(one, other, rel_tol=SPACING_TOLERANCE) for one, other in sides):
        mine, theirs = (" x ".join(f"{side:g}" for side in one.spacing or ()) for one in (mask, reference))
        raise UsageError(f"case {case}: the prediction has spacing {mine} mm, the reference {theirs}; {right}")
    if mask.directions != reference.directions:
        raise UsageError(
            f"case {case}: the prediction's axes go {mask.directions}, the reference's {reference.directions}; {right}"
        )


def _check_cases(masks: Mapping[str, Labels], references: References) -> None:
    known = references.cases
    for one, other, words in ((known, masks, "has no mask among the predictions"), (masks, known, "has no reference")):
        lacking = sorted(set(one) - set(other))
        if lacking:
            count = f"; {len(lacking)} of {len(one)} like it" if len(lacking) > 1 else ""
            raise UsageError(f"case {lacking[0]} {words}{count}; the names of the files must be those of the cases")
