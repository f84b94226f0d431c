"""Numbers that papers print, each with its source and how it was read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).resolve().parent / "published"

OURS = {
    "UNet-L": "supervised",
    "UNet-F": "supervised",
    "EM": "em",
    "MT": "mean_teacher",
    "UAMT": "uamt",
    "ICT": "ict",
    "CCT": "cct",
    "URPC": "urpc",
    "DCT": "dct",
    "DAN": "dan",
    "CPS": "cps",
    "GCL": "gcl",
    "SCS": "scs",
    "BCP": "bcp",
    "UniMatch": "unimatch",
    "ACTION": "action",
    "ACTION (ARCO re-run)": "action",
    "ACTION++": "action_plus",
}
"""Published names of methods that are registered here; UNet-F is supervised training with all patients labelled."""


def published(dataset: str, labeled: int) -> pd.DataFrame:
    """Return the published rows of a data set and count of labelled patients.

    Columns: method, structure (``avg`` or a name), dice and jaccard in percent, hd95, asd, distance_unit, source,
    evidence, note; NaN or an empty text where the paper prints nothing.
    """
    table = pd.read_csv(FOLDER / "published.csv")
    wanted = (table["dataset"] == dataset) & (table["labeled"].astype(str) == str(labeled))
    return table[wanted].reset_index(drop=True)


def published_protocol(source: str) -> dict[str, str]:
    """Return how a source trained and scored: size, updates, selection, convention, distance_unit, evidence; or {}."""
    table = pd.read_csv(FOLDER / "protocols.csv", dtype=str).set_index("source")
    return {str(key): str(value) for key, value in table.loc[source].items()} if source in table.index else {}


def published_ablation(method: str, dataset: str, labeled: int) -> pd.DataFrame | None:
    """Return a printed ablation: variant, dice in percent, asd, source, evidence; None if there is none."""
    path = FOLDER / f"ablation_{method}_{dataset}_{labeled}.csv"
    return pd.read_csv(path) if path.exists() else None
