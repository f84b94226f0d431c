"""Pixels near prototypes of their class: a memory, and small networks that say which of its pixels count.

Alonso et al., ICCV 2021 (arXiv 2104.13415), in the form of SS-Net; its files of it are read as BCP @e882742 keeps them
(utils/contrastive_losses.py, utils/feature_memory.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.precision import full

TINY = 1e-12
NORM, SLOPE = 1e-5, 0.2  # torch's batch norm; SS-Net networks/unet.py @6365bbb, the selectors' LeakyReLU


def perceptron(before: int, width: int) -> nn.Sequential:
    """Return linear, batch norm, ReLU, linear (SS-Net networks/unet.py @6365bbb, both heads)."""
    return nn.Sequential(nn.Linear(before, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width))


def rows(maps: Tensor) -> Tensor:
    """Return the pixels of maps (N, C, h, w), (N * h * w, C)."""
    return maps.permute(0, 2, 3, 1).flatten(0, 2)


def members(classes: Tensor, count: int) -> Tensor:
    """Return 0/1 membership (pixels, count) of classes of any shape; 0 throughout for one that is none of them."""
    return (classes.reshape(-1, 1) == torch.arange(count, device=classes.device)).float()


class Selectors(nn.Module):
    """For each class, a small network that scores vectors of that class: linear, norm over the class, linear."""

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.first = nn.ModuleList(nn.Linear(width, width) for _ in range(classes))
        self.scale, self.shift = (nn.Parameter(torch.full((classes, width), value)) for value in (1.0, 0.0))
        self.last = nn.Linear(width, classes)  # its rows are networks of their own, drawn as such

    def forward(self, vectors: Tensor, membership: Tensor) -> Tensor:
        """Return each vector's score (P,) by its own class's network; vectors (P, width), membership (P, classes)."""
        with torch.autocast(vectors.device.type, enabled=False):  # statistics need more than bf16's digits
            vectors, own = full(vectors), membership.to(full(vectors).dtype)
            hidden = torch.zeros_like(vectors)
            for layer, mine in zip(self.first, own.T, strict=True):
                hidden = torch.addcmul(hidden, layer(vectors), mine.unsqueeze(1))
            count = own.sum(0).clamp_min(1).unsqueeze(1)
            centred = hidden - own @ (own.T @ hidden / count)
            spread = own.T @ centred.square() / count + NORM
            normed = centred * (own @ (self.scale * spread.rsqrt())) + own @ self.shift
            return (functional.leaky_relu(normed, SLOPE) * (own @ self.last.weight)).sum(1) + own @ self.last.bias


class Prototypes(nn.Module):
    """The chosen vectors of each class, (classes, size, width), of the last batch that had any, and which are there."""

    vectors: Tensor
    filled: Tensor

    def __init__(self, classes: int, size: int, width: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.zeros(classes, size, width))
        self.register_buffer("filled", torch.zeros(classes, size, dtype=torch.bool))

    @torch.no_grad()
    def choose(self, vectors: Tensor, membership: Tensor, scores: Tensor) -> None:
        """Keep of each class the vectors (P, width) of the greatest scores (P,); of one that has none, what is kept."""
        size = self.filled.shape[1]
        mine = torch.where(membership.T > 0, scores, -torch.inf)
        greatest, place = mine.topk(min(size, len(scores)), 1)
        found = functional.pad(greatest > -torch.inf, (0, size - greatest.shape[1]))
        chosen = vectors.to(self.vectors.dtype)[functional.pad(place, (0, size - place.shape[1]))]
        present = found.any(1, keepdim=True)
        self.vectors.copy_(torch.where(present.unsqueeze(2), chosen * found.unsqueeze(2), self.vectors))
        self.filled.copy_(torch.where(present, found, self.filled))

    def centres(self, weigh: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """Return the weighted mean (classes, width) of each class's prototypes, each of length 1 before.

        weigh: unit vectors (classes * size, width) and their membership -> what each counts (classes * size,).
        """
        classes, size = self.filled.shape
        unit = functional.normalize(self.vectors, dim=2).flatten(0, 1)
        membership = members(torch.arange(classes, device=unit.device).repeat_interleave(size), classes)
        membership = membership * self.filled.reshape(-1, 1)
        with torch.autocast(unit.device.type, enabled=False):
            share = membership * weigh(unit, membership).unsqueeze(1)
            return share.T @ unit / share.sum(0).clamp_min(TINY).unsqueeze(1)

    @property
    def usable(self) -> Tensor:
        """Tell which classes (classes,) have more than one prototype."""
        return self.filled.sum(1) > 1


def distance(vectors: Tensor, membership: Tensor, scores: Tensor, centres: Tensor, usable: Tensor) -> Tensor:
    """Return how far vectors are from their class's prototypes by cosine, mean over all classes.

    vectors: (P, width). membership: (P, classes). scores: (P,), how much each counts beside others of its class.
    centres: (classes, width) of ``Prototypes.centres``. A class that is not usable, or has one vector, is at 0. The
    mean of 1 - cosine over all pairs of vector and prototype, each with its weight, is 1 less a vector's mean product
    with the prototypes' mean, so no pair is formed.
    """
    with torch.autocast(vectors.device.type, enabled=False):
        unit, own = functional.normalize(full(vectors), dim=1), membership.to(full(vectors).dtype)
        near = (unit * (own @ centres.to(unit.dtype))).sum(1)
        share = own * scores.to(unit.dtype).unsqueeze(1)
        far = 1 - share.T @ near / share.sum(0).clamp_min(TINY)
    return torch.where(usable & (own.sum(0) > 1), far, 0).sum() / len(far)


def alike(vectors: Tensor, membership: Tensor) -> Tensor:
    """Return 1 for each vector (P,)."""
    return torch.ones_like(vectors[:, 0])


SIGNS: Mapping[str, float] = {"highest": 1.0, "lowest": -1.0}
"""What scores are multiplied by so that those of the greatest are kept."""
