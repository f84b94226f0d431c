"""In which mode a network makes targets: with dropout and the statistics of the batch at hand some papers mean it."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.module import register_module_forward_pre_hook

from methods.asked import stages_of
from methods.contract.pace import Line, Slow, within
from methods.contract.subject import SIDE, Subject, begun
from methods.contract.toy import BUDGET, batch_for, clock

MEANT = "call eval() on it before, unless it is meant"


def unsettled(subject: Subject) -> list[Slow]:
    """Return the lines at which a network passes without gradients, as for targets, and drops or follows its batch."""
    found: dict[Line, set[str]] = {}

    def hook(module: nn.Module, given: tuple[Any, ...]) -> None:
        kind = _kind(module)
        line = within(sys._getframe(1), subject) if kind and not torch.is_grad_enabled() else None
        if line is not None:
            found.setdefault(line, set()).add(kind)

    method = subject.build()
    handle = register_module_forward_pre_hook(hook)
    try:
        for stage in stages_of(method, BUDGET):
            begun(method, stage)
            torch.default_generator.manual_seed(0)
            method.step(batch_for(stage, 0, SIDE), clock(0, stage))
    finally:
        handle.remove()
    return [
        Slow(subject.files[file], number, f"with {' and '.join(sorted(kinds, reverse=True))}; {MEANT}")
        for (file, number), kinds in sorted(found.items())
    ]


def _kind(module: nn.Module) -> str:
    """Return what a layer does in training mode alone, empty for one that does nothing of its own there."""
    if not module.training:
        return ""
    if isinstance(module, _DropoutNd):
        return "dropout" if module.p else ""
    return "batch norm of the slices at hand" if isinstance(module, _BatchNorm) else ""
