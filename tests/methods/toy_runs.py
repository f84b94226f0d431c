"""What tests of methods share: a method that has begun a stage, what one update moves, and logits of three classes."""

from typing import Any

import torch

from methods import registry
from methods.base import Clock, Method, Stage
from tests.contract.toy import BUDGET, TASK, batch_for


def made(name: str, fidelity: str = "fixed", **overrides: Any) -> tuple[Method, Stage]:
    """Return a method that has begun its last stage."""
    return begun(name, -1, fidelity, **overrides)


def begun(
    name: str, number: int, fidelity: str = "fixed", *, backbone: str = "unet", **overrides: Any
) -> tuple[Method, Stage]:
    """Return a method that has begun the stage of a number, from its initial weights."""
    config = registry.configure(name, fidelity, overrides)
    method = registry.build(name, TASK, backbone, config, weights=None, seed=0)
    stage = method.stages(BUDGET)[number]
    method.train()
    method.begin(stage)
    return method, stage


def clock(update: int = 0, total: int = 1, seed: int = 0) -> Clock:
    """With the defaults: the only update of a run, its own random numbers."""
    return Clock(update, total, torch.Generator().manual_seed(seed))


def weights_after(name: str, **overrides: Any) -> dict[str, torch.Tensor]:
    """Return all weights after one update, from the same initial ones on the same batch."""
    method, stage = made(name, **overrides)
    torch.manual_seed(0)
    method.step(batch_for(stage), clock())
    return {key: value.detach().clone() for key, value in method.named_parameters()}


def moved_in(name: str, number: int, **overrides: Any) -> set[str]:
    """Return the weights that one update of the stage of a number moves."""
    method, stage = begun(name, number, **overrides)
    before = {key: value.clone() for key, value in method.named_parameters()}
    method.step(batch_for(stage), clock())
    return {key for key, value in method.named_parameters() if not torch.equal(value, before[key])}


def moved(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> list[str]:
    return [key for key in one if not torch.equal(one[key], two[key])]


def logits(count: int = 2, seed: int = 0, scale: float = 2.0, size: int = 4) -> torch.Tensor:
    return scale * torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
