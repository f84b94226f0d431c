"""What tests of a method's choices share: which fields have a test, and random numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch


class Covers:
    """A decorator that notes which fields a test is of. fields: those noted so far."""

    def __init__(self) -> None:
        self.fields: set[str] = set()

    def __call__(self, *fields: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        self.fields.update(fields)
        return lambda test: test


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
