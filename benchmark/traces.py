"""Loss traces of methods, the files that keep them, and what a new one says beside a kept one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmark.errors import RunError
from results.store import write_json

FLOOR = 1e-5  # relative; two threads moved FixMatch by up to 6e-6 in 14 updates, where a last bit did by 2e-6
FACTOR = 10.0  # on the most that the disturbances did; a choice (docs/DESIGN.md)
Said = Literal["same", "numerically different", "different method"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trace(_Frozen):
    """Loss ``total`` of every update, and the stages it went through with their updates.

    setup: a digest of the preset and the phantom; traces of two set-ups say nothing about each other.
    rounding: how far a last bit of the initial weights moves each update's loss, relative; what a kept trace knows.
    """

    setup: str
    stages: tuple[tuple[str, int], ...]
    totals: tuple[float, ...]
    rounding: tuple[float, ...] = ()


class Kept(_Frozen):
    """Traces by method, of one torch (major.minor) on one class of device."""

    torch: str
    device: str
    traces: Mapping[str, Trace]


@dataclass(frozen=True)
class Verdict:
    """What a trace is beside a kept one, and in which numbers that shows."""

    said: Said
    because: str = ""

    def __str__(self) -> str:
        return f"{self.said}: {self.because}" if self.because else self.said


def differences(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Return the difference of each pair of losses, as a share of the larger."""
    pairs = zip(one, other, strict=True)
    return [0.0 if a == b else abs(a - b) / max(abs(a), abs(b)) for a, b in pairs]


def compare(kept: Trace, new: Trace) -> Verdict:
    """Return whether a trace has the kept one's bits, is it but for rounding, or is of something else."""
    if kept.stages != new.stages:
        was, now = (", ".join(f"{name} {count}" for name, count in one.stages) for one in (kept, new))
        return Verdict("different method", f"its stages are {now}; they were {was}")
    moved = differences(kept.totals, new.totals)
    if not any(moved):
        return Verdict("same")
    allowed = [max(FLOOR, FACTOR * grown) for grown in accumulate(kept.rounding, max)]
    outside = [update for update, (a, b) in enumerate(zip(moved, allowed, strict=True)) if a > b]
    if outside:
        first = outside[0]
        because = f"loss {moved[first]:.1e} off at update {first + 1}, where rounding explains {allowed[first]:.1e}"
        return Verdict("different method", because)
    most = max(range(len(moved)), key=moved.__getitem__)
    because = f"loss at most {moved[most]:.1e} off, at update {most + 1}; rounding explains {allowed[most]:.1e} there"
    return Verdict("numerically different", because)


class Traces:
    """A folder of kept traces, a file a torch version and class of device; a number is kept to the last bit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, torch: str, device: str) -> Path:
        """Return the file of a version and device, which need not exist."""
        return self.folder / f"torch-{torch}-{device}.json"

    def load(self, torch: str, device: str) -> Kept | None:
        """Return what is kept, or None; RunError for a file that is damaged or was changed by hand."""
        path = self.path(torch, device)
        damaged = RunError(f"{path} is damaged or changed by hand; git checkout it, or remove it and use --keep")
        try:
            content = json.loads(path.read_bytes())
            kept = Kept.model_validate(content["kept"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            raise damaged from None
        if content.get("sha256") != _digest(kept) or (kept.torch, kept.device) != (torch, device):
            raise damaged
        return kept

    def save(self, torch: str, device: str, new: Mapping[str, Trace]) -> Path:
        """Keep traces beside those of other methods, and return their file."""
        before = self.load(torch, device)
        traces = dict(sorted({**(before.traces if before else {}), **new}.items()))
        kept, path = Kept(torch=torch, device=device, traces=traces), self.path(torch, device)
        write_json(path, {"kept": kept.model_dump(mode="json"), "sha256": _digest(kept)})
        return path

    def nearest(self, torch: str, device: str) -> Kept | None:
        """Return the traces of the newest torch before this one, else of the oldest after it, or None."""
        mine, ending = _numbers(torch), f"-{device}.json"
        names = (path.name.removeprefix("torch-").removesuffix(ending) for path in self.folder.glob(f"torch-*{ending}"))
        others = sorted((_numbers(name), name) for name in names if name != torch)
        older = [name for numbers, name in others if numbers < mine]
        chosen = [*older[-1:], *(name for _, name in others)]
        return self.load(chosen[0], device) if chosen else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _digest(kept: Kept) -> str:
    return hashlib.sha256(json.dumps(kept.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
