"""What choosing on the test patients would have given: a diagnosis beside the record, in no table of results."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from torch import nn

from benchmark.scoring.evaluator import Evaluator, overlaps
from benchmark.scoring.parts import Evaluators
from benchmark.training.history import History
from benchmark.training.snapshots import PREDICTOR, Snapshots
from results.summary import summarize

COLUMNS = ("update", "val_dice", "test_dice")


def ledger(evaluators: Evaluators, predictor: nn.Module, points: Snapshots, history: History) -> pd.DataFrame:
    """Return validation and test Dice of the reported predictor at each kept point: update, val_dice, test_dice.

    test_dice is the mean of the record's summary; val_dice that of the validation patients at the network's size, NaN
    where there are none.
    """
    seen = {update: value for _, update, term, value in history.rows if term == "val_dice"}
    network, updates = copy.deepcopy(predictor), points.updates()
    parts = list(map(partial(_rows, network, points), evaluators if updates else ()))
    tested = [_mean_dice([row for part in parts for row in part[update]]) for update in updates]
    rows = [(update, seen.get(update, math.nan), dice) for update, dice in zip(updates, tested, strict=True)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(network: nn.Module, points: Snapshots, evaluator: Evaluator) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    """Return the rows of a part of the test cases by the update of each point."""
    found: dict[int, Sequence[Mapping[str, Any]]] = {}
    for update in points.updates():
        network.load_state_dict(points.load(update, evaluator.device)[PREDICTOR])
        found[update] = list(evaluator.rows(evaluator.predict(network), "", "", overlaps))
    return found


def _mean_dice(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean Dice that a summary would hold; NaN where nothing counts."""
    table = pd.DataFrame(rows)
    average = summarize(table, tuple(table["structure"].unique()))[-1]
    return math.nan if average.dice is None else average.dice
