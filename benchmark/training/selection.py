"""The selection rules: which weights of a run are scored. Fixed before the run; test cases never choose."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.errors import RunError
from methods.base import Stage

HEADLINE = "last"
RULES = ("last", "val_best", "ema_last")
EMA_DECAY = 0.99

State = dict[str, Tensor]


class Selection:
    """Follows the first predictor through the last stage and keeps what each rule would choose.

    last: the weights after the final update. val_best: those with the highest Dice on the validation patients.
    ema_last: an exponential average of the weights at the end, buffers included.
    """

    def __init__(self, predictor: nn.Module) -> None:
        self.average = copy.deepcopy(predictor).requires_grad_(False)
        self.best: State | None = None
        self.best_dice = -1.0
        self.best_update = -1
        self.offered = False

    @torch.no_grad()
    def follow(self, predictor: nn.Module) -> None:
        """Move the average one update on."""
        mine, theirs = ([*module.parameters(), *module.buffers()] for module in (self.average, predictor))
        pairs = [(old, new) for old, new in zip(mine, theirs, strict=True) if old.is_floating_point()]
        torch._foreach_lerp_([old for old, _ in pairs], [new for _, new in pairs], 1 - EMA_DECAY)

    def offer(self, predictor: nn.Module, dice: float, update: int) -> None:
        """Keep the predictor's weights if they are the best on validation so far; the earlier of equals stays."""
        self.offered = True
        if dice > self.best_dice:
            self.best, self.best_dice, self.best_update = snapshot(predictor), dice, update

    def state(self) -> Mapping[str, Any]:
        """Return what a checkpoint holds of this."""
        return {
            "average": snapshot(self.average),
            "best": self.best,
            "best_dice": self.best_dice,
            "best_update": self.best_update,
            "offered": self.offered,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a checkpoint's state."""
        self.average.load_state_dict(state["average"])
        self.best, self.best_dice, self.best_update = state["best"], state["best_dice"], state["best_update"]
        self.offered = state.get("offered", self.best is not None)  # older checkpoints don't tell

    def chosen(self, predictor: nn.Module) -> Mapping[str, State]:
        """Return the weights each rule chooses, by rule; ``val_best`` chooses none where nothing was offered."""
        last = snapshot(predictor)
        best = last if self.best is None else self.best
        chosen = {"last": last, "val_best": best, "ema_last": snapshot(self.average)}
        return chosen if self.offered else {rule: state for rule, state in chosen.items() if rule != "val_best"}


def snapshot(module: nn.Module) -> State:
    """Return a copy of a module's weights and buffers that training will not change."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def check_nothing_kept(stages: Sequence[Stage]) -> None:
    """Raise RunError for a stage that goes on from its best weights: without validation patients none is the best."""
    for stage in stages:
        if stage.keep == "best":
            raise RunError(
                f"stage {stage.name!r} keeps its best weights by validation Dice, and there are no validation patients;"
                " have some, or keep its last (--set keep=last, where the method has that field)"
            )
