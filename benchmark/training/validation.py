"""The validation score during training: fast, at the network's size, on the device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmark.training.folding import folded
from data.pool import Layers, Pool
from data.task import IGNORED
from methods.asked import logits_from

CHUNK = 32


def logits_of(predictor: nn.Module, images: Layers, classes: int, autocast: torch.autocast) -> Tensor:
    """Return float32 logits (N, classes, S, S) of images (N, C, S, S), in evaluation mode and in chunks."""
    return torch.cat([logits for _, logits in logits_by_chunk(predictor, images, classes, autocast)])


def logits_by_chunk(
    predictor: nn.Module, images: Layers, classes: int, autocast: torch.autocast
) -> Iterator[tuple[slice, Tensor]]:
    """Yield which images a chunk is of, and its float32 logits (n, classes, S, S), made in evaluation mode.

    MethodError for a predictor that gives anything else, which would be scored as if it were.
    """
    whose = f"the predictor {type(predictor).__name__}"
    with evaluating(predictor):
        answering = folded(predictor)
        for some in chunks(len(images)):
            chunk = images[some]
            with torch.no_grad(), autocast:
                logits = logits_from(whose, answering(chunk), chunk, classes).float()
            yield some, logits


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Hold a network in evaluation mode, and give each part its own back."""
    modes = [(part, part.training) for part in network.modules()]  # a part may be held in one of its own
    network.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def chunks(count: int) -> Iterator[slice]:
    """Yield the numbers up to a count, CHUNK at a time; none of no slice is one empty chunk, as torch splits."""
    return (slice(first, first + CHUNK) for first in range(0, max(1, count), CHUNK))


def mean_dice(predictor: nn.Module, pool: Pool, classes: int, autocast: torch.autocast) -> float:
    """Return the mean over volumes and structures of the 3-D Dice at the network's size.

    A structure that neither mask has is left out; one that only one of them has scores 0. Pixels are counted a chunk at
    a time, whole numbers that add up to the same in any order, so that no more than a chunk's logits are held.
    """
    if pool.masks is None or not len(pool):
        raise ValueError("validation needs labelled cases")
    counts = Counts(pool, classes)
    for some, logits in logits_by_chunk(predictor, pool.images, classes, autocast):
        counts.add(some, logits.argmax(1), pool.masks[some])
    return float(counts.twice[counts.total > 0].div(counts.total[counts.total > 0]).mean())


class Counts:
    """Twice the overlap of two masks, and the sum of their sizes, each (volumes, classes - 1), of all slices added."""

    def __init__(self, pool: Pool, classes: int) -> None:
        self.pool, self.classes = pool, classes
        shape = len(pool.names), classes - 1
        self.twice, self.total = (torch.zeros(shape, dtype=torch.float64, device=pool.case.device) for _ in range(2))

    def add(self, some: slice, predicted: Tensor, true: Tensor) -> None:
        """Add the slices of a chunk: predicted classes (n, S, S), and the pool's masks of them."""
        masks = true.long()
        if self.pool.partial:
            predicted, masks = (torch.where(true == IGNORED, 0, mask) for mask in (predicted, masks))
        volume = self.pool.case[some] - self.pool.case[0]
        for mask in (predicted, masks):
            self.total.index_add_(0, volume, self._pixels(mask))
        self.twice.index_add_(0, volume, 2 * self._pixels(torch.where(predicted == masks, predicted, 0)))

    def by_class(self) -> Tensor:
        """Return the mean over volumes of each structure's 3-D Dice (classes - 1,)."""
        present = (self.total > 0).float()
        return (self.twice / self.total.clamp_min(1) * present).sum(0) / present.sum(0).clamp_min(1)

    def _pixels(self, mask: Tensor) -> Tensor:
        return functional.one_hot(mask.flatten(1), self.classes).sum(1)[:, 1:].double()
