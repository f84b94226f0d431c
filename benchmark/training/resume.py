"""Where a cell trains: a folder, what a checkpoint there tells of, and what of it can be gone on from."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import torch

from benchmark.errors import PassingError, RunError, UsageError
from benchmark.training.checkpoint import Checkpoint, checksum, is_finished
from benchmark.training.snapshots import Snapshots

AGAIN = "again"  # below a run's folder: a training that is to replace what the folder holds
CHECKPOINT = "checkpoint.pt"


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
        if saved is not None and "code" not in saved.get("marks", {}):
            self.checkpoint.marks.pop("code", None)  # an older version's: nobody knows which code began it
        kept = {} if saved is None else saved.get("beside")
        for weights in (self.points, self.snapshots):
            weights.take_up(kept)

    @property
    def tells_code(self) -> bool:
        """Whether all of the training is of the code that this run is marked with."""
        return "code" in self.checkpoint.marks

    def check(self) -> None:
        """Raise PassingError where weights that were kept since the training began are missing or damaged."""
        name = self._broken(self._kept())
        if name is not None:
            raise PassingError(
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
                f"{self.folder} is being trained again, in {AGAIN}/; end that with benchmark.run --force first"
            )
        saved = self.checkpoint.load(device)
        if saved is None:
            raise UsageError(
                f"{self.folder} has no {CHECKPOINT}, which holds the weights; run the cell with --force to train again"
            )
        if not is_finished(saved):
            raise UsageError(
                f"{self.folder / CHECKPOINT} is of a training that was cut off, and holds no chosen weights; "
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


def _says_lost(place: Place, device: torch.device) -> bool:
    name = place.lost(device)
    if name is not None:
        print(f"{place.folder / name} is missing or damaged, so the run starts anew from nothing", file=sys.stderr)
    return name is not None


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and checksum(path.read_bytes()) == digest
