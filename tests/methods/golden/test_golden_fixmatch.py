"""FixMatch: its complementary term, what it is sure of, and three updates are the released code's."""

from collections.abc import Callable

import pytest
from torch import Tensor

from data.batch import Batch
from methods.fixmatch import LABELINGS, leads
from methods.parts.certainty import probabilities
from methods.parts.complement import against_least_likely, unevenness
from tests.methods.golden.conftest import Compare
from tests.methods.golden.loss_cases import CASES, gradient_by_class, logits_of
from tests.methods.golden.released import Watched, batch, fill, official, sorted_weights, update_of
from tests.methods.golden.replay import Replay, begun

TERMS = {"unsupervised": "unsupervised", "total": "total"}


def two_views(number: int) -> Batch:
    return batch(4, 4, number, {"weak": None, "strong": 0})


def test_three_updates_of_fixmatch_are_the_released_ones(compare: Compare) -> None:
    method = official("fixmatch")
    fill(sorted_weights(method.student, "unet"), 0)
    begun(method)
    passes: list[Tensor] = []
    method.student.register_forward_hook(lambda _, __, out: passes.append(out.detach()))
    replay = Replay("fixmatch", "step_fixmatch", method, {"student": Watched(method.student)}, TERMS, batches=two_views)
    for terms, there, clock in replay.updates(compare):
        compare("fixmatch", "loss", method.config.supervised_weight * terms["supervised"], there["loss/supervised"])
        weak, strong = (probabilities(out) for out in passes)
        parts_of_the_loss(compare, weak, strong, there)
        compare("fixmatch", "weight", method.weight(clock), there["loss/weight"])
        passes.clear()


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
