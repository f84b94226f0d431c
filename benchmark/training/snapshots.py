"""Weights kept at some updates for a look at them after training; no rule chooses among them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.training.checkpoint import DIGITS, Checkpoint
from methods.base import Inspected

LOOKS = 5  # points of a run at which the parts are kept that a look inside needs
POINTS = 10  # at which the reported predictor is, for the ledger: as many as preset `quick` validates
PREDICTOR = "predictor"  # its name in such a file
Parts = Mapping[str, Mapping[str, Tensor]]


class Snapshots:
    """Weights of named modules, a file an update; without a folder nothing is kept. kept: their checksums, by name."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.kept: dict[str, str] = {}

    def keep(self, update: int, parts: Parts) -> None:
        """Write the weights at an update; a second time writes the same."""
        if not parts or self.folder is None:
            return
        path = self.folder / f"{update:07d}.pt"
        Checkpoint(path).save({name: dict(state) for name, state in parts.items()})
        self.kept |= _ending(path)

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
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def take_up(self, kept: Mapping[str, str] | None) -> None:
        """Keep those of the files that are this folder's, and remove the others, which will be made again.

        None keeps what lies there, which an older version's checkpoint doesn't tell of.
        """
        assert self.folder is not None
        if kept is None:
            self.kept = {name: digest for path in self.folder.glob("*.pt") for name, digest in _ending(path).items()}
            return
        self.kept = {name: digest for name, digest in kept.items() if name.startswith(f"{self.folder.name}/")}
        for path in self.folder.glob("*"):
            if f"{self.folder.name}/{path.name}" not in self.kept:
                path.unlink()


def kept_updates(points: Sequence[int], count: int) -> frozenset[int]:
    """Return up to ``count`` of the validation points, evenly, the last one included."""
    if not points:
        return frozenset()
    places = np.linspace(len(points), 0, count, endpoint=False).round().astype(int) - 1
    return frozenset(points[place] for place in places)


def inspected_parts(inspected: Inspected) -> Mapping[str, nn.Module]:
    """Return the parts of a method that may be looked into, by name."""
    parts = {"labeler": inspected.labeler, "representer": inspected.representer}
    return {name: part for name, part in parts.items() if part is not None}


def weights_of(inspected: Inspected | None) -> Parts:
    """Return the weights of what may be looked into, by part; none of a method that shows nothing."""
    return {} if inspected is None else {name: part.state_dict() for name, part in inspected_parts(inspected).items()}


def _ending(path: Path) -> dict[str, str]:
    """Return a file's name with its folder's, and the checksum that it ends with, which is not compared here."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes()[-DIGITS:].decode(errors="replace")}
