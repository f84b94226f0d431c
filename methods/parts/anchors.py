"""Memories of the teacher's embeddings: the anchors that slices and windows are related to (ACTION section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.errors import MethodUsageError
from methods.parts.precision import full

REDRAWN = 4  # banks kept of which one bank's worth of anchors is drawn anew each update


class Bank(nn.Module):
    """The teacher's last embeddings of other slices, (size, places, width), unit length: the anchors."""

    anchors: Tensor

    def __init__(self, size: int, places: int, width: int) -> None:
        super().__init__()
        self.register_buffer("anchors", self.first(torch.randn(size, places, width)))

    def first(self, noise: Tensor) -> Tensor:
        """Return the anchors that stand in until there are embeddings, made of noise (size, places, width)."""
        return functional.normalize(noise, dim=-1)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Forget all embeddings."""
        self.anchors.copy_(self.first(torch.randn_like(self.anchors)))

    @torch.no_grad()
    def push(self, embedding: Tensor) -> None:
        """Put embeddings (N, places, width) first and let the oldest go."""
        fresh = functional.normalize(embedding.to(self.anchors.dtype), dim=-1)
        self.anchors.copy_(torch.cat([fresh, self.anchors])[: len(self.anchors)])

    def pick(self, target: Tensor, rng: torch.Generator) -> Tensor:
        """Return the anchors (size, places, width) of an update, as they are kept."""
        return self.anchors

    def unit(self, anchors: Tensor) -> Tensor:
        """Return anchors that were picked at length 1."""
        return anchors


class RingBank(Bank):
    """The same, each as long as it is and where it was written, the next one in the oldest's place.

    Noise has unit length over the entries, and an entry takes the next places * width numbers of the order place,
    slice, feature, so that one of several places is no slice's (ACTION code model.py @77730a7).
    """

    oldest: Tensor

    def __init__(self, size: int, places: int, width: int) -> None:
        super().__init__(size, places, width)
        self.register_buffer("oldest", torch.zeros((), dtype=torch.int64))

    def first(self, noise: Tensor) -> Tensor:
        """Return noise at length 1 over the entries."""
        return functional.normalize(noise, dim=0)

    def reset_parameters(self) -> None:
        """Forget all embeddings and begin in the first place."""
        super().reset_parameters()
        self.oldest.zero_()

    @torch.no_grad()
    def push(self, embedding: Tensor) -> None:
        """Write embeddings (N, places, width) over the oldest entries."""
        size = len(self.anchors)
        line = embedding.transpose(0, 1).reshape(embedding.shape).to(self.anchors.dtype)[-size:]
        written = (self.oldest + torch.arange(len(line), device=line.device)) % size
        self.anchors.index_copy_(0, written, line)
        self.oldest.add_(len(line)).remainder_(size)

    def unit(self, anchors: Tensor) -> Tensor:
        """Return anchors that were picked at length 1."""
        return functional.normalize(anchors, dim=-1)


class RedrawnBank(Bank):
    """Some banks' worth of embeddings, of which each update draws its anchors at random, without replacement."""

    def __init__(self, size: int, places: int, width: int) -> None:
        super().__init__(REDRAWN * size, places, width)
        self.size = size

    def pick(self, target: Tensor, rng: torch.Generator) -> Tensor:
        """Return anchors (size, places, width) drawn for this update."""
        order = torch.rand(len(self.anchors), generator=rng, device=self.anchors.device).argsort()
        return self.anchors[order[: self.size]]


class BatchAnchors(Bank):
    """No memory: the other slices of the batch are the anchors (the ablation without random anchors)."""

    def pick(self, target: Tensor, rng: torch.Generator) -> Tensor:
        """Return (N, N - 1, places, width), for each slice the teacher's embeddings of the others."""
        count = len(target)
        if count < 3:  # a softmax over one anchor is 1 whatever the weights are
            raise MethodUsageError(f"anchors=batch needs at least three slices in a batch, and this one has {count}")
        others = (torch.arange(1, count).unsqueeze(0) + torch.arange(count).unsqueeze(1)) % count
        return functional.normalize(full(target.detach()), dim=-1)[others.to(target.device)]


ANCHORS: Mapping[str, type[Bank]] = {
    "queue": Bank,
    "ring": RingBank,
    "redrawn": RedrawnBank,
    "batch": BatchAnchors,
}
