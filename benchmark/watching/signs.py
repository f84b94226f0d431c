"""What a run's history shows by itself, and the usual causes: a value that is not finite, a loss that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmark.watching.verdict import Verdict
from benchmark.watching.watched import Watched
from results.expectation import warning
from results.logged import DICE, GRADIENT, RANK, Logged, Place

STILL = 3
"""Logged means in a row that are equal to the last digit, from where on a loss stands still."""
COLLAPSED = 1.5
"""Effective rank of the bottleneck below which all slices look alike: it is 1 where they lie on a line."""
RISE = 1.2
"""Times its first mean at which the supervised loss has risen."""
Values = list[tuple[Place, float]]


@dataclass(frozen=True)
class Sign:
    """name: of the fault. words: what was seen, then its usual causes."""

    name: str
    words: str


def signs(run: Watched, verdict: Verdict, failure: str = "") -> list[Sign]:
    """Return what a run's history and the reason of its failure show, the gravest first."""
    found = [_not_finite(failure, run), *_still(run.log), _gradient(run.log), _collapse(run.log)]
    found += [_rising(run), _dice_at_zero(run, verdict), _standing_teacher(run.log), *_beside(verdict)]
    return [one for one in found if one is not None]


def is_not_finite(failure: str) -> bool:
    """Return whether a run failed of a value that is not finite."""
    return "not finite" in failure


def _not_finite(failure: str, run: Watched) -> Sign | None:
    if not is_not_finite(failure):
        return None
    causes = f"a learning rate too high{_rate(run.values)}, a logarithm or division of 0 in a loss of one's own, "
    causes += "images that hold NaN (python -m data.audit), or bf16 (--set precision=fp32)"
    return Sign("NaN", f"{failure}. Usual causes: {causes}")


def _still(log: Logged) -> Iterator[Sign]:
    for term in log.losses:
        values = log.of(term)[-STILL:]
        if len(values) < STILL or len({value for _, value in values}) > 1:
            continue
        seen = f"{term} is {values[0][1]:.4g} to the last digit at updates {_updates(values)}"
        if values[0][1] == 0:
            causes = "a weight or ramp of 0 (a twin's is), a teacher that is its student, or no pixel that counts"
            yield Sign("term at 0", f"{seen}. Usual causes: {causes}")
        else:
            causes = "a learning rate of 0, weights that no optimiser holds, or a loss of detached values"
            yield Sign("constant loss", f"{seen}. Usual causes: {causes}")


def _gradient(log: Logged) -> Sign | None:
    values = log.of(GRADIENT)
    if not values or values[-1][1] != 0:
        return None
    causes = "an encoder that is frozen or detached, or outputs so large that their softmax is flat"
    return Sign(
        "zero gradient", f"the encoder's gradient is 0 at update {values[-1][0].update}. Usual causes: {causes}"
    )


def _collapse(log: Logged) -> Sign | None:
    values = log.of(RANK)
    if not values or not values[-1][1] < COLLAPSED or values[-1][0].update == 0:
        return None
    seen = f"the bottleneck's effective rank is {values[-1][1]:.2f} at update {values[-1][0].update}"
    return Sign(
        "collapse", f"{seen}: all slices look alike. Usual causes: a learning rate too high, or a term that pulls"
    )


def _rising(run: Watched) -> Sign | None:
    log = run.log
    term = "supervised" if "supervised" in log.losses else "total" if log.losses == ["total"] else ""
    last = list(log.begins)[-1] if log.begins else ""
    values = [one for one in log.of(term) if one[0].stage == last]
    if len(values) < STILL or not values[-1][1] > RISE * values[0][1] > 0:
        return None
    seen = f"{term} rose from {values[0][1]:.4g} to {values[-1][1]:.4g}"
    return Sign("rising loss", f"{seen}. Usual cause: a learning rate too high{_rate(run.values)}")


def _dice_at_zero(run: Watched, verdict: Verdict) -> Sign | None:
    values = run.log.of(DICE)
    if not values or values[-1][1] != 0:
        return None
    update = values[-1][0].update
    seen = f"validation Dice is 0 after {update} updates: all is called background"
    if said := warning(update):
        return Sign("Dice at 0", f"{seen}; {said}")
    band = [one for one in verdict.compared if one.place.term == DICE and one.place.update == update]
    if any(not one.outside for one in band):
        return Sign("Dice at 0", f"{seen}, as of seeds of the band")
    causes = (
        "a learning rate far off, labels whose values are not the structures' (python -m data.plan), masks that lie "
    )
    causes += "elsewhere than their images, or a teacher that is scored and lags behind its student"
    return Sign("Dice at 0", f"{seen}. Usual causes: {causes}")


def _standing_teacher(log: Logged) -> Sign | None:
    values = log.of(DICE)
    if len(values) < 2 or values[-1][1] == 0 or len({value for _, value in values}) > 1:
        return None
    seen = f"validation Dice is {values[0][1]:.4g} to the last digit at updates {_updates(values)}"
    causes = "the network that is scored does not move: a teacher with a decay of 1 or without its update, or a copy"
    return Sign("standing teacher", f"{seen}. Usual causes: {causes}")


def _beside(verdict: Verdict) -> Iterator[Sign]:
    """Yield what it usually means that losses or Dice are beyond their band, the better ones too."""
    beyond = {(one.place.term == DICE, one.outcome) for one in verdict.outside}
    if (False, "outside high") in beyond:
        causes = (
            "another learning rate or batch, labels that do not fit their images, a stronger augmentation, a wrong sign"
        )
        yield Sign("loss high", f"usual causes: {causes}")
    if (False, "outside low") in beyond:
        causes = "a term that is not computed or weighs nothing, less augmentation, or the same slices again and again"
        yield Sign("loss low", f"usual causes: {causes}")
    if (True, "outside low") in beyond:
        causes = "another learning rate, a network that is not the one trained, labels or sizes read otherwise"
        yield Sign("Dice low", f"usual causes: {causes}")
    if (True, "outside high") in beyond:
        causes = "validation patients in training (python -m data.audit), more labels than it says, pretrained weights"
        yield Sign("Dice high", f"better than our seeds; usual causes: {causes}, or a change that helps")


def _rate(values: Any) -> str:
    rate = (values.get("config") or {}).get("lr")
    return "" if rate is None else f" (lr {rate})"


def _updates(values: Values) -> str:
    return ", ".join(str(place.update) for place, _ in values)
