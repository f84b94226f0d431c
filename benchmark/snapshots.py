"""Weights kept at some updates for a look at them after training; no rule chooses among them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.checkpoint import DIGITS, Checkpoint, checksum, is_finished
from benchmark.errors import RunError, UsageError

AGAIN = "again"  # below a run's folder: a training that is to replace what the folder holds
CHECKPOINT = "checkpoint.pt"
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


class Place:
    """Where a cell trains: a folder with a checkpoint and the weights kept beside it, which the checkpoint tells of."""

    def __init__(self, folder: Path, marks: Mapping[str, str | int]) -> None:
        self.folder = folder
        self.points, self.snapshots = Snapshots(folder / "points"), Snapshots(folder / "snapshots")
        self.checkpoint = Checkpoint(folder / CHECKPOINT, marks, self._kept)

    def _kept(self) -> Mapping[str, str]:
        return {**self.points.kept, **self.snapshots.kept}

    def resume(self, device: torch.device) -> None:
        """Take up what the checkpoint tells of, and remove what it does not; all of it where there is no checkpoint."""
        saved = self.checkpoint.load(device)
        kept = {} if saved is None else saved.get("beside")
        for weights in (self.points, self.snapshots):
            weights.take_up(kept)

    def check(self) -> None:
        """Raise RunError where weights that were kept since the training began are missing or damaged."""
        name = self._broken(self._kept())
        if name is not None:
            raise RunError(
                f"{self.folder / name} is missing or damaged; start the same command again and the run starts anew"
            )

    def lost(self, device: torch.device) -> str | None:
        """Return a file that the checkpoint tells of and that is missing or damaged; None where all are whole."""
        saved = self.checkpoint.load(device)
        return self._broken({} if saved is None else saved.get("beside", {}))

    def _broken(self, kept: Mapping[str, str]) -> str | None:
        return next((name for name, digest in sorted(kept.items()) if not _is(self.folder / name, digest)), None)

    def holds_weights(self, device: torch.device) -> bool:
        """Return whether the checkpoint is whole, this run's, and of a training that ended."""
        try:
            return is_finished(self.checkpoint.load(device))
        except RunError:
            return False

    def require_weights(self, device: torch.device) -> None:
        """Raise UsageError where there are no weights of a training that ended, or of one that is being made again."""
        if (self.folder / AGAIN).exists():
            raise UsageError(
                f"{self.folder} is being trained again, in {AGAIN}/; end that with benchmark.run --force, then score it"
            )
        saved = self.checkpoint.load(device)
        if saved is None:
            raise UsageError(
                f"{self.folder} has no {CHECKPOINT} to score again; run the cell with --force to train it again"
            )
        if not is_finished(saved):
            raise UsageError(
                f"{self.folder / CHECKPOINT} is of a training that was cut off, and holds no weights to score; "
                "run the cell with --force to train it again"
            )

    def settle(self, run: Path) -> None:
        """Leave the checkpoint alone in the run's folder, after its record is written."""
        if self.folder != run:
            (self.folder / CHECKPOINT).replace(run / CHECKPOINT)
            shutil.rmtree(self.folder)
        for name in ("points", "snapshots"):
            Snapshots(run / name).discard()


def place_of(run: Path, marks: Mapping[str, str | int], device: torch.device) -> Place:
    """Return where a cell is trained to its end: in its run's folder, or below it where that holds a record.

    Below it too where the weights that the checkpoint tells of are lost; the training starts anew then.
    """
    place = Place(run, marks)
    if (run / AGAIN).exists() or (run / "record.json").exists() or _says_lost(place, device):
        place = Place(run / AGAIN, marks)
        if _says_lost(place, device):
            shutil.rmtree(place.folder)
    place.resume(device)
    return place


def kept_updates(points: Sequence[int], count: int) -> frozenset[int]:
    """Return up to ``count`` of the validation points, evenly, the last one included."""
    if not points:
        return frozenset()
    places = np.linspace(len(points), 0, count, endpoint=False).round().astype(int) - 1
    return frozenset(points[place] for place in places)


def _says_lost(place: Place, device: torch.device) -> bool:
    name = place.lost(device)
    if name is not None:
        print(f"{place.folder / name} is missing or damaged, so the run starts anew from nothing", file=sys.stderr)
    return name is not None


def _ending(path: Path) -> dict[str, str]:
    """Return a file's name with its folder's, and the checksum that it ends with, which is not compared here."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes()[-DIGITS:].decode(errors="replace")}


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and checksum(path.read_bytes()) == digest
