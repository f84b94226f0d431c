"""What choosing on the test patients would have given: a diagnosis beside the record, in no table of results."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from benchmark.scoring.evaluator import Evaluator, overlaps
from benchmark.scoring.parts import Evaluators
from benchmark.scoring.scored import Rows, Scored
from benchmark.training.history import History
from benchmark.training.selection import State
from benchmark.training.snapshots import PREDICTOR, Snapshots
from methods.asked import predictors_of
from methods.base import Method
from results.summary import summarize

if TYPE_CHECKING:
    import pandas as pd

CPU = torch.device("cpu")
COLUMNS = ("update", "val_dice", "test_dice")


def ledger(evaluators: Evaluators, method: Method, points: Snapshots, history: History, scored: Scored) -> pd.DataFrame:
    """Return validation and test Dice of the reported predictor at each kept point: update, val_dice, test_dice.

    test_dice is the mean of the record's summary; val_dice that of the validation patients at the network's size, NaN
    where there are none. scored: what is told of weights that a rule chose; a point that holds such is not scored
    again.
    """
    import pandas as pd

    name, predictor = next(iter(predictors_of(method).items()))
    seen = {update: value for _, update, term, value in history.rows if term == "val_dice"}
    rows_of = {update: scored.found(name, _state(points, update, CPU)) for update in points.updates()}
    unknown = [update for update, rows in rows_of.items() if rows is None]
    for part in map(partial(_rows, copy.deepcopy(predictor), points, unknown), evaluators if unknown else ()):
        for update, rows in part.items():
            rows_of[update] = [*(rows_of[update] or ()), *rows]
    table = [(update, seen.get(update, math.nan), _mean_dice(rows or ())) for update, rows in rows_of.items()]
    return pd.DataFrame(table, columns=list(COLUMNS))


def _state(points: Snapshots, update: int, device: torch.device) -> State:
    return dict(points.load(update, device)[PREDICTOR])


def _rows(network: nn.Module, points: Snapshots, updates: Sequence[int], evaluator: Evaluator) -> Mapping[int, Rows]:
    """Return the rows of a part of the test cases by the update of each point."""
    found: dict[int, Rows] = {}
    for update in updates:
        network.load_state_dict(_state(points, update, evaluator.device))
        found[update] = list(evaluator.rows(evaluator.predict(network), "", "", overlaps))
    return found


def _mean_dice(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean Dice that a summary would hold; NaN where nothing counts."""
    import pandas as pd

    table = pd.DataFrame(rows)
    average = summarize(table, tuple(table["structure"].unique()))[-1]
    return math.nan if average.dice is None else average.dice
