"""What acts on sure pixels alone is seen though its threshold is written out in the step of untrained networks."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from benchmark.outside.named import method_named
from methods import registry
from methods.contract.confident import SPREAD, spread
from methods.contract.rules import RULES, look
from methods.contract.subject import SIDE, Subject
from tests.benchmark.test_check import STEP, faulty
from tests.benchmark.test_check_natural import GAP

pytestmark = pytest.mark.usefixtures("shallow")

SEG = "segmentation_loss(logits[:count], batch.masks)"
TERM = "agreement=(weight, gap)"
CONFIDENCE = f"        confidence, label = logits[count:].detach().softmax(1).max(1)\n{GAP}"
LOSSES = "torch.nn.functional.cross_entropy(logits[count:], label, reduction='none')"
LOOKED_AT = ("trains", "repeats", "resumes", "unlabelled", "twin", "blind", "passes")
GATES = {
    "a number": "(confidence > 0.95)",
    "a hinge": "(confidence - 0.98).relu()",
    "a rank of logits": "(logits[count:].detach().topk(2, 1).values.diff(dim=1)[:, 0].abs() > 5)",
    "entropy": "(torch.special.entr(logits[count:].detach().softmax(1)).sum(1) < 0.01)",
    "a whole slice": "(confidence.amax((1, 2), keepdim=True) > 0.999)",
}


def broken_of(file: Path) -> dict[str, str]:
    rules = [rule for rule in RULES if rule.name in LOOKED_AT]
    return {one.rule.name: one.seen for one in look(Subject(method_named(str(file))), rules) if one.is_broken}


@pytest.mark.parametrize("gate", GATES)
def test_a_leak_of_sure_unlabelled_pixels_into_the_supervised_term_is_told(gate: str, tmp_path: Path) -> None:
    leak = f"{SEG} + ({GATES[gate]} * {LOSSES}).mean()"
    broken = broken_of(faulty(tmp_path, [(GAP, CONFIDENCE), (SEG, leak)]))
    assert list(broken) == ["blind"]
    assert "gives network other weights with other unlabelled slices" in broken["blind"]


@pytest.mark.parametrize("gate", GATES)
def test_a_term_of_sure_pixels_alone_is_seen_to_teach(gate: str, tmp_path: Path) -> None:
    sure = f"agreement=(weight, ({GATES[gate]} * {LOSSES}).mean())"
    assert broken_of(faulty(tmp_path, [(GAP, CONFIDENCE), (TERM, sure)])) == {}


def test_a_term_of_sure_pixels_that_the_twin_leaves_is_told(tmp_path: Path) -> None:
    left = f"{TERM}, sure=((confidence > 0.95) * {LOSSES}).mean()"
    assert list(broken_of(faulty(tmp_path, [(GAP, CONFIDENCE), (TERM, left)]))) == ["twin"]


def test_a_counter_that_counts_for_sure_pixels_alone_is_lost_to_who_goes_on(tmp_path: Path) -> None:
    counted = (STEP, f"{STEP}        self.seen = getattr(self, 'seen', 0) + 1\n")
    sure = f"agreement=(weight, self.seen * ((confidence > 0.95) * {LOSSES}).mean())"
    assert list(broken_of(faulty(tmp_path, [(GAP, CONFIDENCE), counted, (TERM, sure)]))) == ["resumes"]


@pytest.mark.parametrize("gate", ["(confidence > 1)", "(confidence < 0)"])
def test_a_term_that_no_sure_pixel_lets_act_is_told(gate: str, tmp_path: Path) -> None:
    never = f"agreement=(weight, ({gate} * {LOSSES}).mean())"
    broken = broken_of(faulty(tmp_path, [(GAP, CONFIDENCE), (TERM, never)]))
    assert broken["unlabelled"].startswith("other unlabelled slices move nothing by the term agreement of stage train")


@pytest.mark.parametrize("name", ["em", "mcnet", "cct", "mean_teacher"])
def test_a_confident_method_is_so_in_each_of_its_networks_by_the_same_factor_for_a_seed(name: str) -> None:
    images = torch.rand(2, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    one, other = (Subject(registry.entry(name)).confident().build(seed=3) for _ in range(2))
    for mine, his in zip(one.predictors().values(), other.predictors().values(), strict=True):
        torch.manual_seed(0)
        given = mine(images)
        torch.manual_seed(0)
        assert torch.equal(given, his(images))
        assert SPREAD / 2 < float(given.detach().std()) < SPREAD * 2


def test_what_a_layer_gives_is_spread_and_its_gradients_stay() -> None:
    images, given, slopes = torch.rand(2, 1, SIDE, SIDE), [], []
    plain = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.Conv2d(8, 4, 1))
    sure = copy.deepcopy(plain)
    spread(sure, 1, 4, SIDE)
    for network in (plain, sure):
        given.append(network(images))
        given[-1].sum().backward()
        slopes.append([weight.grad for weight in network.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*slopes, strict=True))
    assert torch.allclose(given[1] / given[1].std(), given[0] / given[0].std(), atol=1e-4)
    assert float(given[1].detach().std()) == pytest.approx(SPREAD, rel=0.05)


@pytest.mark.parametrize("of_sure", ["(1 - p).log()", "(p / (1 - p))"])
def test_a_term_that_is_not_finite_once_a_network_is_sure_is_told_as_that(of_sure: str, tmp_path: Path) -> None:
    term = f"agreement=(weight, (lambda p: {of_sure})(probabilities(logits[count:])).mean())"
    broken = broken_of(faulty(tmp_path, [(TERM, term)]))
    assert list(broken) == ["trains"]
    assert broken["trains"].startswith("stage train, once a network is sure of pixels, to a probability of 1,")
