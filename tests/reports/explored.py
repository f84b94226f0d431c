"""Runs with slices of their test cases, made up: hearts of rings whose predictions are moved by some pixels."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from results.images import Pictured, bounded, chosen, packed
from results.store import LoadedRecord, Store
from tests.results.made import STRUCTURES, history, record

SPACING = (8.0, 1.5, 1.5)


def heart(number: int, slices: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return grey values and reference of a case: a ring about a disc and a crescent beside it, smaller downwards."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[:side, :side]
    reference = np.zeros((slices, side, side), np.uint8)
    middle = side / 2 + rng.integers(-side // 12, side // 12, 2)
    for place in range(1, slices):
        radius = side / 8 * (1.1 - place / (slices + 1))
        angle = np.arctan2(rows - middle[0], columns - middle[1])
        distance = np.hypot(rows - middle[0], columns - middle[1]) * (1 + 0.1 * np.cos(3 * angle + number))
        reference[place][(distance < 2.3 * radius) & (columns < middle[1] - radius)] = 1
        reference[place][distance < 1.5 * radius] = 2
        reference[place][distance < radius] = 3
    waves = 30 * np.sin(rows / side * 9 + number) * np.cos(columns / side * 7)
    noise = rng.normal(0, 12, reference.shape)
    grey = np.array([70, 170, 90, 220])[reference] + waves + noise
    return grey.clip(0, 255).astype(np.uint8), reference


@cache
def pictured(name: str, number: int, slices: int, side: int) -> tuple[Pictured, np.ndarray]:
    """Return a case as a run keeps it, with its whole reference."""
    grey, reference = heart(number, slices, side)
    numbers = chosen(reference)
    return Pictured.of(name, numbers, grey[numbers], reference, SPACING), reference


def rows(name: str, patient: str, predicted: np.ndarray, reference: np.ndarray) -> list[dict[str, Any]]:
    """Return the scores of a case, with distances that are not computed."""
    found = []
    for label, structure in enumerate(STRUCTURES, 1):
        ours, theirs = predicted == label, reference == label
        dice = float(2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()))
        row = {"predictor": "network", "rule": "last", "case": name, "patient": patient, "structure": structure}
        row |= {"dice": dice, "jaccard": dice / (2 - dice), "hd95": 40 * (1 - dice), "asd": 9 * (1 - dice)}
        row |= {"asd_pred": 8 * (1 - dice), "unit": "mm", "counted": True}
        found.append(row | {"missed": not ours.any(), "false_alarm": False})
    return found


def pictures_of(case: Pictured, mask: np.ndarray) -> dict[str, Any]:
    """Return a gallery that shows a case as the best, the median and the worst."""
    parts = {"name": np.array(case.name), "dice": np.array(0.5), "image": case.image(), "reference": case.reference}
    return {
        f"{place}/{k}": v for place in ("best", "median", "worst") for k, v in {**parts, "prediction": mask}.items()
    }


def explored(
    root: Path,
    moved: int,
    cases: int = 3,
    slices: int = 4,
    side: int = 48,
    pictures: bool = True,
    gallery: bool = False,
    names: str = "case{}",
    **cell: Any,
) -> LoadedRecord:
    """Save a run whose predictions are the reference moved down by pixels, by more in later cases; return it.

    pictures: whether it keeps slices, as older runs don't.
    """
    scores, volumes, kept, masks = list[Any](), list[Any](), list[Pictured](), dict[str, np.ndarray]()
    voxel = float(np.prod(SPACING)) / 1000
    for number in range(cases):
        name, patient = names.format(number), f"p{number // 2}"
        case, reference = pictured(name, number, slices, side)
        mask = np.roll(reference, moved + number, 1)
        masks[name] = mask
        scores += rows(name, patient, mask, reference)
        kept.append(case)
        for label, structure in enumerate(STRUCTURES, 1):
            sizes = [voxel * int((one == label).sum()) for one in (mask, reference)]
            volumes.append((name, patient, structure, sizes[0] + moved, sizes[1], "ml"))
    table = pd.DataFrame(scores)
    columns = ["case", "patient", "structure", "predicted", "reference", "unit"]
    tables = {"cases": table, "history": history(), "volumes": pd.DataFrame(volumes, columns=columns)}
    made = record(table, **cell)
    store = Store(root)
    images = {"images": packed(bounded(kept))} if pictures else {}
    if gallery:
        images["gallery"] = pictures_of(kept[0], masks[kept[0].name])
    store.save(made.cell.id, made, tables, {"masks": masks, **images})
    return store.load(made.cell.id)
