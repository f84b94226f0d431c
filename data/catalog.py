"""Data sets by name, and where they are looked for."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from data.errors import DataError, DataUsageError
from data.source import Source

RAW = Path(__file__).resolve().parent / "raw"
DATASETS = ("acdc", "phantom")
EXPECTED = (
    "volumes/patient001_frame01.h5 (pre-processed), data/patient001_frame01.h5 (SSL4MIS) or "
    "patient001/patient001_frame01.nii.gz (official release)"
)


def find(dataset: str, data_root: Path | None = None) -> Source:
    """Return a data set by name; ``auto`` is ACDC where it is found, else the phantom."""
    if dataset == "phantom":
        return _phantom()
    if dataset == "auto":
        return _find_acdc(data_root) or _phantom()
    if dataset == "acdc":
        found = _find_acdc(data_root)
        if found is None:
            looked = ", ".join(str(folder) for folder in _folders("acdc", data_root))
            raise DataError(
                f"ACDC was not found; looked in {looked} and expected there {EXPECTED}; apply for the data at the "
                "Automated Cardiac Diagnosis Challenge (CREATIS, humanheart-project.creatis.insa-lyon.fr) and name its "
                "folder with --data-root or ACTION_BENCH_DATA, or type `make demo`, which needs none"
            )
        return found
    if dataset == "lits":
        raise DataError("data set lits cannot be read by this version; it reads acdc and phantom")
    near = difflib.get_close_matches(dataset, ["auto", *DATASETS], n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {' and '.join(DATASETS)}"
    raise DataUsageError(f"--dataset: there is no data set {dataset!r}; {hint}")


def roots(data_root: Path | None) -> list[Path]:
    """Return the folders in which data sets are looked for, in order; a named one that is missing is an error."""
    if data_root is not None:
        if not data_root.is_dir():
            raise DataError(f"--data-root {data_root} is not a folder; name the one that holds acdc/")
        return [data_root]
    named = os.environ.get("ACTION_BENCH_DATA")
    return [*([Path(named)] if named else []), RAW]


def _phantom() -> Source:
    from data.sources.phantom import Parameters, Phantom

    return Phantom(Parameters())


def _folders(dataset: str, data_root: Path | None) -> list[Path]:
    return [folder for root in roots(data_root) for folder in (root / dataset, root / dataset.upper(), root)]


def _find_acdc(data_root: Path | None) -> Source | None:
    from data.sources.acdc import Acdc, layout_of

    for folder in _folders("acdc", data_root):
        layout = layout_of(folder)
        if layout is not None:
            return Acdc(layout)
    return None
