"""Runs made up for figures: four cases with slices, references and masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from results.images import Pictured, packed
from results.store import LoadedRecord, Store
from tests.results.made import STRUCTURES, history, record

SIZE = 40
DICE = {"c0": 0.9, "c1": 0.2, "c2": 0.6, "c3": 0.5}
"""Of the first method; the others have it the other way round."""


def reference(number: int) -> np.ndarray:
    """Return three structures on each of five slices, the fourth slice the largest, moved down a pixel a case."""
    mask = np.zeros((5, SIZE, SIZE), np.uint8)
    for place, side in enumerate((4, 6, 8, 12, 2)):
        mask[place, 10 + number : 10 + number + side, 8 : 8 + side] = 1
        mask[place, 10 + number : 10 + number + side, 20 : 20 + side] = 2
        mask[place, 25:27, 8:10] = 3
    return mask


def run(
    root: Path, name: str = "supervised", turned: bool = False, images: bool = True, **cell: object
) -> LoadedRecord:
    """Save a run whose masks are the reference, moved two pixels to the right where it is turned."""
    spacing = cell.pop("spacing", (10.0, 2.0, 1.0))
    rows = []
    for case, dice in DICE.items():
        values = {"predictor": "network", "rule": "last", "case": case, "patient": case, "unit": "mm"}
        for place, structure in enumerate(STRUCTURES):
            score = (1.1 - dice if turned else dice) - 0.1 * place
            counted = not (case == "c3" and structure == "LV")
            rows.append(values | {"structure": structure, "dice": score, "jaccard": score, "hd95": 10 * score + place})
            rows[-1] |= {"asd": 1.0, "asd_pred": 1.0, "counted": counted, "missed": False, "false_alarm": False}
    table = pd.DataFrame(rows)
    given = {"id": f"toy-{name}", "method": name, "title": name.title(), **cell}
    made = record(table, **given).model_copy(update={"unit": "mm"})
    masks = {case: reference(place) for place, case in enumerate(DICE)}
    grey = np.tile(np.linspace(0, 255, SIZE).astype(np.uint8), (5, SIZE, 1))
    cases = [Pictured.of(case, range(5), grey, mask, spacing) for case, mask in masks.items()]  # type: ignore[arg-type]
    kept = {case: np.roll(mask, 2, 2) if turned else mask for case, mask in masks.items()}
    predictions = {"masks": kept, **({"images": packed(cases)} if images else {})}
    Store(root).save(made.cell.id, made, {"cases": table, "history": history()}, predictions)
    return Store(root).load(made.cell.id)
