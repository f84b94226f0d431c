"""Supervised adaptive anatomical contrast (ACTION++ section 2, arXiv 2304.02689): own class near, own centre near."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from methods.parts.anatomical import mean_of_means
from methods.parts.precision import full
from methods.parts.simplex import assign


@dataclass(frozen=True)
class Adaptive:
    """How sharply pixels are compared with pixels and with centres, and what the centres weigh (lambda_a)."""

    temperature: float | Tensor
    centre_temperature: float | Tensor
    centre_weight: float


def adaptive_contrast(queries: Tensor, keys: Tensor, present: Tensor, centres: Tensor, adaptive: Adaptive) -> Tensor:
    """Return the supervised contrast plus the weighted pull to the centres.

    queries: unit (classes, Q, D) with gradient. keys: unit (classes, K, D), constants. present: (classes,) bool.
    centres: unit (classes, D) in the order of the classes, constants. 0 with a gradient where fewer than two classes
    are present; vectors of an absent class must be finite and count for nothing.
    """
    contrast = supervised_contrast(queries, keys, present, adaptive.temperature)
    return contrast + adaptive.centre_weight * centre_pull(queries, centres, present, adaptive.centre_temperature)


def supervised_contrast(queries: Tensor, keys: Tensor, present: Tensor, temperature: float | Tensor) -> Tensor:
    """Return how far keys of a query's own class fall behind all keys, mean over keys, queries and present classes.

    This is L_out of Khosla et al. (NeurIPS 2020): each key of the own class is a positive, and the sum under it runs
    over the keys of all present classes. Shapes as in ``adaptive_contrast``.
    """
    with torch.autocast(queries.device.type, enabled=False):  # a low temperature needs more than bf16's digits
        cosines = torch.einsum("cqd,okd->cqok", full(queries), full(keys.detach()))
    logits = cosines / temperature
    own = logits.diagonal(dim1=0, dim2=2).mean(1)  # (Q, classes): the diagonal comes last, after Q and K
    barred = ~present & present.any()  # with no class at all, a sum over nothing would have no gradient
    everyone = logits.masked_fill(barred.unsqueeze(1), -torch.inf).flatten(2).logsumexp(2)
    return mean_of_means(everyone - own.T, contrasted(present))


def centre_pull(queries: Tensor, centres: Tensor, present: Tensor, temperature: float | Tensor) -> Tensor:
    """Return cross-entropy of queries to their class's centre among all, mean over queries and present classes.

    The centres of absent classes are among them: their places stay free. Shapes as in ``adaptive_contrast``.
    """
    with torch.autocast(queries.device.type, enabled=False):
        cosines = torch.einsum("cqd,od->cqo", full(queries), full(centres.detach()))
    own = (cosines / temperature).log_softmax(2).diagonal(dim1=0, dim2=2)  # (Q, classes)
    return mean_of_means(-own.T, contrasted(present))


def contrasted(present: Tensor) -> Tensor:
    """Return 0/1 (classes,): the present classes where there are two or more, none otherwise."""
    return (present & (present.sum() > 1)).float()


class RunningMeans(nn.Module):
    """Each class's mean representation over the updates, (classes, width), and the centres that lie near.

    Means start at zero, equally far from every centre: a class not seen yet takes what the others leave.
    """

    means: Tensor

    def __init__(self, classes: int, width: int, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("means", torch.zeros(classes, width))

    @torch.no_grad()
    def update(self, means: Tensor, present: Tensor) -> None:
        """Move present classes: mean <- (1 - rate) * mean + rate * the batch's, (classes, width)."""
        moved = self.moved(means.to(self.means.dtype))
        self.means.copy_(torch.where(present.unsqueeze(1), moved, self.means))

    def moved(self, means: Tensor) -> Tensor:
        """Return the means as the batch's (classes, width) move them."""
        return self.means.lerp(means, self.rate)

    def assigned(self, centres: Tensor) -> Tensor:
        """Return the centres (classes, width) in the order of the classes that they lie nearest to."""
        return centres.index_select(0, assign(centres, self.means))
