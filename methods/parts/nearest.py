"""The nearest-neighbour term: a slice is to be near what the teacher finds near in a memory of other slices."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.precision import full


def nearest_loss(seen: Tensor, taught: Tensor, memory: Tensor, neighbors: int) -> Tensor:
    """Return 2 - 2 cos of each slice to its nearest ones in a memory, mean over these and over slices.

    seen: the student's (N, places, width). taught: the teacher's of the same slices, by which neighbours are found;
    without gradient, as the memory's are: unit (K, places, width). The cosine of two slices is the mean of the cosines
    of their places.
    """
    places = memory.shape[1]
    with torch.autocast(seen.device.type, enabled=False):  # ranks of near cosines need more than bf16's digits
        mine, theirs = (functional.normalize(full(one), dim=-1) for one in (seen, taught.detach()))
        near = torch.einsum("npd,kpd->nk", theirs, memory).topk(neighbors, 1).indices
        cosines = torch.einsum("npd,nkpd->nk", mine, memory[near]) / places
    return (2 - 2 * cosines).mean()
