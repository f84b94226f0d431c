"""Data sets by name, and where they are looked for."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path

from data.errors import DataError, DataUsageError
from data.files import seen_in
from data.installed import installed
from data.source import Source

RAW = Path(__file__).resolve().parent / "raw"
PHANTOMS = ("phantom", "phantom_close")
DATASETS = ("acdc", "lits", *PHANTOMS)
VARIABLE = "ACTION_BENCH_DATA"


def find(dataset: str, data_root: Path | None = None) -> Source:
    """Return a data set by name; ``auto`` is ACDC where it is found, else the phantom.

    A place that was named, by data_root or the variable ACTION_BENCH_DATA, is the only one looked at, and ``auto``
    takes no phantom instead of what should be there: DataError, as for ``acdc``, which says what was seen. A path names
    a folder of one's own, or a plan for one (data/folders); ``:fold2`` behind it the second of its folds. Of the others
    ``acdc:fold2of5`` is the second of five folds of the patients that they don't test. What else a name may be is an
    installed package's (data/installed.py).
    """
    if names_folder(dataset):
        from data.folders.found import folder_of

        return folder_of(dataset)
    if (theirs := installed(dataset, data_root, ("auto", *DATASETS))) is not None:
        return theirs
    if (fold := _fold(dataset, data_root)) is not None:
        return fold
    if dataset in PHANTOMS:
        return _phantom(dataset)
    if dataset in ("auto", "acdc"):
        found = _find_acdc(data_root)
        if found is not None:
            return found
        if dataset == "auto" and _named(data_root) is None:
            return _phantom("phantom")
        raise DataError(_not_found(data_root))
    if dataset == "lits":
        return _find_lits(data_root)
    from data.folders.found import planned_before

    planned = planned_before(dataset, data_root)
    if planned is not None:
        return planned
    near = difflib.get_close_matches(dataset, ["auto", *DATASETS], n=1)
    path = f"./{dataset if dataset.strip() and dataset.isprintable() else 'mine'}"
    known = f"known are {', '.join(DATASETS)}, and any folder by its path, such as {path}"
    hint = f"did you mean {near[0]}?" if near else known
    raise DataUsageError(f"--dataset: there is no data set {dataset!r}; {hint}")


def _fold(dataset: str, data_root: Path | None) -> Source | None:
    """Return a fold of a data set of papers; None for a name that is none's."""
    from data.published import Published
    from data.sources.fold import Fold, named

    found = named(dataset)
    if found is None or found[0] not in ("auto", *DATASETS):
        return None
    whole = find(found[0], data_root)
    assert isinstance(whole, Published)
    return Fold(whole, *found[1:])


def names_folder(dataset: str) -> bool:
    """Return whether a data set is named by the path of a folder, or of a plan for one."""
    return os.sep in dataset or dataset.partition(":fold")[0].endswith(".json")


def root_of(data_root: Path | None) -> Path:
    """Return the folder in which data sets are looked for: as named, else data/raw."""
    if data_root is not None and not data_root.is_dir():
        raise DataError(f"--data-root {data_root} is not a folder; name the one that holds acdc/ or lits/")
    return _named(data_root) or RAW


def _named(data_root: Path | None) -> Path | None:
    variable = os.environ.get(VARIABLE)
    return data_root or (Path(variable) if variable else None)


def _phantom(dataset: str) -> Source:
    from data.sources.phantom import Parameters, Phantom, PhantomClose

    kinds = {kind.dataset: kind for kind in (Phantom, PhantomClose)}
    return kinds[dataset](Parameters())


def _find_acdc(data_root: Path | None) -> Source | None:
    from data.sources.acdc import Acdc, layout_of

    for folder in _folders(root_of(data_root)):
        layout = layout_of(folder)
        if layout is not None:
            return Acdc(layout)
    return None


def _find_lits(data_root: Path | None) -> Source:
    from data.sources.lits import Lits
    from data.sources.lits_files import DECATHLON, EXPECTED, layout_of

    root = root_of(data_root)
    folders = [*(root / name for name in ("lits", "LiTS", "LITS")), root]
    layout = next(filter(None, map(layout_of, folders)), None)
    if layout is None:
        raise DataError(
            f"LiTS was not found; looked in {_seen([*folders, root / DECATHLON])}, and expected there {EXPECTED}; get "
            "it from the Liver Tumor Segmentation Challenge (competitions.codalab.org/competitions/17094) or the "
            f"Medical Segmentation Decathlon (medicaldecathlon.com), {_named_how('lits', data_root)}"
        )
    return Lits(layout)


def _folders(root: Path) -> list[Path]:
    return [root / "acdc", root / "ACDC", root]


def _seen(folders: Sequence[Path]) -> str:
    return ", ".join(f"{folder} ({seen_in(folder)})" for folder in folders)


def _named_how(name: str, data_root: Path | None) -> str:
    """Return how a data set is found once it is there."""
    instead = "" if _named(data_root) is None else f", or put them into {RAW / name} and name none"
    return f"name the folder above {name}/ with --data-root or {VARIABLE}{instead}"


def _not_found(data_root: Path | None) -> str:
    """Return where was looked and what was seen there, what was expected, and what helps."""
    from data.sources.layouts import EXPECTED, places

    root = root_of(data_root)
    folders = _folders(root)
    below = {layout.folder for folder in folders for layout in places(folder)} - set(folders)
    looked = [*folders, *sorted(folder for folder in below if folder.is_dir() or folder.is_symlink())]
    return (
        f"ACDC was not found; looked in {_seen(looked)}, and expected there {EXPECTED}; apply for the data at the "
        "Automated Cardiac Diagnosis Challenge (CREATIS, humanheart-project.creatis.insa-lyon.fr) and "
        f"{_named_how('acdc', data_root)}, or type `make demo`, which needs none"
    )
