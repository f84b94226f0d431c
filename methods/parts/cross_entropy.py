"""Cross-entropy of pixels, added up in a fixed order on every device."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from data.task import IGNORED
from methods.parts.precision import full


def each(logits: Tensor, classes: Tensor) -> Tensor:
    """Return the cross-entropy (N, H, W) of logits (N, classes, H, W) to classes (N, H, W); 0 where IGNORED."""
    return functional.cross_entropy(full(logits), classes, ignore_index=IGNORED, reduction="none")


def total(logits: Tensor, classes: Tensor) -> Tensor:
    """Return the sum over pixels. CUDA's kernel, if it is to add them up itself, does so in any order."""
    if logits.device.type == "cpu":
        return functional.cross_entropy(full(logits), classes, ignore_index=IGNORED, reduction="sum")
    return each(logits, classes).sum()


def mean(logits: Tensor, classes: Tensor) -> Tensor:
    """Return the mean over pixels, all of which are labelled."""
    if logits.device.type == "cpu":
        return functional.cross_entropy(full(logits), classes)
    return each(logits, classes).mean()
