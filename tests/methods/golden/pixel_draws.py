"""The pixels that the released code drew for its contrasts, handed to a step in place of its own draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from methods.parts.anatomical import Sampling
from tests.methods.golden.released import Array


class Contrasted:
    """What the released code drew for one contrast, and what our contrast handed to the functions that draw.

    there: the released numbers, under ``draw/...``. Given pixels must belong to the classes that they are drawn for.
    """

    def __init__(self, there: Mapping[str, Array]) -> None:
        self.there = there
        self.hard = self.membership = self.shares = torch.empty(0)

    def given(self) -> Mapping[str, Any]:
        """Return the functions to give to a clock."""
        return {"queries": self.queries, "negatives": self.negatives}

    def draw(self, name: str, make: Any, *args: Any) -> Any:
        """Draw as a clock does that was given them."""
        return self.given()[name](*args)

    def stored(self, name: str, classes: int, shape: tuple[int, ...]) -> Tensor:
        """Return the pixels (classes, *shape) drawn under a name; zeros for a class without."""
        found = [self.there.get(f"draw/{name}_class{k}", np.zeros(shape, np.int64)) for k in range(classes)]
        return torch.from_numpy(np.stack(found).astype(np.int64))

    def queries(self, hard: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return hard pixels (classes, count), and which classes have any."""
        self.hard = of_classes(hard)
        return self.members("queries", self.hard, count)

    def members(self, name: str, belongs: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return drawn pixels (classes, count), each of its class by ``belongs`` (classes, pixels), and who has any."""
        pixels, some = self.stored(name, len(belongs), (count,)), belongs.any(1)
        for k in some.nonzero().flatten().tolist():
            if f"draw/{name}_class{k}" in self.there:
                assert belongs[k][pixels[k]].all(), f"{name} of class {k} that do not belong to it"
            else:
                assert int(some.sum()) == 1, f"no {name} of class {k} are given, and there are others"
        return pixels, some

    def negatives(self, membership: Tensor, shares: Tensor, sampling: Sampling) -> Tensor:
        """Return pixels (classes, queries, negatives) of other classes, of which every one that has a share occurs."""
        self.membership, self.shares = of_classes(membership), shares
        pixels = self.stored("negatives", len(shares), (sampling.queries, sampling.negatives))
        for k in range(len(shares)):
            if f"draw/negatives_class{k}" in self.there:
                others = self.membership[shares[k] > 0]
                assert not self.membership[k][pixels[k]].any(), f"negatives of class {k} that belong to it"
                assert others.any(0)[pixels[k]].all(), f"negatives of class {k} that belong to no class with a share"
        return pixels

    def matches(self, compare: Any, method: str, name: str = "contrast/") -> None:
        """Compare what our contrast drew from with what the released one did: how many pixels, and the shares."""
        compare(method, "pixels", self.hard.sum(1), self.there[f"{name}hard_pixels"])
        compare(method, "pixels", numbers(self.membership), self.there[f"{name}classes_present"])
        if f"{name}classes_with_hard_pixels" in self.there:
            compare(method, "pixels", numbers(self.hard), self.there[f"{name}classes_with_hard_pixels"])
        for k, share in enumerate(self.shares):
            if f"{name}share_of_negatives_class{k}" in self.there:
                compare(method, "shares of negatives", share, self.there[f"{name}share_of_negatives_class{k}"])


def of_classes(membership: Tensor) -> Tensor:
    """Return bool (classes, pixels) of 0/1 membership (N, classes, H, W)."""
    return membership.movedim(1, 0).flatten(1).bool()


def numbers(belongs: Tensor) -> Tensor:
    """Return the classes that have any pixel of bool (classes, pixels)."""
    return belongs.any(1).nonzero().flatten()
