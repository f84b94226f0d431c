"""Random numbers by the place that draws them, so that how many one place draws moves those of no other."""

from __future__ import annotations

import sys
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import Generator
from torch.utils._python_dispatch import TorchDispatchMode

from data.batch import Batch
from methods.asked import set_rates
from methods.base import Clock, Drawn
from methods.contract.pace import TORCH
from methods.contract.subject import Begun
from methods.contract.toy import clock


@dataclass(frozen=True)
class Apart(Clock):
    """A clock whose draws have numbers of their own by their names, so that the length of one moves no other."""

    drawn: Counter[str] = field(default_factory=Counter)

    def draw(self, name: str, make: Callable[..., Drawn], *args: Any) -> Drawn:
        """Return ``make(*args, rng)``."""
        self.drawn[name] += 1
        return make(*args, Generator().manual_seed(_seed(f"{name} {self.drawn[name]} {self.update}")))


def step_apart(of: Begun, update: int, batch: Batch) -> None:
    """Make an update of a stage, whose draws are apart by their names and the lines that draw."""
    now = clock(update, of.stage)
    torch.default_generator.manual_seed(update)
    set_rates(of.trained, now)
    with DrawnApart(update):
        of.method.step(batch, Apart(now.update, now.total, now.rng))


class DrawnApart(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Seeds whatever generator an operation draws from by the line that calls it, and how often that has drawn."""

    def __init__(self, update: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.update, self.drawn = update, Counter[str]()

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            place = _place(sys._getframe(1))
            self.drawn[place] += 1
            generator = (kwargs or {}).get("generator") or torch.default_generator
            generator.manual_seed(_seed(f"{place} {self.drawn[place]} {self.update}"))
        return func(*args, **(kwargs or {}))


def _place(frame: FrameType | None) -> str:
    while frame is not None and frame.f_code.co_filename.startswith(TORCH):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename} {frame.f_lineno}"


def _seed(words: str) -> int:
    return zlib.crc32(words.encode())
