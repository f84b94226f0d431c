"""Anatomical contrast (ACTION section 2.2): hard pixels against the classes they could be taken for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.pixel_draws import Pick, counted_up, draw_pixels
from methods.parts.precision import full


class PixelHead(Protocol):
    """What the contrast asks of a representation head."""

    def at(self, maps: Sequence[Tensor], pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (P, width) at flat pixel numbers (P,) of the (N, *size) grid."""

    def everywhere(self, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return (N * H * W, width), what ``at`` gives for all pixels in their order; called without gradient."""

    def mean(self, maps: Sequence[Tensor], membership: Tensor) -> Tensor:
        """Return (classes, width) for 0/1 membership (N, classes, H, W)."""


@dataclass(frozen=True)
class Sampling:
    """How many pixels are looked at, which are hard, and how they are compared.

    queries: a class. negatives: a query. keys: pixels a class from which the negatives of an update are drawn.
    negative_temperature: of the shares in which classes give negatives. similarity, reduction, hard_by, negatives_from:
    keys of the tables below. pick: draws queries and keys among a class's pixels.
    """

    queries: int
    negatives: int
    keys: int
    hard: float
    temperature: float | Tensor
    negative_temperature: float | Tensor = 0.5
    similarity: str = "cosine"
    reduction: str = "mean"
    hard_by: str = "label"
    negatives_from: str = "keys"
    pick: Pick = draw_pixels


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of a batch that count for classes, and their vectors, as constants.

    maps: decoder levels without gradient. membership: 0/1 (N, classes, H, W).
    """

    head: PixelHead
    maps: Sequence[Tensor]
    membership: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Return the sides of the grid."""
        return self.membership.shape[-2], self.membership.shape[-1]

    def at(self, pixels: Tensor) -> Tensor:
        """Return (P, width) at flat pixel numbers (P,)."""
        return self.head.at(self.maps, pixels, self.size)


Draw = Callable[..., Any]
"""``clock.draw``: name, function that draws, its arguments."""


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


def mean_of_active(losses: Tensor, active: Tensor, present: Tensor) -> Tensor:
    """Return the mean over queries, then over active classes, of losses (classes, queries)."""
    return mean_of_means(losses, active)


def mean_of_present(losses: Tensor, active: Tensor, present: Tensor) -> Tensor:
    """Return the mean over queries, summed over active classes, over the number of present ones."""
    return (losses.mean(1) * active).sum() / present.sum().clamp_min(1)


def sum_of_all(losses: Tensor, active: Tensor, present: Tensor) -> Tensor:
    """Return the sum over the queries of active classes."""
    return (losses.sum(1) * active).sum()


SIMILARITIES: Mapping[str, Callable[[Tensor], Tensor]] = {"cosine": unit, "dot": as_they_are}
HARDNESS: Mapping[str, Callable[[Tensor, float], Tensor]] = {"label": unsure_of_label, "confidence": unsure}
REDUCTIONS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "mean": mean_of_active,
    "mean_of_present": mean_of_present,
    "sum": sum_of_all,
}


def anatomical_contrast(
    head: PixelHead, maps: Sequence[Tensor], probabilities: Tensor, membership: Tensor, sampling: Sampling, draw: Draw
) -> Tensor:
    """Return InfoNCE of hard pixels, to their class's mean and from pixels of other classes, over present classes.

    maps: decoder levels (N, C_l, h_l, w_l) with gradient. probabilities: the student's (N, classes, H, W).
    membership: 0/1 (N, classes, H, W), which pixels count for which class. Keys and means take no gradient.
    """
    pixels, measure = Pixels(head, [level.detach() for level in maps], membership), SIMILARITIES[sampling.similarity]
    hard = membership * HARDNESS[sampling.hard_by](probabilities.detach(), sampling.hard)
    chosen, has_hard = draw("queries", sampling.pick, hard, sampling.queries)
    queries = measure(head.at(maps, chosen.flatten(), pixels.size)).view(*chosen.shape, -1)
    with torch.no_grad():
        means = head.mean(pixels.maps, membership)
        present = membership.sum((0, 2, 3)) > 0
        shares = negative_shares(unit(means), present, sampling.negative_temperature)
    positive = torch.einsum("cqd,cd->cq", queries, measure(means))
    negative = NEGATIVES[sampling.negatives_from](queries, pixels, shares, sampling, draw)
    logits = full(torch.cat([positive.unsqueeze(2), negative], 2)) / sampling.temperature
    active = (present & has_hard & (present.sum() > 1)).float()
    return REDUCTIONS[sampling.reduction](-logits.log_softmax(2)[..., 0], active, present)


def from_keys(queries: Tensor, pixels: Pixels, shares: Tensor, sampling: Sampling, draw: Draw) -> Tensor:
    """Return similarities (classes, queries, negatives) to negatives drawn from some pixels of each class.

    queries: (classes, queries, width), measured.
    """
    with torch.no_grad():
        candidates, _ = draw("keys", sampling.pick, pixels.membership, sampling.keys)
        keys = SIMILARITIES[sampling.similarity](pixels.at(candidates.flatten()))
        negatives = draw("negatives", draw_negatives, shares, sampling)
    return (queries.flatten(0, 1) @ keys.T).view(*queries.shape[:2], -1).gather(2, negatives)


def from_pixels(queries: Tensor, pixels: Pixels, shares: Tensor, sampling: Sampling, draw: Draw) -> Tensor:
    """Return the same to negatives drawn from all pixels of each class, whose vectors are computed once."""
    with torch.no_grad():
        vectors = SIMILARITIES[sampling.similarity](pixels.head.everywhere(pixels.maps, pixels.size))
        negatives = draw("negatives", draw_negative_pixels, pixels.membership, shares, sampling)
    of_classes = zip(queries, negatives, strict=True)
    return torch.stack([torch.einsum("qd,qkd->qk", some, vectors[numbers]) for some, numbers in of_classes])


NEGATIVES: Mapping[str, Callable[[Tensor, Pixels, Tensor, Sampling, Draw], Tensor]] = {
    "keys": from_keys,
    "pixels": from_pixels,
}


def negative_shares(means: Tensor, present: Tensor, temperature: float | Tensor) -> Tensor:
    """Return (classes, classes): for each class, how its negatives are shared among the other present classes.

    Softmax of the cosine between class means over the temperature; the own class and absent ones get nothing.
    """
    own = torch.eye(len(means), dtype=torch.bool, device=means.device)
    barred = own | ~present.unsqueeze(0)
    scores = (means @ means.T / temperature).masked_fill(barred, -torch.inf)
    return scores.softmax(1).nan_to_num(0.0)


def draw_negatives(shares: Tensor, sampling: Sampling, rng: torch.Generator) -> Tensor:
    """Return key numbers (classes, queries, negatives) in the (classes * keys) list: a class by share, then a pixel."""
    kind = draw_kinds(shares, sampling, rng)
    pixel = torch.randint(sampling.keys, kind.shape, generator=rng, device=shares.device)
    return (kind * sampling.keys + pixel).view(len(shares), sampling.queries, sampling.negatives)


def draw_negative_pixels(membership: Tensor, shares: Tensor, sampling: Sampling, rng: torch.Generator) -> Tensor:
    """Return flat pixel numbers (classes, queries, negatives): a class by share, then one of all its pixels.

    membership: 0/1 (N, classes, H, W). Numbers for a class without others are valid but meaningless.
    """
    kind = draw_kinds(shares, sampling, rng)
    flat = membership.movedim(1, 0).flatten(1)
    rank = counted_up(flat.flatten().unsqueeze(0)).squeeze(0)
    total = flat.sum(1, dtype=torch.int64)
    before = total.cumsum(0) - total
    uniform = torch.rand(kind.shape, generator=rng, device=flat.device, dtype=torch.float64)
    wanted = before[kind] + (uniform * total[kind]).long() + 1
    pixel = torch.searchsorted(rank, wanted).clamp_max(len(rank) - 1) % flat.shape[1]
    return pixel.view(len(shares), sampling.queries, sampling.negatives)


def draw_kinds(shares: Tensor, sampling: Sampling, rng: torch.Generator) -> Tensor:
    """Return (classes, queries * negatives), the class of each negative, drawn by the shares (classes, classes)."""
    classes = len(shares)
    shape = (classes, sampling.queries * sampling.negatives)
    uniform = torch.rand(shape, generator=rng, device=shares.device, dtype=shares.dtype)
    steps = shares.cumsum(1)
    steps = steps / steps[:, -1:].clamp_min(1e-12)  # ends at 1 exactly, so rounding can't reach a class of share 0
    return torch.searchsorted(steps, uniform, right=True).clamp_max(classes - 1)
