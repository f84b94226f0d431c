"""Every predictor and rule of a trained method scored, and what is kept of the headline's masks."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import nn

from benchmark.metrics.rules import Resize
from benchmark.scoring.evaluator import Evaluator, Mask
from benchmark.scoring.parts import Evaluators, Together
from benchmark.scoring.pictures import pictured
from benchmark.scoring.restated import joined, restated
from benchmark.scoring.scored import Rows, Scored
from benchmark.scoring.volumes import volumes
from benchmark.training.selection import HEADLINE, State
from benchmark.training.trainer import Outcome
from methods.asked import predictors_of
from methods.base import Method
from results.images import Pictured

if TYPE_CHECKING:
    import pandas as pd


class Tables(NamedTuple):
    """What scoring leaves: the rows of every predictor and rule, and of the headline its masks and what tells of them.

    conventions: what each script would print of the masks. volumes: of each structure. pictured: slices of the cases.
    """

    cases: pd.DataFrame
    masks: Mapping[str, Mask]
    conventions: pd.DataFrame
    volumes: pd.DataFrame
    pictured: Sequence[Pictured]


def scores_of(evaluators: Evaluators, method: Method, outcome: Outcome, scored: Scored) -> Tables:
    """Return the scores of every predictor by the rules it is chosen by.

    scored: what is told of each weights; those that two rules chose are scored once.
    """
    import pandas as pd

    wanted = _wanted(method, outcome)
    parts = list(map(partial(_part, evaluators, wanted), evaluators))  # in a loop, one would be held beside the next
    rows: Rows = []
    for one, *found in zip(wanted, *(part.rows for part in parts), strict=True):
        rows += scored.rows(one.predictor, one.rule, one.state, partial(chain.from_iterable, found))
    return Tables(
        pd.DataFrame(rows),
        Together([part.masks for part in parts]),
        joined([part.restated for part in parts]),
        pd.concat([part.volumes for part in parts], ignore_index=True),
        [case for part in parts for case in part.pictured],
    )


class _Wanted(NamedTuple):
    """A predictor with the weights of a rule."""

    predictor: str
    rule: str
    state: State
    network: nn.Module


class _Part(NamedTuple):
    """What is kept of a part of the test cases: the rows of each predictor and rule, and of the headline the rest."""

    rows: Sequence[Rows]
    masks: Mapping[str, Mask]
    restated: pd.DataFrame
    volumes: pd.DataFrame
    pictured: Sequence[Pictured]


def _wanted(method: Method, outcome: Outcome) -> Sequence[_Wanted]:
    """Return what is scored: the first predictor by all rules, others by the headline's."""
    predictors = predictors_of(method)
    first = next(iter(predictors))
    states = {(first, rule): state for rule, state in outcome.chosen.items()}
    states |= {(name, HEADLINE): state for name, state in outcome.last.items() if name != first}
    wanted = [_Wanted(name, rule, state, copy.deepcopy(predictors[name])) for (name, rule), state in states.items()]
    for one in wanted:
        one.network.load_state_dict(one.state)
    return wanted


def _part(evaluators: Evaluators, wanted: Sequence[_Wanted], evaluator: Evaluator) -> _Part:
    scored, rows = Scored(), list[Rows]()
    ways: Mapping[Resize, Mapping[str, Mask]] = {}
    for one in wanted:
        score = partial(_predicted, evaluator, one)
        if (one.predictor, one.rule) == (wanted[0].predictor, HEADLINE):
            ways = _ways(evaluator, one.network)
            score = partial(evaluator.rows, ways["logits"], one.predictor, one.rule)
        rows.append(scored.rows(one.predictor, one.rule, one.state, score))
    masks = ways["logits"]
    return _Part(
        rows,
        evaluators.kept(masks),
        restated(evaluator.each(), evaluator.task, ways),
        volumes(evaluator.cases, evaluator.task, masks),
        [pictured(case, evaluator.grid) for case in evaluator.cases],
    )


def _ways(evaluator: Evaluator, network: nn.Module) -> Mapping[Resize, Mapping[str, Mask]]:
    logits = evaluator.logits(network)
    return {"logits": evaluator.masks(logits), "labels": evaluator.masks(logits, "labels")}


def _predicted(evaluator: Evaluator, one: _Wanted) -> Iterator[Mapping[str, Any]]:
    yield from evaluator.rows(evaluator.predict(one.network), one.predictor, one.rule)


def headline_of(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the scores that the record reports first."""
    first = cases["predictor"].iloc[0]
    chosen: pd.DataFrame = cases[(cases["predictor"] == first) & (cases["rule"] == HEADLINE)]
    return chosen
