"""Records made up for tests."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.split import read_split
from results.checksums import SUMS
from results.record import Record
from results.store import LoadedRecord, Store
from results.summary import summarize
from results.writing import write_json

STRUCTURES = ("RV", "Myo", "LV")
SPLIT = read_split("acdc").fingerprint


def cases(dice: float = 0.5, seed: int = 0) -> pd.DataFrame:
    """Return scores of four cases under two rules; the last case's RV is not counted."""
    rng = np.random.default_rng(seed)
    rows = []
    for rule in ("last", "val_best"):
        for number in range(4):
            for structure in STRUCTURES:
                counted = not (number == 3 and structure == "RV")
                value = float(dice + 0.1 * rng.random()) if counted else float("nan")
                row = {"predictor": "network", "rule": rule, "case": f"c{number}", "patient": f"p{number // 2}"}
                row |= {"structure": structure, "dice": value, "jaccard": value / (2 - value), "hd95": 9 * value}
                row |= {"asd": 3 * value, "asd_pred": 2 * value, "unit": "voxel", "counted": counted}
                rows.append(row | {"missed": number == 2 and structure == "LV", "false_alarm": False})
    return pd.DataFrame(rows)


def history() -> pd.DataFrame:
    rows = [("train", update, term, 1 / update) for update in (10, 20) for term in ("total", "supervised", "val_dice")]
    return pd.DataFrame(rows, columns=["stage", "update", "term", "value"])


def record(table: pd.DataFrame, updates: int = 20, split_fingerprint: str = SPLIT, **cell: Any) -> Record:
    info = {
        "id": "toy", "dataset": "acdc", "labeled": 3, "label_draw": "canonical", "method": "supervised",
        "title": "Supervised", "paper": "Ronneberger 2015", "backbone": "unet", "preset": "quick", "fidelity": "fixed",
        "seed": 0, "overrides": {}, **cell,
    }  # fmt: skip
    return Record.model_validate(
        {
            "status": "done", "cell": info, "structures": STRUCTURES, "unit": "voxel",
            "convention": {"name": "default"}, "headline": {"predictor": "network", "rule": "last"},
            "labeled_patients": ("p9",), "origin": "made for a test",
            "patients": {"train": 70, "val": 10, "test": table["patient"].nunique()},
            "split_fingerprint": split_fingerprint, "data_fingerprint": "d", "environment": {"torch": "2"},
            "commit": "abc", "dirty": False, "updates": updates, "stages": [{"name": "train", "updates": updates}],
            "seconds": {"train": 60, "evaluate": 5}, "peak_memory_mib": 100, "parameters": 1_813_764,
            "summary": [row.model_dump() for row in summarize(table, STRUCTURES)],
        }
    )  # fmt: skip


def gallery() -> dict[str, Any]:
    mask = np.zeros((6, 20, 20), np.uint8)
    mask[1:5, 5:12, 5:12] = 2
    parts = {"image": mask * 60, "reference": mask, "prediction": np.roll(mask, 1, 2)}
    named = {"name": np.array("c0"), "dice": np.array(0.5), **parts}
    return {f"{place}/{key}": value for place in ("best", "median", "worst") for key, value in named.items()}


def save(
    root: Path, dice: float = 0.5, pictures: bool = True, size: int | None = None, updates: int = 20, **cell: Any
) -> LoadedRecord:
    """Save a made-up run under its id and return it. size: side of its slices, which its cell.json then holds."""
    table = cases(dice, int(cell.get("seed", 0)))
    made = record(table, updates, **cell)
    predictions = {"masks": {"c0": np.zeros((2, 3, 4), np.uint8)}} | ({"gallery": gallery()} if pictures else {})
    store = Store(root)
    store.save(made.cell.id, made, {"cases": table, "history": history()}, predictions)
    if size is not None:
        schedule = {"size": size, "updates": updates, "validations": 10}
        write_json(root / made.cell.id / "cell.json", {"schedule": schedule, "config": {"lr": 0.01}})
    return store.load(made.cell.id)


def with_table(loaded: LoadedRecord, **tables: pd.DataFrame) -> LoadedRecord:
    """Save a made-up run again with further tables, and return it."""
    kept = {"cases": loaded.cases(), "history": loaded.history()}
    store = Store(loaded.folder.parent)
    store.save(loaded.record.cell.id, loaded.record, {**kept, **tables}, {}, force=True)
    return store.load(loaded.record.cell.id)


def resealed(path: Path) -> None:
    """List a file that a test changed in a run's folder under the checksum that it has now."""
    digest, sums = hashlib.sha256(path.read_bytes()).hexdigest(), path.parent / SUMS
    lines = sums.read_text().splitlines()
    kept = [f"{digest}  {path.name}" if line.endswith(f"  {path.name}") else line for line in lines]
    sums.write_text("\n".join(kept) + "\n")
