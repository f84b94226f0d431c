"""What choosing on the test patients would have given: a diagnosis beside the record, in no table of results."""

from __future__ import annotations

import copy

import pandas as pd
from torch import nn

from benchmark.scoring.evaluator import Evaluator
from benchmark.training.history import History
from benchmark.training.snapshots import PREDICTOR, Snapshots

COLUMNS = ("update", "val_dice", "test_dice")


def ledger(evaluator: Evaluator, predictor: nn.Module, points: Snapshots, history: History) -> pd.DataFrame:
    """Return validation and test Dice of the reported predictor at each kept point: update, val_dice, test_dice.

    test_dice is the mean of the record's summary; val_dice that of the validation patients at the network's size, NaN
    where there are none.
    """
    seen = {update: value for _, update, term, value in history.rows if term == "val_dice"}
    rows = []
    network = copy.deepcopy(predictor)
    for update in points.updates():
        network.load_state_dict(points.load(update, evaluator.device)[PREDICTOR])
        rows.append((update, seen.get(update, float("nan")), evaluator.mean_dice(network)))
    return pd.DataFrame(rows, columns=list(COLUMNS))
