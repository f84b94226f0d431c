"""Anatomical contrast (ACTION section 2.2): hard pixels against the classes they could be taken for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.precision import full


class PixelHead(Protocol):
    """What the contrast asks of a representation head."""

    def at(self, maps: Sequence[Tensor], pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (P, width) at flat pixel numbers (P,) of the (N, *size) grid."""

    def mean(self, maps: Sequence[Tensor], membership: Tensor) -> Tensor:
        """Return (classes, width) for 0/1 membership (N, classes, H, W)."""


@dataclass(frozen=True)
class Sampling:
    """How many pixels are looked at, which are hard, and how they are compared.

    queries: a class. negatives: a query. keys: pixels a class from which the negatives of an update are drawn.
    negative_temperature: of the shares in which classes give negatives. similarity, reduction, hard_by: keys of the
    tables below.
    """

    queries: int
    negatives: int
    keys: int
    hard: float
    temperature: float
    negative_temperature: float = 0.5
    similarity: str = "cosine"
    reduction: str = "mean"
    hard_by: str = "label"


def unit(vectors: Tensor) -> Tensor:
    """Return vectors (..., D) of length 1, whose products are cosines."""
    return functional.normalize(vectors, dim=-1)


def as_they_are(vectors: Tensor) -> Tensor:
    """Return the vectors, whose products are dot products."""
    return vectors


def unsure_of_label(probabilities: Tensor, hard: float) -> Tensor:
    """Return where (N, classes, H, W) each class has less probability than ``hard``."""
    return probabilities < hard


def unsure(probabilities: Tensor, hard: float) -> Tensor:
    """Return where (N, 1, H, W) no class has more probability than ``hard``."""
    return probabilities.amax(1, keepdim=True) <= hard


def mean_of_means(losses: Tensor, active: Tensor) -> Tensor:
    """Return the mean over queries, then over active classes, of losses (classes, queries)."""
    return (losses.mean(1) * active).sum() / active.sum().clamp_min(1)


def sum_of_all(losses: Tensor, active: Tensor) -> Tensor:
    """Return the sum over the queries of active classes."""
    return (losses.sum(1) * active).sum()


SIMILARITIES: Mapping[str, Callable[[Tensor], Tensor]] = {"cosine": unit, "dot": as_they_are}
HARDNESS: Mapping[str, Callable[[Tensor, float], Tensor]] = {"label": unsure_of_label, "confidence": unsure}
REDUCTIONS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"mean": mean_of_means, "sum": sum_of_all}


def anatomical_contrast(
    head: PixelHead,
    maps: Sequence[Tensor],
    probabilities: Tensor,
    membership: Tensor,
    sampling: Sampling,
    rng: torch.Generator,
) -> Tensor:
    """Return InfoNCE of hard pixels, to their class's mean and from pixels of other classes, over present classes.

    maps: decoder levels (N, C_l, h_l, w_l) with gradient. probabilities: the student's (N, classes, H, W).
    membership: 0/1 (N, classes, H, W), which pixels count for which class. Keys and means take no gradient.
    """
    size = (membership.shape[-2], membership.shape[-1])
    frozen = [level.detach() for level in maps]
    measure = SIMILARITIES[sampling.similarity]
    hard = membership * HARDNESS[sampling.hard_by](probabilities.detach(), sampling.hard)
    chosen, has_hard = draw_pixels(hard, sampling.queries, rng)
    queries = measure(head.at(maps, chosen.flatten(), size))
    with torch.no_grad():
        means = head.mean(frozen, membership)
        candidates, present = draw_pixels(membership, sampling.keys, rng)
        keys = measure(head.at(frozen, candidates.flatten(), size))
        shares = negative_shares(unit(means), present, sampling.negative_temperature)
        negatives = draw_negatives(shares, sampling, rng)
    classes = len(means)
    positive = torch.einsum("cqd,cd->cq", queries.view(classes, sampling.queries, -1), measure(means))
    similarity = (queries @ keys.T).view(classes, sampling.queries, -1).gather(2, negatives)
    logits = full(torch.cat([positive.unsqueeze(2), similarity], 2)) / sampling.temperature
    active = (present & has_hard & (present.sum() > 1)).float()
    return REDUCTIONS[sampling.reduction](-logits.log_softmax(2)[..., 0], active)


def draw_pixels(membership: Tensor, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return flat pixel numbers (classes, count), drawn with replacement from each class, and which classes have any.

    membership: 0/1 (N, classes, H, W). Numbers of an empty class are valid but meaningless.
    """
    flat = membership.movedim(1, 0).flatten(1)
    rank = flat.cumsum(1, dtype=torch.int64)
    total = rank[:, -1:]
    uniform = torch.rand(len(flat), count, generator=rng, device=flat.device, dtype=torch.float64)
    wanted = (uniform * total).long() + 1
    pixels = torch.searchsorted(rank, wanted).clamp_max(flat.shape[1] - 1)
    return pixels, total[:, 0] > 0


def negative_shares(means: Tensor, present: Tensor, temperature: float) -> Tensor:
    """Return (classes, classes): for each class, how its negatives are shared among the other present classes.

    Softmax of the cosine between class means over the temperature; the own class and absent ones get nothing.
    """
    own = torch.eye(len(means), dtype=torch.bool, device=means.device)
    barred = own | ~present.unsqueeze(0)
    scores = (means @ means.T / temperature).masked_fill(barred, -torch.inf)
    return scores.softmax(1).nan_to_num(0.0)


def draw_negatives(shares: Tensor, sampling: Sampling, rng: torch.Generator) -> Tensor:
    """Return key numbers (classes, queries, negatives) in the (classes * keys) list: a class by share, then a pixel."""
    classes = len(shares)
    shape = (classes, sampling.queries * sampling.negatives)
    uniform = torch.rand(shape, generator=rng, device=shares.device)
    steps = shares.cumsum(1)
    steps = steps / steps[:, -1:].clamp_min(1e-12)  # ends at 1 exactly, so rounding can't reach a class of share 0
    kind = torch.searchsorted(steps, uniform, right=True).clamp_max(classes - 1)
    pixel = torch.randint(sampling.keys, shape, generator=rng, device=shares.device)
    return (kind * sampling.keys + pixel).view(classes, sampling.queries, sampling.negatives)
