"""Memory stays as it is over 500 updates, validation, selection, history and the look inside among them."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.assembly import method_of, settings_of, trainer_of
from benchmark.running.options import Options
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.progress import Progress
from benchmark.training.snapshots import Snapshots
from data.catalog import find
from methods.base import Method
from methods.networks import factory
from methods.networks.segmenter import Maps, Segmenter

KIB = 1024


class Tiny(Segmenter):
    """One convolution down and one up."""

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.1))
        self.classify = nn.Conv2d(4, classes, 1)
        self.bottleneck_channels, self.decoder_channels = 4, (4,)

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        return [self.encoder(images)]

    def decode(self, encoded: Sequence[Tensor]) -> Maps:
        return Maps(self.classify(encoded[-1]), encoded[-1], (encoded[-1],))


class Watching(Progress):
    """Notes the MiB in use and the number of Python's blocks at two of the points where a run shows itself."""

    def __init__(self, settled: int, total: int) -> None:
        super().__init__(total, "toy")
        self.points = settled, total
        self.used: list[tuple[float, int]] = []

    def show(self, stage: str, update: int, terms: Any) -> None:
        if update in self.points:
            gc.collect()
            self.used.append((used_mib(), sys.getallocatedblocks()))


class Heap(ctypes.Structure):
    """glibc's struct mallinfo2, mallinfo(3)."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keep",
        )
    ]


def used_mib() -> float:
    """Return what is allocated at this moment: what is resident may be free, and hides a leak for a while."""
    asked = ctypes.CDLL(None).mallinfo2
    asked.restype = Heap
    heap = asked()
    return (heap.uordblks + heap.hblkhd) / KIB**2


def grown(
    monkeypatch: pytest.MonkeyPatch, settled: int, updates: int, disturb: Callable[[Method], object]
) -> tuple[float, int]:
    """Return the MiB and Python's blocks by which a mean teacher's training grows from one update to its last."""
    if not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("this C library doesn't tell how much is allocated")
    monkeypatch.setitem(factory.OWN, "unet", Tiny)  # type: ignore[arg-type]
    source, asked = find("phantom"), {"updates": updates, "size": 32, "validations": 5, "augmentation": "geometric"}
    cell = resolve_cell(Wish(method="mean_teacher", preset="smoke", labeled=2, set=asked), source, "cpu")
    options = Options(torch.device("cpu"))
    method = method_of(cell, source.task, options.device)
    disturb(method)
    progress, kept = Watching(settled, updates), (Snapshots(None), Snapshots(None))
    trainer = trainer_of(cell, source, method, settings_of(cell, options), kept)
    trainer.run(method.stages(cell.budget), Checkpoint(None), progress)
    (before, blocks), (after, more) = progress.used
    return after - before, more - blocks


@pytest.mark.usefixtures("small_phantom")
def test_500_updates_hold_what_100_did(monkeypatch: pytest.MonkeyPatch) -> None:
    mib, blocks = grown(monkeypatch, 100, 500, lambda method: None)
    assert mib < 0.5  # the history's rows, and what glibc keeps at hand
    assert blocks < 400 * 5


@pytest.mark.usefixtures("small_phantom")
def test_what_an_update_holds_on_to_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would fail if each update held on to a small map, or to ten numbers."""
    held: list[object] = []

    def leak(method: Method) -> None:
        step = method.step
        kept = lambda: (torch.ones(64, 64), [float(k) for k in range(10)])  # noqa: E731
        monkeypatch.setattr(method, "step", lambda *given: (held.append(kept()), step(*given))[1])

    mib, blocks = grown(monkeypatch, 40, 140, leak)
    assert mib == pytest.approx(100 / 64, abs=0.4)  # maps of 16 KiB
    assert blocks > 100 * 10
