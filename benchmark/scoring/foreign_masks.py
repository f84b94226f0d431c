"""Tables of scores of masks from files against references from files or a data set."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmark.errors import UsageError
from benchmark.metrics import medpy_engine
from benchmark.metrics.conventions import METRICS, Convention, Measure, measure, score_pairs
from benchmark.metrics.errors import MetricError
from benchmark.metrics.pairs import pairs
from benchmark.scoring.case_files import owner_of
from benchmark.scoring.judged import judged
from benchmark.scoring.mask_files import Labels, read_masks
from benchmark.scoring.planes import check_axes, check_planes
from benchmark.scoring.reference_headers import check_sizes, say_axes
from benchmark.scoring.restated import COLUMNS, rows_of
from benchmark.scoring.role_names import Wanted
from benchmark.scoring.same_data import require_same
from benchmark.scoring.structures import Structures, numbered, structures_of
from data.orientation import Place, brought, difference, says_nothing
from data.task import IGNORED
from results.record import read_record

ENGINES: Mapping[str, Measure] = {"default": measure, "medpy": medpy_engine.measure}
FOREIGN = "foreign masks: nobody here knows what made them"


@dataclass(frozen=True)
class References:
    """What masks are compared with.

    origin: of the predictions, as far as known. of_data_set: no folder of masks. unlabeled: by case, where nobody
    labelled a voxel.
    """

    name: str
    origin: str
    structures: Structures
    cases: Mapping[str, Labels]
    patients: Mapping[str, str]
    of_data_set: bool = False
    unlabeled: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)


def of_folder(folder: Path, wanted: Wanted, structures: str | None) -> References:
    """Return a folder of reference masks; without names, structures are called by their numbers."""
    cases = _as_slices(read_masks(folder, wanted))
    if wanted.planes is None:
        check_planes(cases, wanted.planes_option)
    named = structures_of(cases, structures, folder)
    return References(str(folder), FOREIGN, named, cases, {case: case for case in cases})


def _as_slices(cases: Mapping[str, Labels]) -> Mapping[str, Labels]:
    """Return references in two dimensions where each is a volume of one slice, which has no surface along the third."""
    if not all(one.values.ndim == 3 and len(one.values) == 1 for one in cases.values()):
        return cases
    return {
        name: replace(one, values=one.values[0], spacing=one.spacing and one.spacing[1:]) for name, one in cases.items()
    }


def of_data_set(name: str | None, data_root: Path | None, run: Path | None, log: Path) -> References:
    """Return the test masks of a data set, by default the run's own, through the gate, which writes it down in log.

    They are compared as a run's own scoring does (``judged``): those of a planar task in two dimensions, those of a
    partial one where somebody labelled.
    """
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
    labels, patients, unlabeled = dict[str, Labels](), dict[str, str](), dict[str, npt.NDArray[np.bool_]]()
    for case in chain.from_iterable(gate.unlocked("benchmark.score", updates).parts()):  # whose images are not kept
        patients[case.name] = case.patient
        if case.mask is not None:
            _, true, spacing = judged(case.mask, case, source.task)
            labels[case.name] = Labels(true, spacing, None, case.affine)
            if source.task.partial:
                unlabeled[case.name] = case.mask == IGNORED
    origin = FOREIGN if run is None else f"run {run.name}"
    structures = dict(enumerate(source.task.structures, 1))
    return References(f"{source.dataset} ({source.origin})", origin, structures, labels, patients, True, unlabeled)


def scored(
    masks: Mapping[str, Labels], references: References, conventions: Sequence[Convention], measure: Measure
) -> pd.DataFrame:
    """Return a row a convention, case and structure; UsageError where a case has no mask, or a mask no case.

    So is a label that is no structure, and one array that would be both prediction and reference. Spacing is the
    reference's; a prediction that lies on other voxels is refused, one with its axes turned is turned back.
    """
    _check_cases(masks, references)
    _check_apart(masks, references)
    say_axes(references.name, references.cases)
    if not references.of_data_set:
        check_sizes(references.name, references.cases, conventions)
    names = tuple(references.structures.values())
    masks, cases = (numbered(one, references.structures) for one in (masks, references.cases))
    rows: list[tuple[Any, ...]] = []
    for case, reference in cases.items():
        try:
            values = _where_labeled(_on_the_grid_of(references, case, masks[case]), references.unlabeled.get(case))
            found = pairs(values, reference.values, names)
            for convention in conventions:
                scores = score_pairs(found, reference.values.shape, reference.spacing, convention, measure)
                rows.extend(rows_of(convention, case, references.patients[case], scores))
        except MetricError as error:
            raise UsageError(f"case {case}: {error}") from None
    return pd.DataFrame(rows, columns=list(COLUMNS))


def all_equal(masks: Mapping[str, Labels], references: References) -> bool:
    """Return whether every mask is its reference, voxel by voxel."""
    sides = ((_in_the_form_of(reference, masks[case]), reference) for case, reference in references.cases.items())
    return all(np.array_equal(mask.values, reference.values) for mask, reference in sides)


def summaries(rows: pd.DataFrame, convention: str) -> list[pd.DataFrame]:
    """Return the means under a convention, a table for each unit: mm and voxels have no common mean."""
    mine = rows[rows["convention"] == convention]
    return [_summary(alike, str(unit)) for unit, alike in mine.groupby("unit", sort=True)]


def _summary(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the means a structure and their average as printed: overlaps in per cent; unit, cases are in ``attrs``.

    A mean leaves out what the convention counts not; NaN where nothing is left.
    """
    means = rows.groupby("structure", sort=False)[list(METRICS)].mean()
    average = {name: math.nan if column.isna().all() else column.mean() for name, column in means.items()}
    counts = rows.groupby("structure", sort=False)[["missed", "false_alarm"]].sum()
    last = pd.DataFrame([{"structure": "average", **average, **counts.sum()}])  # a structure may be called so too
    table = pd.concat([means.join(counts).reset_index(), last], ignore_index=True)
    table[["dice", "jaccard"]] *= 100
    table.columns = pd.Index(["structure", "Dice %", "Jaccard %", "HD95", "ASD", "missed", "false alarms"])
    table.attrs.update(unit=unit, cases=rows["case"].nunique())
    return table


def _on_the_grid_of(references: References, case: str, mask: Labels) -> npt.NDArray[Any]:
    """Return a prediction in the order of its reference's axes; UsageError where it doesn't hold the same voxels.

    A mask turned with its affine is turned back. A header that says nothing, such as the 1 x 1 x 10 that test scripts
    of this field (SSL4MIS, ACTION, BCP) write into every file, is not looked at beside a data set's masks.
    """
    reference = references.cases[case]
    mask = _in_the_form_of(reference, mask)
    mine, theirs = (Place(one.values.shape, one.spacing, one.affine) for one in (mask, reference))
    if sorted(mine.shape) != sorted(theirs.shape):
        check_axes(mask, reference)
        return mask.values  # which is said where they are counted
    if mine.spacing is None or theirs.spacing is None or (references.of_data_set and says_nothing(mine)):
        return mask.values
    found = brought(mask.values, mine, theirs)
    if found is None:
        clause = difference(mine, theirs, ("prediction", "reference"))
        raise UsageError(f"case {case}: {clause}; save the prediction on the reference's grid, with its header")
    return found


def _where_labeled(values: npt.NDArray[Any], unlabeled: npt.NDArray[np.bool_] | None) -> npt.NDArray[Any]:
    """Return a prediction as background where nobody labelled; as it is where it has another shape, which is told."""
    if unlabeled is None or unlabeled.size != values.size:
        return values
    return np.where(unlabeled.reshape(values.shape), values.dtype.type(0), values)


def _in_the_form_of(reference: Labels, mask: Labels) -> Labels:
    """Return a slice alone as a volume of one slice, or the other way round, where its reference is so."""
    one, other = mask.values.ndim, reference.values.ndim
    if (one, other) == (3, 2) and len(mask.values) == 1:
        return replace(mask, values=mask.values[0], spacing=mask.spacing and mask.spacing[1:])
    if (one, other) == (2, 3) and len(reference.values) == 1:
        spacing = mask.spacing and reference.spacing and (reference.spacing[0], *mask.spacing)
        return replace(mask, values=mask.values[None], spacing=spacing)
    return mask


def _check_cases(masks: Mapping[str, Labels], references: References) -> None:
    known = references.cases
    for one, other, words in ((known, masks, "has no mask among the predictions"), (masks, known, "has no reference")):
        lacking = sorted(set(one) - set(other))
        if lacking:
            count = f"; {len(lacking)} of {len(one)} like it" if len(lacking) > 1 else ""
            owner = owner_of(lacking[0], set(one) & set(other))
            twin = f", and stands beside case {owner}; move aside which of the two is not meant" if owner else ""
            raise UsageError(
                f"case {lacking[0]} {words}{count}{twin or '; the names of the files must be those of the cases'}"
            )


def _check_apart(masks: Mapping[str, Labels], references: References) -> None:
    """Refuse one array in one file as both sides, by whatever link it is reached: it would be a perfect score."""
    for case, reference in references.cases.items():
        mask = masks[case]
        if mask.file and reference.file and mask.key == reference.key and mask.file.samefile(reference.file):
            raise UsageError(
                f"case {case}: {mask} would be the prediction and the reference; name another folder, or say with "
                "--files, --reference-files, --key and --reference-key which is which"
            )
