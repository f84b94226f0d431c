"""Logits and masks that the released losses were computed of (losses.npz)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tests.methods.golden.released import TASK, blocks, drawn

CASES = ("all_classes", "no_class3", "only_background")
COUNT, SIDE = 3, 32


def masks_of(case: str) -> Tensor:
    """Return y (3, 32, 32) of a case."""
    greatest = {"all_classes": 3, "no_class3": 2, "only_background": 0}[case]
    return torch.from_numpy(np.minimum(blocks(COUNT, SIDE, 60 + CASES.index(case), 0), greatest))


def logits_of(case: str) -> tuple[Tensor, Tensor]:
    """Return z, with a gradient, and w, (3, 4, 32, 32) each, of a case."""
    key, shape = 60 + CASES.index(case), (COUNT, TASK.classes, SIDE, SIDE)
    first, second = (2 * torch.from_numpy(drawn(key, number).standard_normal(shape)) for number in (1, 2))
    known = functional.one_hot(masks_of(case), TASK.classes).movedim(-1, 1)
    return (first + 1.5 * known).requires_grad_(), second


def gradient_by_class(term: Tensor, logits: Tensor) -> Tensor:
    """Return the norm of a term's gradient with respect to the logits of each class."""
    (slope,) = torch.autograd.grad(term, logits)
    return slope.square().sum((0, 2, 3)).sqrt()
