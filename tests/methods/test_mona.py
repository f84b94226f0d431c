"""MONA and ARCO beside ACTION: two phases, neighbours in a memory, equivariance, pixels drawn by groups."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from methods import registry
from methods.base import Budget, Clock, Stage
from methods.contract.terms import SURE
from methods.errors import MethodError
from methods.mona import Mona
from methods.parts.anatomical import Sampling
from methods.parts.mona_config import ArcoConfig, MonaConfig
from methods.parts.nearest import nearest_loss
from methods.parts.pixel_draws import draw_by_groups, draw_by_opposites, draw_pixels
from tests.contract.toy import BUDGET, TASK, batch_for, clock
from tests.thin_network import thin_network

SMALL = {"embedding": 8, "representation": 8, "queries": 6, "negatives": 8, "keys": 10, "bank": 6, "nearest_bank": 7}
BOTH = pytest.mark.parametrize("name", ["mona", "arco"])


@pytest.fixture(autouse=True)
def thin() -> Iterator[None]:
    with thin_network():
        yield


def begun(name: str = "mona", **choices: Any) -> tuple[Mona, Stage]:
    """Return a small method at the start of fine-tuning."""
    config = registry.configure(name, "fixed", {**SMALL, **choices})
    made = registry.build(name, TASK, "unet", config, weights=None, seed=0)
    assert isinstance(made, Mona)
    stage = made.stages(BUDGET)[-1]
    made.train()
    made.begin(stage)
    return made, stage


def update(made: Mona, stage: Stage, number: int = 1) -> dict[str, float]:
    torch.manual_seed(number)
    values = made.step(batch_for(stage, number), clock(number, stage))
    return {name: torch.as_tensor(value).item() for name, value in values.items()}


@BOTH
@pytest.mark.parametrize("fidelity", ["paper", "fixed"])
def test_there_are_two_phases_of_a_third_and_two_thirds(name: str, fidelity: str) -> None:
    made = registry.build(name, TASK, "unet", registry.configure(name, fidelity, SMALL), weights=None, seed=0)
    stages = {stage.name: stage.updates for stage in made.stages(Budget(60, False, 2, 2))}
    assert stages == {"local": 20, "anatomical": 40}


@BOTH
def test_the_released_codes_values_are_not_offered_and_that_is_told(name: str) -> None:
    with pytest.raises(MethodError, match=f"{name} has no fidelity 'official'; it has paper, fixed"):
        registry.configure(name, "official", {})


def test_weights_and_neighbours_are_the_published_ones() -> None:
    for name in ("mona", "arco"):
        for fidelity in ("paper", "fixed"):
            config = registry.configure(name, fidelity, {})
            assert isinstance(config, MonaConfig)
            weights = (config.contrast_weight, config.unsupervised_weight, config.nearest_weight)
            assert weights == (0.01, 1.0, 1.0)
            assert (config.neighbors, config.nearest_bank, config.representation, config.grid) == (5, 36, 512, 4)
    slices = {name: registry.configure("arco", name, {}) for name in ("paper", "fixed")}
    assert {name: (one.pretrain_batch, one.contrast_batch) for name, one in slices.items()} == {
        "paper": (3, 4),
        "fixed": (0, 0),
    }


def test_arco_differs_from_mona_in_how_pixels_are_drawn_and_in_equivariance() -> None:
    one, other = (registry.configure(name, "fixed", {}).model_dump() for name in ("mona", "arco"))
    assert {field: (one[field], other[field]) for field in one if one[field] != other[field]} == {
        "pixels": ("any", "groups"),
        "equivariance_weight": (1.0, 0.0),
    }
    paper = registry.configure("arco", "paper", {})
    assert (paper.student_view, paper.mixed_view, paper.equivariance_weight) == ("weak", "weak", 0.0)


@pytest.mark.parametrize(
    ("pixels", "draw"), [("any", draw_pixels), ("groups", draw_by_groups), ("opposites", draw_by_opposites)]
)
def test_queries_and_keys_are_drawn_as_the_config_says(pixels: str, draw: Any) -> None:
    made, stage = begun(pixels=pixels, grid=3)
    drawn: dict[str, Any] = {}

    class Noting(Clock):
        def draw(self, name: str, make: Any, *args: Any) -> Any:
            drawn[name] = make
            return super().draw(name, make, *args)

    made.step(batch_for(stage, 0), Noting(0, 4, torch.Generator().manual_seed(0)))
    for name in ("queries", "keys"):
        make = drawn[name]
        assert (make.func, make.args) == (draw, (3,)) if isinstance(make, partial) else make is draw
    assert "negatives" in drawn


def test_the_default_of_a_sampling_is_actions_own_draw() -> None:
    assert Sampling(1, 1, 1, 1, 1).pick is draw_pixels


@BOTH
def test_the_total_is_the_weighted_sum_of_all_terms(name: str) -> None:
    weights = {"unsupervised": 0.5, "contrast": 0.25, "nearest": 3.0, "equivariance": 7.0}
    made, stage = begun(name, **{f"{term}_weight": weight for term, weight in weights.items()}, **SURE_HERE)
    values = update(made, stage)
    assert set(values) == {"total", "supervised", *weights}
    assert all(values[term] > 0 for term in weights)
    expected = values["supervised"] + sum(weight * values[term] for term, weight in weights.items())
    assert values["total"] == pytest.approx(expected, rel=1e-5)


def test_the_weight_of_equivariance_grows_as_that_of_pseudo_labels_does() -> None:
    made, stage = begun(**{**SURE_HERE, "unsupervised_ramp": 1.0, "equivariance_weight": 2.0, "contrast_weight": 0.0})
    half = Clock(1, 2, torch.Generator().manual_seed(0))
    values = {name: float(value) for name, value in made.step(batch_for(stage, 1), half).items()}
    ramp = math.exp(-5 * 0.5**2)
    expected = values["supervised"] + ramp * (values["unsupervised"] + 2 * values["equivariance"]) + values["nearest"]
    assert values["equivariance"] > 0
    assert values["total"] == pytest.approx(expected, rel=1e-5)


SURE_HERE = {name: SURE[name] for name in ("confident", "valid", "unsupervised_ramp")}


@BOTH
def test_a_term_that_weighs_nothing_is_not_computed(name: str) -> None:
    made, stage = begun(name, nearest_weight=0, equivariance_weight=0)
    before = made.nearest_bank.anchors.clone()
    assert set(update(made, stage)) == {"total", "supervised", "unsupervised", "contrast"}
    assert torch.equal(made.nearest_bank.anchors, before)
    assert "equivariance" not in update(*begun("arco"))


def taught_cells(made: Mona, stage: Stage, number: int) -> list[Tensor]:
    """Return what an update gives to the memory, as it is pushed."""
    pushed: list[Tensor] = []
    bank = made.nearest_bank
    push = type(bank).push
    bank.push = lambda given: (pushed.append(given.clone()), push(bank, given))[1]  # type: ignore[method-assign]
    update(made, stage, number)
    return pushed


def test_the_memory_lets_the_oldest_slices_go_first() -> None:
    made, stage = begun()
    kept = list(made.nearest_bank.anchors.clone())
    assert made.nearest_bank.anchors.shape == (7, 64, 8)
    for number in range(5):
        (pushed,) = taught_cells(made, stage, number)
        assert len(pushed) == stage.draw.unlabeled
        kept = [*torch.nn.functional.normalize(pushed, dim=-1), *kept][:7]
        torch.testing.assert_close(made.nearest_bank.anchors, torch.stack(kept))
    assert "nearest_bank.anchors" in made.state_dict()


def test_neighbours_are_sought_among_slices_of_earlier_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    made, stage = begun()
    before, met = made.nearest_bank.anchors.clone(), []

    def noting(seen: Tensor, taught: Tensor, memory: Tensor, neighbors: int) -> Tensor:
        met.append((len(seen), len(taught), memory.clone(), neighbors, seen.requires_grad, taught.requires_grad))
        return nearest_loss(seen, taught, memory, neighbors)

    monkeypatch.setattr("methods.mona.nearest_loss", noting)
    update(made, stage)
    ((seen, taught, memory, neighbors, student, teacher),) = met
    assert (seen, taught, neighbors) == (stage.draw.unlabeled, stage.draw.unlabeled, 5)
    assert torch.equal(memory, before)
    assert (student, teacher) == (True, False)


def test_the_teachers_head_follows_the_students() -> None:
    made, stage = begun(decay=0.9)
    before = [weight.clone() for weight in made.taught.parameters()]
    update(made, stage)
    for old, mine, theirs in zip(before, made.taught.parameters(), made.representation.parameters(), strict=True):
        assert not mine.requires_grad
        torch.testing.assert_close(mine, 0.9 * old + 0.1 * theirs, atol=1e-7, rtol=1e-5)


def test_equivariance_is_asked_for_on_structures_alone() -> None:
    made, stage = begun(valid=1.0)  # no pseudo-label is as sure, so that the labelled slices' structures are left
    assert update(made, stage)["equivariance"] > 0
    batch = batch_for(stage, 1)
    bare = type(batch)(batch.labeled, torch.zeros_like(batch.masks), batch.unlabeled)
    assert float(made.step(bare, clock(1, stage))["equivariance"]) == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"neighbors": 37}, "neighbors=37 are more than nearest_bank=36 holds; expected no more"),
        ({"least_zoom": 1.5}, "least_zoom=1.5 is above most_zoom=1.2; expected no more"),
        ({"pixels": "grid"}, "--set pixels=grid: Input should be 'any', 'groups' or 'opposites'"),
        ({"representation_head": "convolved"}, "--set representation_head=convolved: Input should be 'pyramid'"),
    ],
)
def test_a_value_that_can_not_be_is_named(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(MethodError, match=words):
        registry.configure("arco", "fixed", wrong)


def test_the_constants_of_both_say_where_they_are_from() -> None:
    for config in (MonaConfig, ArcoConfig):
        assert all(field.description for field in config.model_fields.values())
    words = MonaConfig.model_fields["equivariance_weight"].description or ""
    assert "the paper's own was not read" in words
