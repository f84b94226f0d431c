"""FixMatch: its complementary term, what it is sure of, and three updates are the released code's."""

from collections.abc import Callable

import pytest
from torch import Tensor

from methods.base import Budget
from methods.fixmatch import LABELINGS, leads
from methods.parts.certainty import probabilities
from methods.parts.complement import against_least_likely, unevenness
from tests.methods.golden.conftest import Compare
from tests.methods.golden.loss_cases import CASES, gradient_by_class, logits_of
from tests.methods.golden.released import (
    START,
    TOTAL,
    Given,
    Watched,
    batch,
    fill,
    match,
    official,
    sorted_weights,
    start,
    step,
    update_of,
)


def test_three_updates_of_fixmatch_are_the_released_ones(compare: Compare) -> None:
    method = official("fixmatch")
    fill(sorted_weights(method.student, "unet"), 0)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched, passes = {"student": Watched(method.student)}, []
    method.student.register_forward_hook(lambda _, __, out: passes.append(out.detach()))
    for number in range(3):
        there, given = update_of("step_fixmatch", f"u{number}"), Given(START + number)
        passes.clear()
        terms = step(method, batch(4, 4, number, {"weak": None, "strong": 0}), given, fresh=number == 0)
        compare("fixmatch", "loss", method.config.supervised_weight * terms["supervised"], there["loss/supervised"])
        for name in ("unsupervised", "total"):
            compare("fixmatch", "loss", terms[name], there[f"loss/{name}"])
        weak, strong = (probabilities(out) for out in passes)
        parts_of_the_loss(compare, weak, strong, there)
        compare("fixmatch", "weight", method.weight(given), there["loss/weight"])
        compare("fixmatch", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        match(compare, "fixmatch", watched, there)


def parts_of_the_loss(compare: Callable[..., None], weak: Tensor, strong: Tensor, there: dict[str, Tensor]) -> None:
    uneven = unevenness(strong)
    compare("fixmatch", "loss", uneven, there["loss/sample_weight"])
    compare("fixmatch", "loss", against_least_likely(weak, strong) / uneven, there["loss/complement"])
    classes, _ = LABELINGS["background"](weak[4:], 0.8)
    compare("fixmatch", "labels", (leads(weak[4:]).amax(1) > 0.8).double().mean(), there["loss/confident_share"])
    compare("fixmatch", "labels", (classes == 0).double().mean(), there["loss/pseudo_is_class0"])


@pytest.mark.parametrize("case", CASES)
def test_the_complementary_term_and_its_gradient_are_the_released_ones(compare: Compare, case: str) -> None:
    strong, weak = logits_of(case)
    there = update_of("losses", case)
    term = against_least_likely(weak.softmax(1), strong.softmax(1))
    uneven = unevenness(strong.softmax(1)).detach()
    compare("fixmatch", "loss", uneven, there["complement_sample_weight"])
    compare("fixmatch", "loss", term.detach(), there["complement_used"])
    compare("fixmatch", "loss", term.detach() / uneven, there["complement"])
    compare("fixmatch", "gradient", gradient_by_class(term, strong), there["complement_used_gradient_norm_per_class"])


@pytest.mark.parametrize("case", CASES)
def test_a_lead_is_the_released_one(compare: Compare, case: str) -> None:
    found, there = leads(logits_of(case)[1].softmax(1)), update_of("losses", case)
    compare("fixmatch", "labels", found[:, :, 0, :4], there["normalised_weak_corner"])
    shares = (found > 0.8).double().mean((0, 2, 3))
    compare("fixmatch", "labels", shares, there["normalised_weak_share_above_0.8"])
