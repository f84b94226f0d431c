"""Pictures of a run's best, median and worst test case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from data.grid import scaled
from data.held_out import HeldOut

if TYPE_CHECKING:
    import pandas as pd


def gallery(
    held_out: HeldOut, masks: Mapping[str, npt.NDArray[np.uint8]], rows: pd.DataFrame
) -> Mapping[str, npt.NDArray[Any]]:
    """Return image, reference and prediction of the best, the median and the worst case by mean Dice.

    Of those in which any structure counts, where there are such.
    """
    every = rows.groupby("case")["dice"].mean().sort_values(kind="stable")
    order = every.dropna() if every.notna().any() else every
    patients = dict(zip(rows["case"], rows["patient"], strict=True))
    pictures: dict[str, npt.NDArray[Any]] = {}
    for place, index in (("best", -1), ("median", len(order) // 2), ("worst", 0)):
        name = str(order.index[index])
        (case,) = (one for one in held_out.of([str(patients[name])]) if one.name == name)
        pictures[f"{place}/name"] = np.array(name)
        pictures[f"{place}/dice"] = np.array(float(order.iloc[index]))
        pictures[f"{place}/image"] = (scaled(case.image, "percentile") * 255).astype(np.uint8)
        pictures[f"{place}/reference"] = np.asarray(case.mask, dtype=np.uint8)
        pictures[f"{place}/prediction"] = masks[name]
    return pictures
