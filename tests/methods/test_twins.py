"""Twins: an update in which nothing weighs moves nothing, not even by a decay of weights."""

from __future__ import annotations

from itertools import chain

import pytest
import torch

from methods import registry
from methods.base import Budget, Trained
from tests.contract.toy import TASK, batch_for
from tests.methods.toy_runs import clock

BUDGET = Budget(updates=2, per_stage=True, labeled=2, unlabeled=2)
SIDE = 64  # of which GCL's `official` compares maps of 8 x 8, four regions
TWINS = [
    (name, fidelity)
    for name in registry.entries()
    for fidelity in ("fixed", "official")
    if registry.entry(name).cls.twin and fidelity in registry.entry(name).cls.fidelities
]


def weights(trained: dict[str, Trained]) -> list[torch.Tensor]:
    groups = chain.from_iterable(one.optimizer.param_groups for one in trained.values())
    return [weight for group in groups for weight in group["params"]]


@pytest.mark.parametrize(("name", "fidelity"), TWINS)
def test_a_stage_in_which_nothing_weighs_leaves_a_twins_weights_as_they_are(name: str, fidelity: str) -> None:
    entry = registry.entry(name)
    config = entry.configure(fidelity, entry.cls.twin)
    method = registry.build(name, TASK, "unet", config, weights=None, seed=0)
    for stage in method.stages(BUDGET):
        method.train()
        taught = weights(dict(method.begin(stage)))
        before = [weight.clone() for weight in taught]
        torch.manual_seed(0)
        values = method.step(batch_for(stage, 0, SIDE), clock(total=stage.updates))
        moved = any(not torch.equal(one, other) for one, other in zip(taught, before, strict=True))
        assert moved == (float(values["total"]) != 0), stage.name


def test_pre_training_at_no_weight_is_such_a_stage() -> None:
    entry = registry.entry("scs")
    method = registry.build("scs", TASK, "unet", entry.configure("fixed", entry.cls.twin), weights=None, seed=0)
    (stage, *_) = method.stages(BUDGET)
    method.begin(stage)
    assert float(method.step(batch_for(stage, 0, SIDE), clock(total=stage.updates))["total"]) == 0
