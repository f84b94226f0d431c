"""What every registered method must do. A new method file is covered without a change here."""

import copy
import inspect
import math

import pytest
import torch

from methods import registry
from methods.base import Budget, Method, Stage
from tests.contract.terms import SURE, alone, frozen_norms, noted
from tests.contract.toy import BUDGET, TASK, batch_for, clock

SIZE = 32
SMALLEST = 64  # of slices that backbones of others don't average to one value


def train(method: Method, stage: Stage, updates: range, side: int = SIZE) -> list[dict[str, float]]:
    values = []
    for update in updates:
        torch.manual_seed(update)
        values.append(
            {
                k: torch.as_tensor(v).item()
                for k, v in method.step(batch_for(stage, update, side), clock(update, stage)).items()
            }
        )
    return values


def test_every_constant_names_its_source(name: str) -> None:
    fields = registry.entry(name).cls.Config.model_fields
    assert fields
    assert [field for field, value in fields.items() if not value.description] == []


def test_method_file_is_short_and_says_what_it_does(name: str) -> None:
    entry = registry.entry(name)
    most = 250 if name == "action" else 150  # three stages, each a method of its own
    assert len(inspect.getsource(inspect.getmodule(entry.cls)).splitlines()) <= most
    assert entry.line
    assert entry.paper
    assert entry.title


def test_stages_spend_the_whole_budget(make) -> None:
    stages = make().stages(BUDGET)
    assert sum(stage.updates for stage in stages) == BUDGET.updates
    method = make()
    per_stage = method.stages(Budget(8, True, 2, 2))
    whole = getattr(method.config, "whole_updates", 0)  # of a paper that counts its stages together
    assert sum(stage.updates for stage in per_stage) == (whole or 8 * len(per_stage))


def test_every_stage_trains_and_logs_finite_terms(make) -> None:
    method = make()
    for stage in method.stages(BUDGET):
        method.train()
        before = {k: v.clone() for k, v in method.state_dict().items()}
        assert method.begin(stage)
        values = train(method, stage, range(2))
        assert values[0]
        assert all(math.isfinite(value) for step in values for value in step.values())
        moved = [k for k, v in method.state_dict().items() if not torch.equal(v, before[k])]
        assert moved


def test_predictors_map_images_to_logits(make) -> None:
    predictors = make().eval().predictors()
    assert predictors
    for predictor in predictors.values():
        assert predictor(torch.zeros(2, 1, SIZE, SIZE)).shape == (2, TASK.classes, SIZE, SIZE)


def test_training_moves_the_reported_predictor(make) -> None:
    method = make()
    stage = method.stages(BUDGET)[-1]
    method.train()
    method.begin(stage)
    weights = [w.clone() for w in next(iter(method.predictors().values())).parameters()]
    train(method, stage, range(3))
    after = list(next(iter(method.predictors().values())).parameters())
    assert any(not torch.equal(a, b) for a, b in zip(weights, after, strict=True))


def test_same_seed_gives_the_same_bits(make) -> None:
    states = []
    for _ in range(2):
        method = make(seed=3)
        for stage in method.stages(BUDGET):
            method.train()
            method.begin(stage)
            train(method, stage, range(stage.updates))
        states.append(method.state_dict())
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])


def test_other_seed_gives_other_weights(make) -> None:
    one, two = (next(iter(make(seed=s).parameters())) for s in (1, 2))
    assert not torch.equal(one, two)


def test_resumed_in_any_stage_equals_straight_through(make) -> None:
    """Resume is begin(stage), then load: method and optimisers."""
    straight, resumed = make(seed=5), make(seed=5)
    for stage in straight.stages(BUDGET):
        straight.train()
        trained = straight.begin(stage)
        train(straight, stage, range(1))
        saved = {k: v.clone() for k, v in straight.state_dict().items()}
        optimizers = {k: copy.deepcopy(t.optimizer.state_dict()) for k, t in trained.items()}
        train(straight, stage, range(1, stage.updates))

        resumed.train()
        again = resumed.begin(stage)
        resumed.load_state_dict(saved)
        for key, value in again.items():
            value.optimizer.load_state_dict(optimizers[key])
        train(resumed, stage, range(1, stage.updates))
        left, right = straight.state_dict(), resumed.state_dict()
        assert [k for k in left if not torch.equal(left[k], right[k])] == []


@pytest.mark.usefixtures("thin")
def test_each_unlabelled_term_reaches_the_weights(name: str) -> None:
    """Other unlabelled slices must give other weights by each term alone, in every stage that draws any."""
    entry = registry.entry(name)
    config = registry.configure(name, "fixed", {k: v for k, v in SURE.items() if k in entry.cls.Config.model_fields})

    def built() -> Method:
        return registry.build(name, TASK, "unet", config, weights=None, seed=7)

    drawing = [(index, stage) for index, stage in enumerate(built().stages(BUDGET)) if stage.draw.unlabeled]
    assert bool(drawing) == entry.needs_unlabeled
    for index, stage in drawing:
        terms = _terms(built(), index)
        assert terms, stage.name
        for term in terms:
            one, two = (_after_one_update(built(), index, term, other) for other in (0, 1))
            assert any(not torch.equal(a, b) for a, b in zip(one, two, strict=True)), (stage.name, term)


@pytest.mark.usefixtures("thin")
def test_the_twin_turns_off_every_unlabelled_term(name: str) -> None:
    """A twin's total is its supervised term to the last bit, and 0 where a stage has none."""
    entry = registry.entry(name)
    assert bool(entry.cls.twin) == entry.needs_unlabeled
    config = registry.configure(name, "fixed", dict(entry.cls.twin))
    method = registry.build(name, TASK, "unet", config, weights=None, seed=0)
    for stage in method.stages(BUDGET):
        method.train()
        method.begin(stage)
        for values in train(method, stage, range(2)):
            assert values["total"] == values.get("supervised", 0.0)


def test_every_fidelity_trains_in_every_stage(name: str) -> None:
    for fidelity in registry.entry(name).cls.fidelities:
        config = registry.configure(name, fidelity, {})
        method = registry.build(name, TASK, "unet", config, weights=None, seed=0)
        for stage in method.stages(BUDGET):
            method.train()
            method.begin(stage)
            assert all(math.isfinite(value) for value in train(method, stage, range(1))[0].values())


def test_batches_have_no_way_to_hold_unlabelled_masks() -> None:
    from dataclasses import fields

    from data.batch import Images

    assert {field.name for field in fields(Images)} == {"views", "case", "position"}


@pytest.mark.parametrize("backbone", ["resnet18", "unetplusplus:tu-test_resnet", "fpn:tu-test_resnet"])
def test_works_on_a_segmentation_models_pytorch_backbone(make, backbone: str) -> None:
    method = make(backbone=backbone)
    for stage in method.stages(BUDGET):
        method.train()
        method.begin(stage)
        train(method, stage, range(1), SMALLEST)
    images = torch.zeros(1, 1, SMALLEST, SMALLEST)
    assert next(iter(method.eval().predictors().values()))(images).shape[1] == TASK.classes


def _terms(method: Method, index: int) -> list[str]:
    """Return the terms of a stage's first update that move a predictor and are of unlabelled slices."""
    stage, found = method.stages(BUDGET)[index], list[str]()
    method.train()
    method.begin(stage)
    with noted({id(weight) for weight in _predicting(method)}, found):
        method.step(batch_for(stage, 0, SIZE), clock(0, stage))
    return found


def _after_one_update(method: Method, index: int, term: str, other: int) -> list[torch.Tensor]:
    """Return the predictors' weights after an update by one term, on one of two sets of unlabelled slices."""
    stage = method.stages(BUDGET)[index]
    method.train()
    method.begin(stage)
    batch, replaced = (batch_for(stage, seed, SIZE) for seed in (0, 10 + other))
    torch.manual_seed(0)
    with frozen_norms(), alone(term):
        method.step(type(batch)(batch.labeled, batch.masks, replaced.unlabeled), clock(0, stage))
    return [weight.clone() for weight in _predicting(method)]


def _predicting(method: Method) -> list[torch.Tensor]:
    return [weight for predictor in method.predictors().values() for weight in predictor.parameters()]
