"""ACTION small enough for tests of its choices."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from methods import registry
from methods.action import Action
from methods.base import Stage
from tests.contract.toy import BUDGET, TASK, batch_for, clock

SMALL = {"embedding": 8, "representation": 8, "queries": 6, "negatives": 8, "keys": 10, "bank": 6}


def action(fidelity: str = "fixed", seed: int = 0, **choices: Any) -> Action:
    """Return the method with small heads and some choices."""
    config = registry.configure("action", fidelity, {**SMALL, **choices})
    made = registry.build("action", TASK, "unet", config, weights=None, seed=seed)
    assert isinstance(made, Action)
    return made


def stage_of(method: Action, name: str) -> Stage:
    return next(stage for stage in method.stages(BUDGET) if stage.name == name)


def begun(name: str, fidelity: str = "fixed", **choices: Any) -> tuple[Action, Stage]:
    """Return the method at the start of a stage."""
    made = action(fidelity, **choices)
    stage = stage_of(made, name)
    made.train()
    made.begin(stage)
    return made, stage


def update(made: Action, stage: Stage, number: int = 1) -> dict[str, float]:
    torch.manual_seed(number)
    values = made.step(batch_for(stage, number), clock(number, stage))
    return {name: torch.as_tensor(value).item() for name, value in values.items()}


def inputs_of(module: nn.Module, made: Action, stage: Stage) -> list[Tensor]:
    """Return the images that reach a module in one update."""
    seen: list[Tensor] = []
    handle = module.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    try:
        update(made, stage)
    finally:
        handle.remove()
    return seen


def weights(module: nn.Module) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def buffers(module: nn.Module) -> Tensor:
    return torch.cat([value.detach().float().flatten() for value in module.buffers()])
