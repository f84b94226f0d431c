"""What of a step would be slow on a GPU: lines that make it wait, work slice by slice, or keep it from being recorded.

Told by counts on the CPU, of a step on the toy task: which operations are called, and from which line.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from methods.asked import stages_of
from methods.base import Budget, Clock
from methods.contract.subject import Subject, begun
from methods.contract.toy import batch_for, clock

Line = tuple[str, int]
"""A file of the method, by its path, and a line of it."""
WAITS: Mapping[str, str] = {
    "_local_scalar_dense": "a tensor becomes a Python number or truth (.item(), float(), bool(), if, while)",
    "nonzero": "how many pixels there are is asked of the device (nonzero, where with one argument, a mask as index)",
    "masked_select": "how many pixels there are is asked of the device (masked_select)",
    "_unique2": "how many values there are is asked of the device (unique)",
    "unique_dim": "how many values there are is asked of the device (unique)",
    "unique_consecutive": "how many values there are is asked of the device (unique_consecutive)",
    "bincount": "how many values there are is asked of the device (bincount)",
    "repeat_counted": "how many there are is asked of the device (repeat_interleave by counts; output_size= tells it)",
    "equal": "whether two tensors are the same is asked of the device (torch.equal)",
    "allclose": "whether two tensors are close is asked of the device (torch.allclose)",
}
LEAVES: Mapping[str, str] = {
    **{name: f".{name}() brings a tensor to the CPU" for name in ("cpu", "numpy", "tolist")},
    "__repr__": "print, str or an f-string brings a tensor to the CPU",
}
TORCH = str(Path(torch.__file__).parent)
HERE = str(Path(__file__).parent)
COUNTS = (2, 4)  # labelled and unlabelled slices each, of two steps that are compared


@dataclass(frozen=True)
class Slow:
    """A line of a method that is slow, and why."""

    file: str
    line: int
    why: str


def waits(subject: Subject) -> list[Slow]:
    """Return the lines of a method's files at which a step would wait for the device."""
    found: dict[Line, str] = {}
    with _leaving(lambda line, why: found.setdefault(line, why), subject):
        _steps(subject, COUNTS[0], lambda name, frame: _note_wait(found, name, frame, subject))
    return [Slow(subject.watched[file], line, why) for (file, line), why in sorted(found.items())]


def loops(subject: Subject) -> list[Slow]:
    """Return the lines of a method's own files whose operations grow in number with the slices of a batch."""
    counts = []
    for slices in COUNTS:
        count = Counter[Line]()
        _steps(subject, slices, lambda _, frame, count=count: _count(count, frame, subject))  # type: ignore[misc]
        counts.append(count)
    few, many = counts
    grown = sorted(line for line in many if few[line] and many[line] > few[line])
    words = "{} operations with {} slices of each kind, {} with {}; work on the whole batch at once"
    return [
        Slow(subject.files[line[0]], line[1], words.format(few[line], COUNTS[0], many[line], COUNTS[1]))
        for line in grown
    ]


def readings(subject: Subject) -> list[Slow]:
    """Return the lines of a method's files at which a step reads the clock's update or progress by itself."""
    found: dict[Line, None] = {}

    def read(frame: FrameType) -> None:
        line = within(frame, subject)
        if line is not None:
            found.setdefault(line)

    def seen(now: Clock) -> Clock:
        return _Read(now.update, now.total, now.rng, now.hold, read)

    _steps(subject, COUNTS[0], lambda *_: None, seen)
    why = "ask clock.number(lambda at: ...) for what depends on it, and the update can be recorded there"
    return [Slow(subject.files[file], line, why) for file, line in sorted(found)]


@dataclass(frozen=True)
class _Read(Clock):
    """A clock that tells who reads it by himself."""

    told: Callable[[FrameType], object] = id

    def __getattribute__(self, name: str) -> Any:
        if name in ("update", "progress"):
            object.__getattribute__(self, "told")(sys._getframe(1))
        return object.__getattribute__(self, name)

    def number(self, make: Callable[[Clock], float]) -> float | Tensor:
        """Return the number without telling: this is how to ask."""
        return Clock(object.__getattribute__(self, "update"), self.total, self.rng, self.hold).number(make)

    def ahead(self, updates: int) -> Clock:
        """Return the clock so many updates later, without telling."""
        later = object.__getattribute__(self, "update") + updates
        return _Read(later, self.total, self.rng, self.hold, self.told)


Heard = Callable[[str, FrameType], object]


class _Listening(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Tells of each operation its name and the frame that called it."""

    def __init__(self, heard: Heard) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.heard = heard

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        if name in ("index", "index_put_") and any(_is_mask(one) for one in args[1]):
            name = "nonzero"
        if func is torch.ops.aten.repeat_interleave.Tensor and (kwargs or {}).get("output_size") is None:
            name = "repeat_counted"
        self.heard(name, sys._getframe(1))
        return func(*args, **(kwargs or {}))


def _is_mask(index: Any) -> bool:
    return isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8)


def _steps(subject: Subject, slices: int, heard: Heard, seen: Callable[[Clock], Clock] = lambda now: now) -> None:
    """Take the first update of each stage, telling of its operations. seen: the clock as the step sees it."""
    method = subject.build()
    budget = Budget(8, False, slices, slices)
    for stage in stages_of(method, budget):
        begun(method, stage)
        torch.manual_seed(0)
        batch, now = batch_for(stage, 0), clock(0, stage)
        with _Listening(heard):
            method.step(batch, seen(now))


def _note_wait(found: dict[Line, str], name: str, frame: FrameType, subject: Subject) -> None:
    line = _caller(frame, subject) if name in WAITS else None
    if line is not None:
        found.setdefault(line, WAITS[name])


def _count(count: Counter[Line], frame: FrameType | None, subject: Subject) -> None:
    """Count an operation for the innermost line of the method that leads to it."""
    line = within(frame, subject)
    if line is not None:
        count[line] += 1


def within(frame: FrameType | None, subject: Subject) -> Line | None:
    """Return the innermost line of the method's own files that leads to a frame; None where none does."""
    while frame is not None and frame.f_code.co_filename not in subject.files:
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def _caller(frame: FrameType | None, subject: Subject) -> Line | None:
    """Return the line of the method's files that calls into torch; None where another file does."""
    while frame is not None and frame.f_code.co_filename.startswith((TORCH, HERE)):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename not in subject.watched:
        return None
    return frame.f_code.co_filename, frame.f_lineno


@contextmanager
def _leaving(note: Callable[[Line, str], object], subject: Subject) -> Iterator[None]:
    """Note what brings a tensor to the CPU, where it is already here and no operation tells."""
    with ExitStack() as patches:
        for name, why in LEAVES.items():
            patches.enter_context(patch.object(Tensor, name, _noting(getattr(Tensor, name), why, note, subject)))
        patches.enter_context(patch.object(Tensor, "to", _noting_to(Tensor.to, note, subject)))
        yield


def _noting(call: Callable[..., Any], why: str, note: Callable[[Line, str], object], subject: Subject) -> Any:
    def noted(tensor: Tensor, *args: Any, **options: Any) -> Any:
        line = _caller(sys._getframe(1), subject)
        if line is not None:
            note(line, why)
        return call(tensor, *args, **options)

    return noted


def _noting_to(call: Callable[..., Any], note: Callable[[Line, str], object], subject: Subject) -> Any:
    def noted(tensor: Tensor, *args: Any, **options: Any) -> Any:
        line = _caller(sys._getframe(1), subject)
        if line is not None and any(_is_cpu(one) for one in (*args, *options.values())):
            note(line, '.to("cpu") brings a tensor to the CPU')
        return call(tensor, *args, **options)

    return noted


def _is_cpu(place: Any) -> bool:
    return isinstance(place, str) and place == "cpu"  # what a tensor says of itself is a card elsewhere
