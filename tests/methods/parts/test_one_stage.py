"""Methods of one stage: what is drawn, what is optimised, what is reported."""

from collections.abc import Sequence

import pytest

from data.batch import Draw
from methods import registry
from methods.base import Stage
from methods.networks.factory import Networks
from methods.parts.one_stage import OneStage
from methods.parts.sgd import SgdConfig
from tests.contract.toy import BUDGET, TASK


class HalfFrozen(OneStage):
    """Trains the decoder of its network only."""

    def __init__(self, task, networks, config) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()
        self.network.encoder.requires_grad_(False)

    def views(self) -> Sequence[str]:
        return ("weak", "strong")


@pytest.fixture
def method() -> HalfFrozen:
    networks = Networks("unet", TASK.classes, weights=None, seed=0)
    return networks.initialize(lambda networks: HalfFrozen(TASK, networks, SgdConfig()))


def test_the_one_stage_takes_all_updates_and_both_kinds_of_slices(method: HalfFrozen) -> None:
    draw = Draw(BUDGET.labeled, BUDGET.unlabeled, ("weak", "strong"))
    assert method.stages(BUDGET) == [Stage("train", BUDGET.updates, draw)]


def test_its_optimiser_holds_each_weight_that_is_not_frozen(method: HalfFrozen) -> None:
    trained = method.begin(method.stages(BUDGET)[0])
    assert list(trained) == ["network"]
    assert method.optimizer is trained["network"].optimizer
    held = {id(weight) for group in method.optimizer.param_groups for weight in group["params"]}
    frozen = {id(weight) for weight in method.network.encoder.parameters()}
    assert held == {id(weight) for weight in method.network.parameters()} - frozen


def test_the_network_that_learns_is_reported(method: HalfFrozen) -> None:
    assert method.predictors() == {"network": method.network}


@pytest.mark.parametrize("name", [name for name, one in registry.entries().items() if issubclass(one.cls, OneStage)])
def test_what_learns_is_a_predictor_under_the_name_of_its_optimiser(name: str) -> None:
    config = registry.configure(name, "fixed", {})
    method = registry.build(name, TASK, "unet", config, weights=None, seed=0)
    named = method.begin(method.stages(BUDGET)[0])
    assert set(method.predictors()) & set(named)
