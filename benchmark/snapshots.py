"""Weights kept at some updates for a look at them after training; no rule chooses among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.checkpoint import Checkpoint

Parts = Mapping[str, Mapping[str, Tensor]]


class Snapshots:
    """Weights of named modules, a file an update; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def keep(self, update: int, parts: Parts) -> None:
        """Write the weights at an update; a second time writes the same."""
        if not parts or self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        Checkpoint(self.folder / f"{update:07d}.pt").save({name: dict(state) for name, state in parts.items()})

    def updates(self) -> list[int]:
        """Return the updates of the files there are, in order."""
        paths = self.folder.glob("*.pt") if self.folder is not None else []
        return sorted(int(path.stem) for path in paths if path.stem.isdigit())

    def load(self, update: int, device: torch.device) -> Parts:
        """Return the weights at an update."""
        assert self.folder is not None
        saved = Checkpoint(self.folder / f"{update:07d}.pt").load(device)
        assert saved is not None
        return saved

    def discard(self) -> None:
        """Remove the files."""
        for update in self.updates():
            assert self.folder is not None
            (self.folder / f"{update:07d}.pt").unlink()
        if self.folder is not None and self.folder.exists():
            self.folder.rmdir()


def kept_updates(points: Sequence[int], count: int) -> frozenset[int]:
    """Return up to ``count`` of the validation points, evenly, the last one included."""
    if not points:
        return frozenset()
    places = np.linspace(len(points), 0, count, endpoint=False).round().astype(int) - 1
    return frozenset(points[place] for place in places)
