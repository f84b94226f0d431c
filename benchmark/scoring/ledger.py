"""What choosing on the test patients would have given: a diagnosis beside the record, in no table of results."""

from __future__ import annotations

import copy

import pandas as pd

from benchmark.scoring.evaluator import Evaluator
from benchmark.scoring.scored import Scored
from benchmark.training.history import History
from benchmark.training.snapshots import PREDICTOR, Snapshots
from methods.base import Method

COLUMNS = ("update", "val_dice", "test_dice")


def ledger(evaluator: Evaluator, method: Method, points: Snapshots, history: History, scored: Scored) -> pd.DataFrame:
    """Return validation and test Dice of the reported predictor at each kept point: update, val_dice, test_dice.

    test_dice is the mean of the record's summary; val_dice that of the validation patients at the network's size.
    scored: what is told of weights that a rule chose; a point that holds such is not scored again.
    """
    name, predictor = next(iter(method.predictors().items()))
    seen = {update: value for _, update, term, value in history.rows if term == "val_dice"}
    rows = []
    network = copy.deepcopy(predictor)
    for update in points.updates():
        state = dict(points.load(update, evaluator.device)[PREDICTOR])
        known = scored.found(name, state)
        if known is None:
            network.load_state_dict(state)
        dice = evaluator.mean_dice(network) if known is None else evaluator.mean_of(known)
        rows.append((update, seen[update], dice))
    return pd.DataFrame(rows, columns=list(COLUMNS))
