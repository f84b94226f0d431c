"""The anatomical contrast done densely, as the ACTION code @77730a7 does it: what the sampled one must equal.

Every level is enlarged, every pixel convolved, every negative drawn from all pixels of its class in Python loops. Each
step is the plainest that computes it; where the released code keeps more in memory than it must, this doesn't.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from methods.base import Clock
from methods.parts.anatomical import PixelHead, Sampling, anatomical_contrast
from methods.parts.convolved import ConvolvedHead


def sampled_contrast(
    head: PixelHead,
    maps: Sequence[Tensor],
    probabilities: Tensor,
    membership: Tensor,
    sampling: Sampling,
    rng: torch.Generator,
) -> Tensor:
    """Return ``anatomical_contrast`` with the draws of a generator."""
    return anatomical_contrast(head, maps, probabilities, membership, sampling, Clock(0, 1, rng).draw)


def dense_vectors(head: ConvolvedHead, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Return (N * H * W, width), the vectors of all pixels."""
    aligned = head.enlarging == "corners"
    full = [functional.interpolate(level, size, mode="bilinear", align_corners=aligned) for level in maps]
    spread = functional.conv2d(torch.cat(full, 1), head.spread.weight, padding=1)
    merged = functional.conv2d(spread, head.merge.weight[:, :, None, None], head.merge.bias)
    return merged.movedim(1, -1).flatten(0, 2)


def dense_means(vectors: Tensor, members: Tensor) -> Tensor:
    """Return (classes, width), the mean of the pixels (classes, N * H * W) in each class, zero for an empty one."""
    means = torch.zeros(len(members), vectors.shape[1], dtype=vectors.dtype)
    for k, mine in enumerate(members):
        if mine.any():
            means[k] = vectors[mine].mean(0)
    return means


def dense_contrast(
    head: ConvolvedHead,
    maps: Sequence[Tensor],
    probabilities: Tensor,
    membership: Tensor,
    sampling: Sampling,
    rng: torch.Generator,
) -> Tensor:
    """Return the loss of ``anatomical_contrast`` with negatives from all pixels, not from an update's keys."""
    vectors = dense_vectors(head, maps, (membership.shape[-2], membership.shape[-1]))
    members = membership.movedim(1, 0).flatten(1).bool()
    hard = members & (probabilities.movedim(1, 0).flatten(1) < sampling.hard)
    means = functional.normalize(dense_means(vectors.detach(), members), dim=1)
    present = [k for k in range(len(members)) if members[k].any()]
    losses = []
    for k in present:
        others = [other for other in present if other != k]
        if not others or not hard[k].any():
            continue
        shares = (means[others] @ means[k] / sampling.negative_temperature).softmax(0)
        pools = [members[other].nonzero()[:, 0] for other in others]
        negatives = loop_negatives(pools, shares, sampling, rng)
        queries = vectors[drawn(hard[k].nonzero()[:, 0], sampling.queries, rng)]
        losses.append(contrast(queries, means[k], vectors.detach()[negatives], sampling.temperature))
    return torch.stack(losses).mean()


def contrast(queries: Tensor, mean: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """Return InfoNCE of queries (Q, D) to a mean (D,) and from negatives (Q, K, D), by cosine, mean over queries."""
    queries, negatives = functional.normalize(queries, dim=1), functional.normalize(negatives, dim=2)
    scores = torch.cat([(queries @ mean)[:, None], torch.einsum("qd,qnd->qn", queries, negatives)], 1)
    return functional.cross_entropy(scores / temperature, torch.zeros(len(scores), dtype=torch.int64))


def loop_negatives(pools: Sequence[Tensor], shares: Tensor, sampling: Sampling, rng: torch.Generator) -> Tensor:
    """Return pixel numbers (queries, negatives): for each query, so many of each pool as its share brings by chance."""
    rows = []
    for _ in range(sampling.queries):
        kinds = torch.multinomial(shares, sampling.negatives, replacement=True, generator=rng)
        row = []
        for kind, pool in enumerate(pools):
            row.append(drawn(pool, int((kinds == kind).sum()), rng))
        rows.append(torch.cat(row))
    return torch.stack(rows)


def drawn(pool: Tensor, count: int, rng: torch.Generator) -> Tensor:
    """Return ``count`` of a pool's pixel numbers, with replacement."""
    return pool[torch.randint(len(pool), (count,), generator=rng)]
