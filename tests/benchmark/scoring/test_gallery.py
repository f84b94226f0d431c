"""The best, median and worst test case are of those that have a Dice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.scoring.gallery import gallery

NAN = float("nan")


def held_out(names: list[str]) -> Any:
    cases = [
        SimpleNamespace(name=name, image=np.zeros((1, 4, 4), np.float32), mask=np.zeros((1, 4, 4))) for name in names
    ]
    return SimpleNamespace(of=lambda patients: [case for case in cases if case.name in patients])


@pytest.mark.parametrize(
    ("dice", "best", "median", "worst"),
    [((0.5, 0.9, NAN, 0.7), "b", "d", "a"), ((NAN, NAN, NAN, NAN), "d", "c", "a")],
)
def test_a_case_in_which_nothing_counts_is_not_the_best(
    dice: tuple[float, ...], best: str, median: str, worst: str
) -> None:
    names = ["a", "b", "c", "d"]
    rows = pd.DataFrame({"case": names, "patient": names, "dice": dice})
    found = gallery(held_out(names), dict.fromkeys(names, np.zeros((1, 4, 4), np.uint8)), rows)
    assert [str(found[f"{place}/name"]) for place in ("best", "median", "worst")] == [best, median, worst]
