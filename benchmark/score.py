"""Score masks that anybody made, or a run's, under a named convention.

``python -m benchmark.score results/runs/CELL --convention action``
``python -m benchmark.score FOLDER --reference acdc``
"""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.options import Parser, one_of

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.metrics.conventions import Convention
    from benchmark.scoring.foreign_masks import References
    from benchmark.scoring.mask_files import Labels

ENGINES = ("default", "medpy")
PLANES = ("slices", "structures")
PREDICTIONS = (
    "folder of masks named by case (.nii.gz, .nii, .nrrd, .nhdr, .mha, .mhd, .png, .bmp, .tif, .tiff, .npz, .h5), or a "
    "run's folder"
)
REFERENCE = (
    "a data set (its test masks) or a folder of masks; a name of a data set is that, and ./acdc a folder named as it; "
    "default: the data set of the run"
)


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.score", __doc__)
    add = options.add_argument
    add("predictions", type=Path, help=PREDICTIONS)
    add("--reference", help=REFERENCE)
    add("--files", metavar="NAME", help="how predictions are named, such as CASE_ours.h5 (default: by names)")
    add("--key", metavar="ARRAY", help="the predictions' array in .npz and .h5 files (default: by names)")
    add(
        "--planes",
        type=one_of(*PLANES),
        help="what the planes of the predictions' arrays are: slices of one mask, or a "
        "mask a structure (default: slices, refused where they may be structures)",
    )
    add("--reference-files", metavar="NAME", help="as --files, of a reference folder (default: by names)")
    add("--reference-key", metavar="ARRAY", help="as --key, of a reference folder (default: by names)")
    add("--reference-planes", type=one_of(*PLANES), help="as --planes, of a reference folder (default: slices)")
    add(
        "--convention",
        default="default",
        help="default (the default), action, ssl4mis, bcp, dhc, pymic, monai, nnunet, or all",
    )
    add(
        "--engine",
        default="default",
        type=one_of(*ENGINES),
        help="default (the default), or medpy: the same table, slowly",
    )
    add(
        "--structures",
        help="of a reference folder: names of labels 1, 2, ... (RV,Myo,LV), labels with names (1:core,4:enhancing), or "
        "labels alone (1,2,4 or 1-104); default: the labels that occur in the reference",
    )
    options.add_data_root()
    add("--out", type=Path, help="CSV of every case and structure (default PREDICTIONS/scores-CONVENTION.csv)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Score the masks, print a table and say where the CSV is."""
    given = parser().parse_args(arguments)
    from benchmark.scoring.case_files import printable
    from benchmark.scoring.foreign_masks import ENGINES as MEASURES
    from benchmark.scoring.foreign_masks import scored, summaries
    from benchmark.scoring.mask_files import read_masks
    from benchmark.scoring.role_names import Wanted
    from results.spreadsheet import guarded

    wanted = _conventions(given.convention)
    masks = read_masks(given.predictions, Wanted("prediction", given.files, given.key, given.planes))
    out = given.out or given.predictions / f"scores-{given.convention}.csv"
    _make_room(out)
    references = _references(given, out.parent)
    rows = scored(masks, references, wanted, MEASURES[given.engine])
    named = printable(f"{given.predictions}, {references.origin}; reference: {references.name}")
    print(f"masks: {named}, {len(masks)} cases")
    for line in (*_aside(given, masks, references), *_words(masks, references, given.reference_planes)):
        print(f"  {line}")
    for convention in wanted:
        for table in summaries(rows, convention.name):
            _print(convention.name, table, len(masks))
        for note in _notes(convention):
            print(f"  {note}")
    _write(guarded(rows).to_csv(index=False), out)
    print(f"table: {printable(out)}")
    return 0


def _conventions(name: str) -> list[Convention]:
    from benchmark.errors import UsageError
    from benchmark.metrics.conventions import CONVENTIONS, convention_named
    from benchmark.metrics.errors import MetricError

    if name == "all":
        return list(CONVENTIONS.values())
    try:
        return [convention_named(name)]
    except MetricError as error:  # of masks it is a failure, of an option wrong usage
        raise UsageError(f"--convention: {error}") from None


def _make_room(out: Path) -> None:
    """Make the table's folder; UsageError where the table can't be written, before the scoring and not after it."""
    from benchmark.errors import UsageError

    right = "name another file with --out"
    try:
        if out.is_dir():
            raise UsageError(f"{out} is a folder, and the table is a file; {right}")
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder of {out} cannot be made ({error.strerror}); {right}") from None
    needed = (out, out.resolve().parent) if out.is_file() else (out if out.exists() else out.parent,)
    if not all(os.access(one, os.W_OK) for one in needed):
        raise UsageError(f"{out} may not be written here; {right}")


def _write(table: str, out: Path) -> None:
    """Write the table whole or not at all, or into what is no file, such as a pipe."""
    from results.writing import write_text

    if out.exists() and not out.is_file():
        out.write_text(table, encoding="utf-8")
    else:
        write_text(out.resolve(), table)


def _references(given: argparse.Namespace, beside: Path) -> References:
    """Return what to compare with. beside: the folder where reading test masks is written down for foreign masks."""
    from benchmark.errors import UsageError
    from benchmark.scoring.foreign_masks import of_data_set, of_folder
    from benchmark.scoring.role_names import Wanted

    run = given.predictions / "cell.json"
    if given.reference is None and not run.exists():
        raise UsageError(f"{given.predictions} is no run; name a data set or a folder of masks with --reference")
    if given.reference is not None and not _is_data_set(given.reference):
        wanted = Wanted("reference", given.reference_files, given.reference_key, given.reference_planes)
        return of_folder(Path(given.reference), wanted, given.structures)
    for option in ("structures", "reference_files", "reference_key", "reference_planes"):
        if getattr(given, option) is not None:
            flag = f"--{option.replace('_', '-')}"
            raise UsageError(f"{flag} is for a reference folder; a data set has its own structures and files")
    own = given.predictions if run.exists() else None
    return of_data_set(given.reference, given.data_root, own, (own or beside) / "openings.jsonl")


def _is_data_set(name: str) -> bool:
    """Return whether a reference is a data set's name, which goes before a folder's; UsageError for neither."""
    from benchmark.errors import UsageError
    from data.catalog import DATASETS

    known = ("auto", *DATASETS)
    if name in known or Path(name).is_dir():
        return name in known
    wrong = "is not a folder" if Path(name).exists() else "does not exist"
    if os.sep in name or Path(name).exists():
        raise UsageError(f"--reference {name}: this {wrong}; name a folder of masks or a data set")
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"data sets are {' and '.join(DATASETS)}"
    raise UsageError(f"--reference {name}: there is neither a folder nor a data set of this name; {hint}")


def _notes(convention: Convention) -> Iterator[str]:
    yield f"read in {convention.source}"
    if convention.unverified:
        yield f"not verified: {convention.unverified}"
    if convention.resize == "labels":
        yield "this script resizes labels, not logits; masks from files are scored as they are"


def _aside(given: argparse.Namespace, masks: Mapping[str, Labels], references: References) -> Iterator[str]:
    """Yield of each folder, whose files were told apart by names, which stand beside a case and were not taken."""
    from benchmark.scoring.case_files import left_aside, printable

    sides = ((given.predictions, "--files", masks), (given.reference, "--reference-files", references.cases))
    for folder, option, cases in sides:
        taken = {case: one.file for case, one in cases.items() if one.file is not None}
        if not taken or getattr(given, option.removeprefix("--").replace("-", "_")) is not None:
            continue
        if aside := left_aside(Path(folder), taken):
            file = next(iter(taken.values())).name
            yield printable(
                f"left aside in {folder}: {aside}; taken is what is named as {file}, or say it with {option}"
            )


def _words(masks: Mapping[str, Labels], references: References, planes: str | None) -> Iterator[str]:
    """Yield what was taken for what, and whether it looks as if it were the same."""
    from benchmark.scoring.foreign_masks import all_equal
    from benchmark.scoring.planes import thin
    from benchmark.scoring.reference_headers import unsized
    from benchmark.scoring.structures import absent

    case, mask = next(iter(masks.items()))
    beside = references.cases[case]
    if mask.file is not None:
        yield f"case {case}: {mask} against {beside if beside.file else references.name}"
    yield f"structures: {', '.join(references.structures.values())}"
    if not references.of_data_set and (silent := unsized(references.cases)):
        yield silent
    if not references.of_data_set and planes is None and (slices := thin(references.cases)):
        yield (
            f"planes: each array was read as {slices} slices of one mask; if these are {slices} structures, say so "
            "with --planes and --reference-planes structures"
        )
    for structure in () if references.of_data_set else absent(references.structures, references.cases, masks):
        yield f"{structure} occurs in no mask: its cases count as the convention says of two empty masks"
    if all_equal(masks, references):
        yield "every mask is its reference, voxel by voxel; are these predictions?"


def _print(name: str, table: pd.DataFrame, cases: int) -> None:
    part = f", {table.attrs['cases']} of {cases} cases" if table.attrs["cases"] < cases else ""
    print(f"\n{name}: distances in {table.attrs['unit']}{part}")
    print(table.to_string(index=False, na_rep="–", float_format=lambda value: f"{value:.2f}"))


if __name__ == "__main__":
    main("benchmark.score", command)
