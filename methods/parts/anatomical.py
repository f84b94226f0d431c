"""Anatomical contrast (ACTION section 2.2): hard pixels against the classes they could be taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.pixels import RepresentationHead


@dataclass(frozen=True)
class Sampling:
    """How many pixels are looked at, and which are hard.

    queries: a class. negatives: a query. keys: pixels a class from which the negatives of an update are drawn.
    """

    queries: int
    negatives: int
    keys: int
    hard: float
    temperature: float


def anatomical_contrast(
    head: RepresentationHead,
    maps: Sequence[Tensor],
    probabilities: Tensor,
    membership: Tensor,
    sampling: Sampling,
    rng: torch.Generator,
) -> Tensor:
    """Return InfoNCE of hard pixels, to their class's mean and from pixels of other classes; mean over present ones.

    maps: decoder levels (N, C_l, h_l, w_l) with gradient. probabilities: the student's (N, classes, H, W).
    membership: 0/1 (N, classes, H, W), which pixels count for which class. Keys and means take no gradient.
    """
    size = (membership.shape[-2], membership.shape[-1])
    frozen = [level.detach() for level in maps]
    hard = membership * (probabilities.detach() < sampling.hard)
    chosen, has_hard = draw_pixels(hard, sampling.queries, rng)
    queries = functional.normalize(head.at(maps, chosen.flatten(), size), dim=-1)
    with torch.no_grad():
        means = functional.normalize(head.mean(frozen, membership), dim=-1)
        candidates, present = draw_pixels(membership, sampling.keys, rng)
        keys = functional.normalize(head.at(frozen, candidates.flatten(), size), dim=-1)
        negatives = draw_negatives(negative_shares(means, present, sampling.temperature), sampling, rng)
    classes = len(means)
    positive = torch.einsum("cqd,cd->cq", queries.view(classes, sampling.queries, -1), means)
    similarity = (queries @ keys.T).view(classes, sampling.queries, -1).gather(2, negatives)
    logits = torch.cat([positive.unsqueeze(2), similarity], 2).float() / sampling.temperature
    losses = -logits.log_softmax(2)[..., 0].mean(1)
    active = (present & has_hard & (present.sum() > 1)).float()
    return (losses * active).sum() / active.sum().clamp_min(1)


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
