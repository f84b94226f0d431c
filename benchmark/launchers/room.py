"""What run folders take on a disk, and whether that has room for them."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.cells.cell import Cell
from benchmark.running.left import weights_kept
from data.task import Task
from results.store import LoadedRecord

BYTES = 4  # of a weight, as it is kept
BESIDE = 500_000  # of a folder's other files: tables, masks and pictures; on the phantom, 2026-11-27


@dataclass(frozen=True)
class Room:
    """Bytes that runs will leave in a folder, and those that are free there.

    measured: of how many of them past runs tell; of the others the weights that they keep do. training: bytes that the
    runs at work take beside that.
    """

    runs: int
    measured: int
    left: float
    training: float
    free: int
    place: Path

    @property
    def fits(self) -> bool:
        """Whether there is room for all of it."""
        return self.left + self.training <= self.free

    def __str__(self) -> str:
        """How much is taken and free, and a second line where it does not fit."""
        ways = {"past runs here": self.measured, "the weights that are kept": self.runs - self.measured}
        basis = " and ".join(way for way, count in ways.items() if count)
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs, {_size(self.left / self.runs)} each"
        words = f"disk: {_size(self.left)} for {runs}, by {basis}"
        words += f", and {_size(self.training)} while they train; {_size(self.free)} free"
        advice = f"it does not fit: make room in {self.place}, or name another folder with --out"
        return words if self.fits else f"{words}\n{advice}"


def room_for(
    cells: Sequence[Cell], tasks: Mapping[str, Task], here: Sequence[LoadedRecord], out: Path, at_once: int
) -> Room:
    """Return the room that cells need in a folder, as runs of their method, network and data set there took it.

    Where there are none, by the weights that they keep. tasks: of the data sets by name; at_once: cells that train.
    """
    taken = _measured(here)
    computed: dict[tuple[str, ...], tuple[int, int]] = {}
    left, training = list[float](), list[float]()
    for cell in cells:
        kind = cell.method, cell.built_backbone, cell.dataset
        if kind not in computed:
            computed[kind] = weights_kept(cell, tasks[cell.dataset])
        kept, beside = computed[kind]
        left.append(statistics.median(taken[kind]) if kind in taken else BESIDE + BYTES * kept)
        training.append(BYTES * beside)
    place = next(path for path in (out.absolute(), *out.absolute().parents) if path.is_dir())
    most = sum(sorted(training, reverse=True)[:at_once])
    measured = sum((cell.method, cell.built_backbone, cell.dataset) in taken for cell in cells)
    return Room(len(cells), measured, sum(left), most, shutil.disk_usage(place).free, place)


def _measured(here: Sequence[LoadedRecord]) -> Mapping[tuple[str, ...], Sequence[int]]:
    """Return the bytes of finished runs' folders that hold their weights, by method, network and data set."""
    taken: dict[tuple[str, ...], list[int]] = {}
    for one in here:
        mine = one.record.cell
        if one.record.status == "done" and (one.folder / "checkpoint.pt").exists():
            size = sum(path.stat().st_size for path in one.folder.rglob("*") if path.is_file())
            taken.setdefault((mine.method, mine.backbone, mine.dataset), []).append(size)
    return taken


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
