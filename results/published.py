"""Numbers that papers print, each with its source and how it was read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
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
    "MC-Net": "mcnet",
    "SS-Net": "ssnet",
    "ACTION": "action",
    "ACTION (ARCO re-run)": "action",
    "ACTION++": "action_plus",
    "MONA": "mona",
    "ARCO-SG": "arco",
}
"""Published names of methods that are registered here.

ARCO-SAG is no method of its own here but ``arco`` with pixels=opposites, which a verdict would not tell apart.
"""
CEILING = "UNet-F"
"""The published row of training with all patients labelled, printed beside each number of labels."""


def published(dataset: str, labeled: int | None) -> pd.DataFrame:
    """Return the published rows of a data set and count of labelled patients, of all counts for None.

    Columns: method, structure (``avg`` or a name), dice and jaccard in percent, hd95, asd, distance_unit, source,
    evidence, note; NaN or an empty text where the paper prints nothing.
    """
    table = _read("published.csv").fillna({"evidence": "", "note": "", "distance_unit": ""})
    wanted = table["dataset"] == dataset
    if labeled is not None:
        wanted &= table["labeled"].astype(str) == str(labeled)
    return table[wanted].reset_index(drop=True)


def published_protocol(source: str, dataset: str) -> dict[str, str]:
    """Return how a source trained and scored on a data set, or {}.

    Keys: size, updates, scaling and augmentation by our presets' names, selection, convention, distance_unit,
    test_scans, evidence; those that are known.
    """
    return dict(_protocols().get((source, dataset), {}))


def least_updates(source: str, method: str) -> int | None:
    """Return how many updates a source trains a published method for, all stages together; None if it isn't known."""
    table = _read("schedules.csv").fillna({"method": ""})
    mine = table[table["source"] == source].set_index("method")["updates"]
    found = mine.get(method, mine.get(""))
    return None if found is None else int(found)


def same_split(dataset: str, fingerprint: str) -> bool:
    """Return whether a split is the one whose test patients the published numbers of a data set are of."""
    table = _read("splits.csv").set_index("dataset")["fingerprint"]
    return bool(table.get(dataset) == fingerprint)


def published_ablation(method: str, dataset: str, labeled: int) -> pd.DataFrame | None:
    """Return a printed ablation: variant, dice in percent, asd, source, evidence; None if there is none."""
    path = FOLDER / f"ablation_{method}_{dataset}_{labeled}.csv"
    return pd.read_csv(path) if path.exists() else None


@cache
def _protocols() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return what is known of each source's protocol on a data set, read once."""
    table = _read("protocols.csv").fillna("").astype(str)
    rows = ({str(key): value for key, value in row.items() if value} for row in table.to_dict("records"))
    return {(row.pop("source"), row.pop("dataset")): row for row in rows}


@cache
def _read(name: str) -> pd.DataFrame:
    """Return one of the tables, read once: a page asks for them a hundred times. Not to be changed."""
    return pd.read_csv(FOLDER / name)
