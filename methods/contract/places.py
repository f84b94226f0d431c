"""The rule about devices: that a step makes nothing on the CPU that meets slices or weights, which may lie on a card.

Told on the CPU, where all tensors lie in one place: those that a step makes without saying where are followed through
what is computed of them alone, and told where they meet others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import torch
from torch import Generator, Tensor, nn
from torch.overrides import TorchFunctionMode

from methods.asked import set_rates, stages_of
from methods.base import Method
from methods.contract.pace import within
from methods.contract.subject import SIDE, Broken, Subject, begun
from methods.contract.toy import BUDGET, batch_for, clock

MADE = frozenset(
    ("arange", "as_tensor", "empty", "eye", "full", "linspace", "logspace", "normal", "ones", "rand",
     "randint", "randn", "randperm", "tensor", "tril_indices", "triu_indices", "zeros")
)  # fmt: skip
"""Functions of torch that make a tensor on the CPU where no device is named."""
MET = frozenset(("__getitem__", "__setitem__", "copy_", "index_put", "index_put_"))
"""Functions that take a tensor from the CPU beside one on a card."""
MARK = "_made_on_cpu"
MEND = "make it where the slices are, device=images.device, or let __init__ keep it by register_buffer"


def devices(subject: Subject) -> None:
    """Take first and last updates of each stage, and look for tensors of the CPU that meet others."""
    method = subject.build()
    _mark_attributes(method)
    for stage in stages_of(method, BUDGET):
        following = _Following(subject)
        with _through(following):
            first = begun(method, stage)
        for update in sorted({0, stage.updates - 1}):
            torch.default_generator.manual_seed(update)
            batch, now = batch_for(stage, update, SIDE), clock(update, stage)
            set_rates(first.trained, now)
            following.rng = now.rng
            with _through(following):
                method.step(batch, now)
        if following.found:
            raise Broken(f"{following.found[0]}, which would end a run on a GPU; {MEND}")


def _mark_attributes(method: Method) -> None:
    """Mark the tensors that a method keeps and that are neither weights nor buffers: they stay where they were made."""
    for module in method.modules():
        for kept in _tensors([one for name, one in vars(module).items() if name not in ("_parameters", "_buffers")]):
            setattr(kept, MARK, not isinstance(kept, nn.Parameter))


@dataclass
class _Following(TorchFunctionMode):
    """Follows tensors that were made on the CPU; found: where they met others, in words."""

    subject: Subject
    rng: Generator | None = None
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        given = func(*args, **named)
        name, tensors = getattr(func, "__name__", ""), list(_tensors([*args, *named.values()]))
        mine = [one for one in tensors if getattr(one, MARK, False)]
        if name in MADE and not tensors:
            self._make(given, named)
        elif name == "cpu" or (name == "to" and _names_place(args[1:], named)):
            given = torch.ops.aten.alias(given) if given is args[0] else given  # on a card it is another one
            _mark(given, name == "cpu" or _is_cpu([*args[1:], *named.values()]))
        elif mine and len(mine) == len(tensors):
            _mark(given, True)
        elif name not in MET and any(one.ndim for one in mine):
            self._tell("a tensor of the CPU meets one of the batch or of a network")
        return given

    def _make(self, given: Any, named: Mapping[str, Any]) -> None:
        if named.get("device") is None or _is_cpu([named["device"]]):
            _mark(given, True)
            if self.rng is not None and named.get("generator") is self.rng:
                self._tell("clock.rng, which lies on the run's device, draws a tensor of the CPU")

    def _tell(self, words: str) -> None:
        line = within(sys._getframe(2), self.subject)
        if line is not None:
            self.found.append(f"{words} ({self.subject.files[line[0]]}, line {line[1]})")


@contextmanager
def _through(following: _Following) -> Iterator[None]:
    """Follow what is made meanwhile, of arrays too, of which torch tells nobody."""
    plain = torch.from_numpy

    def marked(array: Any) -> Tensor:
        made = plain(array)
        _mark(made, True)
        return made

    with following, patch.object(torch, "from_numpy", marked):
        yield


def _names_place(args: Sequence[Any], named: Mapping[str, Any]) -> bool:
    """Return whether a tensor is moved to a device, or to where another tensor lies."""
    return any(isinstance(one, str | torch.device | Tensor) for one in (*args, *named.values()))


def _is_cpu(places: Sequence[Any]) -> bool:
    """Return whether the CPU is named by its word: a device that is asked of a tensor is another's on a card."""
    return any(isinstance(one, str) and one == "cpu" for one in places)


def _mark(given: Any, on_cpu: bool) -> None:
    for one in _tensors([given]):
        setattr(one, MARK, on_cpu)


def _tensors(values: Any) -> Iterator[Tensor]:
    """Yield the tensors in values, and in lists and mappings of them."""
    for one in values:
        if isinstance(one, Tensor):
            yield one
        elif isinstance(one, list | tuple):
            yield from _tensors(one)
        elif isinstance(one, dict):
            yield from _tensors(one.values())
