"""Records whose every patient has a Dice that the test says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from results.store import LoadedRecord, Store
from tests.results.made import STRUCTURES, history, record


def scored(root: Path, dice: Sequence[float], minutes: float = 1.0, hardware: str = "", **cell: Any) -> LoadedRecord:
    """Save a run with a case a patient, whose structures all have its Dice; of so many minutes on such a machine."""
    rows = [
        {"predictor": "network", "rule": rule, "case": f"c{number}", "patient": f"p{number}", "structure": structure,
         "dice": value, "jaccard": value, "hd95": 1.0, "asd": 1.0, "asd_pred": 1.0, "unit": "voxel", "counted": True,
         "missed": False, "false_alarm": False}
        for rule in ("last", "val_best")
        for number, value in enumerate(dice)
        for structure in STRUCTURES
    ]  # fmt: skip
    table, store = pd.DataFrame(rows), Store(root)
    made = record(table, **cell)
    seconds = made.seconds.model_copy(update={"train": 60 * minutes})
    environment = {"device": "cuda", "hardware": hardware} if hardware else made.environment
    made = made.model_copy(update={"seconds": seconds, "environment": environment})
    store.save(made.cell.id, made, {"cases": table, "history": history()}, {})
    return store.load(made.cell.id)
