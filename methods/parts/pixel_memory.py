"""Supervised contrast with a memory of labelled pixels and with centres, as the released ACTION++ code has it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.adaptive import Adaptive, RunningMeans
from methods.parts.precision import full
from methods.parts.simplex import match

UNKNOWN = -1  # the class of an entry that nothing was written to yet


class PixelMemory(nn.Module):
    """The last labelled pixels' unit vectors (size, width) and classes (size,), written round and round.

    It starts with random vectors of no class, as the released code's does.
    """

    vectors: Tensor
    classes: Tensor
    pointer: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.register_buffer("vectors", functional.normalize(torch.randn(size, width), dim=1))
        self.register_buffer("classes", torch.full((size,), UNKNOWN))
        self.register_buffer("pointer", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def push(self, vectors: Tensor, classes: Tensor, counted: Tensor) -> None:
        """Write vectors (P, width) of classes (P,) over the oldest entries, those that are counted (P,) bool."""
        size, count = len(self.classes), counted.sum()
        first = torch.argsort((~counted).to(torch.uint8), stable=True)  # counted ones in their order, then the others
        place = (torch.arange(size, device=self.classes.device) - self.pointer) % size
        written, source = place < count, first[place.clamp_max(len(first) - 1)]
        self.vectors.copy_(torch.where(written.unsqueeze(1), vectors.to(self.vectors.dtype)[source], self.vectors))
        self.classes.copy_(torch.where(written, classes[source], self.classes))
        self.pointer.copy_((self.pointer + count) % size)


class UnitMeans(RunningMeans):
    """Each class's mean direction over the updates; it starts anywhere, as the released code's does."""

    def __init__(self, classes: int, width: int, rate: float) -> None:
        super().__init__(classes, width, rate)
        self.means.copy_(functional.normalize(torch.randn(classes, width), dim=1))

    def moved(self, means: Tensor) -> Tensor:
        """Return the means turned towards the batch's (classes, width)."""
        return functional.normalize(super().moved(functional.normalize(means, dim=1)), dim=1)

    def assigned(self, centres: Tensor) -> Tensor:
        """Return the centres (classes, width) in the order of the classes that they match best in all."""
        return centres.index_select(0, match(centres, self.means))


def memory_contrast(
    queries: Tensor, own: Tensor, present: Tensor, centres: Tensor, memory: PixelMemory, adaptive: Adaptive
) -> Tensor:
    """Return the contrast of pixels with their own teacher vector, the memory and the centres in one softmax.

    queries: unit (classes, P, D) with gradient. own: the teacher's (classes, P, D) of the same pixels. present:
    (classes,) bool. centres: unit (classes, D) in the order of the classes. Positives are the own vector, the memory's
    of the class, and, with its weight, the class's centre; their mean counts the centre whole. 0 without a class.
    """
    classes, count = queries.shape[:2]
    kind = torch.arange(classes, device=queries.device).repeat_interleave(count)
    flat, others = full(queries.flatten(0, 1)), torch.cat([full(memory.vectors), full(centres)])
    with torch.autocast(queries.device.type, enabled=False):  # a low temperature needs more than bf16's digits
        itself = (flat * full(own.flatten(0, 1))).sum(1, keepdim=True)
        logits = torch.cat([itself, flat @ others.T], 1) / adaptive.temperature
    same = (memory.classes == kind.unsqueeze(1)).to(logits.dtype)
    centre = functional.one_hot(kind, classes).to(logits.dtype)
    weight = torch.cat([torch.ones_like(itself), same, adaptive.centre_weight * centre], 1)
    positives = 1 + same.sum(1) + 1
    losses = -(weight * logits.log_softmax(1)).sum(1) / positives
    counted = present.repeat_interleave(count).to(losses.dtype)
    return (losses * counted).sum() / counted.sum().clamp_min(1)
