"""What tests of ACTION's choices share: which field each of them is of."""

from __future__ import annotations

from collections.abc import Callable

import torch

COVERED: set[str] = set()


def covers(*fields: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    COVERED.update(fields)
    return lambda test: test


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
