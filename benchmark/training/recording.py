"""A recording of an update: its kernels in their order, what they read and where they leave what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from benchmark.training.update import Terms, Work
from data.batch import Batch, Images
from methods.base import Clock

Make = Callable[[Clock], float]
MOST = 64  # numbers that a step may ask its clock for


class UnrecordableError(Exception):
    """An update does what no recording can do again."""


class Graph(Protocol):
    """Records what a call makes a device do."""

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        """Return where each replay leaves what ``run`` returns; nothing is computed yet."""

    def replay(self) -> None:
        """Do it again, with what lies now where it read."""


class CudaGraph:
    """CUDA's graph of the kernels of a call. rng: a generator whose numbers each replay draws from where it stands."""

    def __init__(self, rng: torch.Generator) -> None:
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(rng)

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        """Return where each replay leaves what ``run`` returns."""
        before = torch.cuda.current_stream()
        with torch.cuda.stream(before), torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            return run()  # torch leaves its own stream behind where a recording fails at its end

    def replay(self) -> None:
        """Launch all of it."""
        self._graph.replay()


class Numbers:
    """Numbers that change from update to update, side by side on a device, all brought there by one copy.

    rates: how many of them are learning rates.
    """

    def __init__(self, device: torch.device, rates: int = 0) -> None:
        self._device, self._rates = device, rates
        self._places = torch.zeros(rates + MOST, device=device)
        self._makes: list[Make] = []

    def rate(self, initial: float, schedule: Callable[[Clock], float]) -> Tensor:
        """Return where a learning rate lies."""
        return self.place(lambda clock: initial * schedule(clock))

    def place(self, make: Make) -> Tensor:
        """Return where a number (a scalar) lies from the next ``fill`` on."""
        if len(self._makes) == len(self._places):
            raise UnrecordableError(f"its step reads more than {MOST} numbers from its clock")
        self._makes.append(make)
        return self._places[len(self._makes) - 1]

    def forget(self) -> None:
        """Keep learning rates alone."""
        del self._makes[self._rates :]

    def held(self, value: float) -> Tensor:
        """Return a number on the device for an update that is not recorded."""
        return torch.full((), value, device=self._device)

    def fill(self, clock: Clock) -> None:
        """Bring all numbers of an update to the device, without waiting for it."""
        plain = Clock(clock.update, clock.total, clock.rng)
        values = torch.tensor([make(plain) for make in self._makes])
        if self._device.type == "cuda":
            values = values.pin_memory()
        self._places[: len(values)].copy_(values, non_blocking=True)


class Watched(Clock):
    """The clock of an update that is recorded: it says where numbers lie, and can't be read itself."""

    def __init__(self, total: int, rng: torch.Generator, place: Callable[[Make], Tensor], later: int = 0) -> None:
        for name, value in {"total": total, "rng": rng, "_place": place, "_later": later}.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """Refuse the update's number, the only field that is not set."""
        if name == "update":
            raise UnrecordableError("its step reads the clock itself, and not by Clock.number")
        raise AttributeError(name)

    def number(self, make: Make) -> Tensor:
        """Return where ``make(clock)`` lies."""
        later: int = self._later
        placed: Tensor = self._place(lambda clock: make(clock.ahead(later)))
        return placed

    def ahead(self, updates: int) -> Watched:
        """Return such a clock so many updates later."""
        return Watched(self.total, self.rng, self._place, self._later + updates)


class Recording:
    """An update that was recorded, and the batch that it reads."""

    def __init__(self, work: Work, batch: Batch, graph: Graph, rng: torch.Generator, numbers: Numbers) -> None:
        self._batch, self._graph = copy_of(batch), graph
        self._names: list[str] = []
        self._fixed: dict[str, float] = {}

        def run() -> Tensor:
            terms = work.step(self._batch, Watched(work.stage.updates, rng, numbers.place))
            tensors = {name: value for name, value in terms.items() if isinstance(value, Tensor)}
            self._names = list(terms)
            self._fixed = {name: value for name, value in terms.items() if not isinstance(value, Tensor)}
            row = [value.detach().float().reshape(()) for value in tensors.values()]
            return torch.stack(row) if row else torch.zeros(0, device=work.device)

        self._row = graph.record(run)
        self._gradients = [(weight, weight.grad) for weight in work.method.parameters()]

    def replay(self, batch: Batch) -> Terms:
        """Make an update with another batch and return its terms."""
        torch._foreach_copy_(tensors_of(self._batch), tensors_of(batch))
        self._graph.replay()
        values = iter(self._row.clone().unbind())
        return {name: self._fixed[name] if name in self._fixed else next(values) for name in self._names}

    def own_gradients(self) -> None:
        """Let the weights' gradients be those that replays write."""
        for weight, gradient in self._gradients:
            weight.grad = gradient


def tensors_of(batch: Batch) -> list[Tensor]:
    """Return all tensors of a batch, in an order that depends on its stage alone."""
    sides = [batch.labeled, *([] if batch.unlabeled is None else [batch.unlabeled])]
    return [batch.masks, *(one for side in sides for one in (*side.views.values(), side.case, side.position))]


def copy_of(batch: Batch) -> Batch:
    """Return a batch of its own memory."""
    unlabeled = None if batch.unlabeled is None else _copy(batch.unlabeled)
    return Batch(_copy(batch.labeled), batch.masks.clone(), unlabeled)


def _copy(images: Images) -> Images:
    views = {name: view.clone() for name, view in images.views.items()}
    return Images(views, images.case.clone(), images.position.clone())
