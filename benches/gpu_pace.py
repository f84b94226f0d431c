"""The pace of each method's stages on a device, as the trainer goes through them at a preset's size and batch."""

from __future__ import annotations

import io
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from benchmark.cells.augmentation import POLICIES
from benchmark.cells.preset import Preset
from benchmark.cells.seeding import seed
from benchmark.environment.device import precision_on
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.progress import Progress
from benchmark.training.trainer import Settings, Trainer
from data.batches import Batches
from data.pool import Pool
from data.task import Task
from methods import registry
from methods.base import Budget, Method, Stage

TASK = Task("toy", ("RV", "Myo", "LV"))
FIRST = ("supervised", "mean_teacher", "action")  # what targets are set for is measured first
SYNC = "synchronizing CUDA operation"
FEW = 6  # updates of a training that is taken from a longer one: kernels are chosen, and an update is recorded
WATCHED = 5  # updates in which waits are counted
KERNELS = 14  # of a stage, the longest ones that are named
Found = dict[str, Any]


def names() -> list[str]:
    """Return all methods, those with targets first."""
    return [*FIRST, *(name for name in registry.entries() if name not in FIRST)]


def pool(masked: bool, size: int, device: torch.device, slices: int = 64) -> Pool:
    """Return slices of blobs on noise, every class in each."""
    rng = torch.Generator().manual_seed(int(masked))
    rows = torch.arange(size).mul(TASK.classes).div(size, rounding_mode="floor")
    masks = rows.view(1, -1, 1).expand(slices, size, size).to(torch.uint8)
    images = (0.7 * torch.rand(slices, 1, size, size, generator=rng) + 0.1 * masks.unsqueeze(1)).clamp(0, 1)
    case, along = torch.arange(slices) // 8, torch.linspace(0, 1, 8).repeat(slices // 8)
    held = masks.contiguous().to(device) if masked else None
    return Pool(images.to(device), held, case.to(device), along.to(device), tuple(map(str, range(slices // 8))))


def built(name: str, device: torch.device) -> Method:
    """Return a method on a device, as a run builds it."""
    config = registry.configure(name, "fixed", {})
    method = registry.build(name, TASK, "unet", config, weights=None, seed=0).to(device)
    return method.to(memory_format=torch.channels_last)


def stages_of(method: Method, preset: Preset, updates: int) -> Sequence[Stage]:
    """Return the stages at a preset's batch, each so many updates long."""
    budget = Budget(1000, True, preset.labeled_batch, preset.unlabeled_batch)
    return [replace(stage, updates=updates, keep="last") for stage in method.stages(budget)]


class Pace:
    """Trains stages at a preset and tells what an update takes."""

    def __init__(self, device: torch.device, preset: Preset, updates: int, eager: bool = False) -> None:
        self.device, self.preset, self.updates, self.eager = device, preset, updates, eager
        self.batches = Batches(
            pool(True, preset.size, device), pool(False, preset.size, device), POLICIES[preset.augmentation], seed
        )

    def of(self, name: str) -> Iterator[Found]:
        """Yield what each stage of a method takes; the reason where it fails."""
        method = built(name, self.device)
        for number, stage in enumerate(stages_of(method, self.preset, self.updates)):
            try:
                yield {"method": name, "stage": stage.name, **self._stage(method, number)}
            except Exception as error:
                first = (str(error).splitlines() or [""])[0]
                yield {"method": name, "stage": stage.name, "failed": f"{type(error).__name__}: {first}"}

    def _stage(self, method: Method, number: int) -> Found:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            words = self._train(method, number, FEW)
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        few, many = (self._seconds(method, number, count) for count in (FEW, FEW + self.updates))
        seconds = many - few  # without what a stage's beginning and end cost once
        found: Found = {"ms": 1000 * seconds / self.updates, "updates_a_second": self.updates / seconds}
        found["said"] = words
        found["warnings"] = sorted({str(one.message).splitlines()[0][:120] for one in said})
        if self.device.type == "cuda":
            found["peak_mib"] = torch.cuda.max_memory_reserved() / 2**20
            found["syncs"] = self._syncs(method, number)
            found |= self._profiled(method, number, found["ms"])
        return found

    def _seconds(self, method: Method, number: int, updates: int) -> float:
        start = time.perf_counter()
        self._train(method, number, updates)  # ends with a look at the weights, which waits for all of it
        return time.perf_counter() - start

    def _train(self, method: Method, number: int, updates: int) -> list[str]:
        """Train a stage and return what was said of it but its pace."""
        precision = precision_on(self.device, self.preset.precision)
        trainer = Trainer(method, self.batches, None, Settings(self.device, precision, 1, seed, eager=self.eager))
        stage = stages_of(method, self.preset, updates)[number]
        said = io.StringIO()
        trainer.run([stage], Checkpoint(None), Progress(updates, "bench", stream=said))
        return [line for line in said.getvalue().splitlines() if "updates/s" not in line]

    def _syncs(self, method: Method, number: int) -> Mapping[str, int]:
        """Return how often some updates wait for the device, by line, but for what the first ones and a stage do."""
        waits: Counter[str] = Counter()
        torch.cuda.set_sync_debug_mode("warn")
        try:
            for updates, sign in ((FEW, -1), (FEW + WATCHED, 1)):
                with warnings.catch_warnings(record=True) as said:
                    warnings.simplefilter("always")
                    self._train(method, number, updates)
                for one in said:
                    waits[f"{one.filename}:{one.lineno}"] += sign * (SYNC in str(one.message))
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return dict((+waits).most_common(8))

    def _profiled(self, method: Method, number: int, ms: float) -> Found:
        """Return the share of time in kernels, how many an update has, and the longest of them."""
        spent: Counter[str] = Counter()
        count: Counter[str] = Counter()
        for updates, sign in ((FEW, -1), (FEW + 2, 1)):
            with profile(activities=[ProfilerActivity.CUDA]) as taken:
                self._train(method, number, updates)
            for one in taken.events():
                if one.device_type == torch.autograd.DeviceType.CUDA:
                    spent[one.name[:90]] += sign * one.time_range.elapsed_us() / 2000
                    count[one.name[:90]] += sign
        longest = {key: [round(value, 4), count[key] / 2] for key, value in spent.most_common(KERNELS)}
        busy = sum(spent.values())
        return {"device_ms": busy, "busy": busy / ms, "kernels": sum(count.values()) / 2, "longest": longest}
