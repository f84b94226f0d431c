"""Teachers: frozen copies that follow a student."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


def frozen_copy(student: Module) -> Module:
    """Return a copy of a module that takes no gradient."""
    return copy.deepcopy(student).requires_grad_(False)


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, decay: float | Tensor) -> None:
    """Move every weight and every floating-point buffer: teacher <- decay * teacher + (1 - decay) * student.

    Integer buffers (the batch counters of batch norm) are copied.
    """
    mine = [*teacher.parameters(), *teacher.buffers()]
    theirs = [*student.parameters(), *student.buffers()]
    pairs = list(zip(mine, theirs, strict=True))
    moving = [pair for pair in pairs if pair[0].is_floating_point()]
    _move([pair[0] for pair in moving], [pair[1] for pair in moving], decay)
    for counter, counted in pairs:
        if not counter.is_floating_point():
            counter.copy_(counted)


@torch.no_grad()
def follow_weights(teacher: nn.Module, student: nn.Module, decay: float | Tensor) -> None:
    """Move every weight and leave buffers alone, as SSL4MIS and the released ACTION code do."""
    _move(list(teacher.parameters()), list(student.parameters()), decay)


def _move(mine: list[Tensor], theirs: list[Tensor], decay: float | Tensor) -> None:
    if not isinstance(decay, Tensor):
        torch._foreach_lerp_(mine, theirs, 1 - decay)
        return
    gaps = torch._foreach_sub(theirs, mine)  # no lerp of many tensors takes one weight that lies on a card
    torch._foreach_mul_(gaps, 1 - decay)
    torch._foreach_add_(mine, gaps)


def without_dropout(teacher: nn.Module) -> None:
    """Let batch norm take the statistics of the batch at hand, as the released ACTION code does, but drop nothing.

    Running statistics hold the student's dropout noise and lag behind its weights: early in training a network that
    segments with the batch's statistics can predict nothing but background with them.
    """
    teacher.train()
    for part in teacher.modules():
        if isinstance(part, nn.modules.dropout._DropoutNd):
            part.eval()


MODES: Mapping[str, Callable[[nn.Module], object]] = {
    "batch": without_dropout,
    "training": nn.Module.train,
    "running": nn.Module.eval,
}
FOLLOWS: Mapping[str, Callable[[nn.Module, nn.Module, float | Tensor], None]] = {
    "all": follow,
    "weights": follow_weights,
}


def warm_decay(decay: float, update: int) -> float:
    """Return min(1 - 1 / (update + 1), decay): a young teacher follows fast (Tarvainen & Valpola 2017, their code)."""
    return min(1 - 1 / (update + 1), decay)
