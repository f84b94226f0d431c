"""Traces of methods, the files that keep them, and what a new one says beside a kept one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator

from benchmark.errors import RunError
from results.writing import write_json

# A share; gradients were 4e-5 (BCP, older processor) and 8e-5 (mean teacher, other last bits) off where five trainings
# had moved them by less than 5e-6: a pixel's activation turns over in one training and not in another.
FLOOR = 1e-4
# On the most that the disturbances did; kernels of an older processor moved ACTION by 12 times that, those of a newer
# one (Zen 4) its gradient by 38 times at update 4, for code whose digits on one machine had not changed.
FACTOR = 60.0
AHEAD = 2  # updates; a choice
DIGITS = 7  # that are kept of a number
Said = Literal["same", "numerically different", "different method"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Series(_Frozen):
    """A term, update by update; in a file, numbers with spaces between them.

    rounding: how far rounding alone moves it, as ``differences`` counts; what a kept trace knows.
    """

    values: tuple[float, ...]
    rounding: tuple[float, ...] = ()

    @field_validator("values", "rounding", mode="before")
    @classmethod
    def _read(cls, given: str | Sequence[float]) -> tuple[float, ...]:
        numbers = given.split() if isinstance(given, str) else given
        return tuple(float(f"{float(number):.{DIGITS}g}") for number in numbers)

    @field_serializer("values")
    def _written(self, values: tuple[float, ...]) -> str:
        return " ".join(f"{value:.{DIGITS}g}" for value in values)

    @field_serializer("rounding")
    def _shortened(self, values: tuple[float, ...]) -> str:
        return " ".join(f"{value:.1e}" for value in values)

    def allowed(self) -> list[float]:
        """Return how far each update may be off: what rounding explains, by the most that any update so far moved.

        A pixel that turns over some updates later in one training may do so now in another, so these count too. What
        stands still does so whatever the rounding.
        """
        if not any(self.values):
            return [FLOOR] * len(self.values)
        return [max(FLOOR, FACTOR * max(self.rounding[: k + 1 + AHEAD], default=0.0)) for k in range(len(self.values))]


class Trace(_Frozen):
    """What trainings of a method left: series by the stage they are of and their term, as in ``train: total``.

    setup: a digest of the preset and the phantom; traces of two set-ups say nothing about each other. stages: those
    that the method itself wants, with their updates.
    """

    setup: str
    stages: tuple[tuple[str, int], ...]
    series: Mapping[str, Series]

    @property
    def digest(self) -> str:
        """A digest of its numbers, whatever rounding alone would do to them."""
        values = {name: one.model_dump(include={"values"}) for name, one in self.series.items()}
        text = json.dumps([self.setup, self.stages, values], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


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


def differences(kept: Sequence[float], new: Sequence[float]) -> list[float]:
    """Return the difference of each pair, as a share of the largest of the kept values; 1 where those are all 0."""
    largest = max(map(abs, kept), default=0.0)
    return [0.0 if a == b else abs(a - b) / largest if largest else 1.0 for a, b in zip(kept, new, strict=True)]


def compare(kept: Trace, new: Trace) -> Verdict:
    """Return whether a trace has the kept one's numbers, has them but for rounding, or is of something else."""
    if kept.stages != new.stages:
        was, now = (", ".join(f"{name} {count}" for name, count in one.stages) for one in (kept, new))
        return Verdict("different method", f"its stages are {now}; they were {was}")
    for said, names in (("no more", kept.series.keys() - new.series), ("new", new.series.keys() - kept.series)):
        if names:
            return Verdict("different method", f"{min(names)} is {said}")
    found = [_Moved(name, *pair) for name, one in kept.series.items() for pair in _pairs(one, new.series[name])]
    if not any(one.by for one in found):
        return Verdict("same")
    outside = [one for one in found if one.excess > 1]
    if outside:
        return Verdict("different method", str(min(outside, key=lambda one: (one.update, -one.excess))))
    return Verdict("numerically different", f"at most {max(found, key=lambda one: one.excess)}")


@dataclass(frozen=True)
class _Moved:
    """How far a term is off at an update, counted from 1, and how far it may be."""

    name: str
    update: int
    by: float
    allowed: float

    @property
    def excess(self) -> float:
        return self.by / self.allowed

    def __str__(self) -> str:
        return f"{self.name} {self.by:.1e} off at update {self.update}, where rounding explains {self.allowed:.1e}"


def _pairs(kept: Series, new: Series) -> Iterator[tuple[int, float, float]]:
    return zip(count(1), differences(kept.values, new.values), kept.allowed())


class Traces:
    """A folder of kept traces, a file a torch version and class of device."""

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
