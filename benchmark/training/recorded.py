"""Updates that are recorded once and replayed as a whole: a card computes them faster than their kernels are launched.

docs/decisions/100-recorded-updates.md. A recording is used only where it leaves, twice, the very bits that launching
each kernel leaves; else the latter goes on, and the run says why.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from benchmark.errors import RunError
from benchmark.training.recording import Graph, Numbers, Recording, UnrecordableError
from benchmark.training.update import Terms, Updates, Work
from data.batch import Batch
from methods.base import Clock

FIRST = 3  # updates of a stage, after which kernels are chosen and momentum is there
PROVEN = 2  # updates made both ways: the second shows what was frozen in the first
BROKEN = (
    "an update can't be recorded on this card, and the attempt broke CUDA's random numbers; "
    "start the run again with --eager: it goes on from its checkpoint"
)


class Recorded(Updates):
    """Makes the updates of a stage on a card; graph: what records, None where each kernel is to be launched."""

    def __init__(
        self, work: Work, graph: Callable[[torch.Generator], Graph] | None, say: Callable[[str], None]
    ) -> None:
        super().__init__(work)
        self._graph, self._say = graph, say
        self._rng = torch.Generator(work.device)
        self._numbers = Numbers(work.device)
        self._recording: Recording | None = None
        self._made = self._proven = 0
        for trained in work.trained.values():
            for group in trained.optimizer.param_groups:
                if takes_tensor(trained.optimizer, group):
                    group["lr"] = self._numbers.rate(group["initial_lr"], trained.schedule)
                else:
                    self._refuse(f"{type(trained.optimizer).__name__} takes no learning rate from a card")
        if any(type(part).get_extra_state is not nn.Module.get_extra_state for part in work.method.modules()):
            self._refuse("some of the method's state is no tensor")

    def make(self, update: int) -> Terms:
        """Make an update and return its terms."""
        work = self.work
        clock = Clock(update, work.stage.updates, work.seeded(update, self._rng), self._numbers.held)
        self._rate(clock)
        self._numbers.fill(clock)
        batch = work.batch(update)
        if self._graph is None or self._made < FIRST:
            self._made += 1
            return work.step(batch, clock)
        if self._recording is None or self._proven < PROVEN:
            return self._both(batch, clock)
        return self._recording.replay(batch)

    def _rate(self, clock: Clock) -> None:
        for trained in self.work.trained.values():
            for group in trained.optimizer.param_groups:
                if not isinstance(group["lr"], Tensor):
                    group["lr"] = group["initial_lr"] * trained.schedule(clock)

    def _refuse(self, why: str) -> None:
        if self._graph is not None:
            self._say(f"{self.work.stage.name}: each kernel of an update is launched by itself, since {why}")
        self._graph = self._recording = None
        if self.work.device.type == "cuda":
            torch.cuda.empty_cache()  # what the recording held

    def _both(self, batch: Batch, clock: Clock) -> Terms:
        """Make an update kernel by kernel and as recorded; keep to the former, from now on, where they differ."""
        state = state_of(self.work)
        before = copied(state)
        try:
            with refusing_to_wait():
                terms = detached(self.work.step(batch, clock))
        except RuntimeError as error:
            put(state, before)
            self._refuse(first_line(error))
            self._seed(clock)
            return self.work.step(batch, clock)
        weights = [weight for _, weight in self.work.method.named_parameters()]
        gradients = [weight.grad for weight in weights]
        expected = copied(state_of(self.work))
        why = self._again(batch, clock, state, before, expected, terms)
        if why:
            put(state, expected)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad = gradient
            self._refuse(why)
        else:
            self._proven += 1
        return terms

    def _again(
        self,
        batch: Batch,
        clock: Clock,
        state: Mapping[str, Tensor],
        before: Mapping[str, Tensor],
        expected: Mapping[str, Tensor],
        terms: Terms,
    ) -> str:
        """Make an update again, as recorded; return what is wrong with that."""
        assert self._graph is not None
        now = state_of(self.work)
        other = [name for name in now if name not in state or now[name].data_ptr() != state[name].data_ptr()]
        if other or now.keys() != state.keys():
            return f"a step puts another tensor in the place of {(other or ['one of its state'])[0]}"
        put(state, before)
        try:
            if self._recording is None:
                self._recording = Recording(self.work, batch, self._graph(self._rng), self._rng, self._numbers)
            self._seed(clock)
            self._numbers.fill(clock)
            found = self._recording.replay(batch)
            self._recording.own_gradients()
        except (UnrecordableError, RuntimeError) as error:
            if not draws(self.work.device):
                raise RunError(BROKEN) from error
            return first_line(error)
        differing = [name for name, value in expected.items() if not torch.equal(value, state[name])]
        differing += [name for name, value in terms.items() if not same(value, found.get(name))]
        return f"{differing[0]} is another one as recorded" if differing else ""

    def _seed(self, clock: Clock) -> None:
        self.work.seeded(clock.update, self._rng)


def state_of(work: Work) -> Mapping[str, Tensor]:
    """Return all tensors that an update may change, by name."""
    kept: dict[str, Tensor] = {**dict(work.method.named_parameters()), **dict(work.method.named_buffers())}
    if work.selection is not None:
        average = work.selection.average
        kept |= {f"average of {name}": value for name, value in average.named_parameters()}
        kept |= {f"average of {name}": value for name, value in average.named_buffers()}
    for name, trained in work.trained.items():
        for number, (_, values) in enumerate(trained.optimizer.state.items()):
            tensors = {key: value for key, value in values.items() if isinstance(value, Tensor)}
            kept |= {f"{key} {number} of optimiser {name}": value for key, value in tensors.items()}
    return {name: value.detach() for name, value in kept.items()}


def takes_tensor(optimizer: Optimizer, group: dict[str, Any]) -> bool:
    """Make a group of an optimiser ready for a learning rate that lies on a card; return whether it can be."""
    if "capturable" in group:
        group["capturable"] = True
    elif isinstance(optimizer, SGD):
        group["fused"], group["foreach"] = True, None  # the only one of SGD's ways that reads its rate there
    else:
        return False
    return True


@contextmanager
def refusing_to_wait() -> Iterator[None]:
    """Let what waits for the card raise, before it breaks a recording; nothing without one."""
    if not torch.cuda.is_available():
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this is a prototype of torch's
        before = torch.cuda.get_sync_debug_mode()
        torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode(before)


def draws(device: torch.device) -> bool:
    """Return whether random numbers can be drawn; CUDA's can't any more where a recording broke off inside."""
    try:
        torch.rand((), device=device)
    except RuntimeError:
        return False
    return True


def copied(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return copies of tensors."""
    return {name: value.clone() for name, value in state.items()}


@torch.no_grad()
def put(state: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Copy values into tensors of the same names; what has none is left alone."""
    for name, value in state.items():
        if name in values:
            value.copy_(values[name])


def detached(terms: Terms) -> Terms:
    """Return terms that nothing will overwrite."""
    return {name: value.detach().clone() if isinstance(value, Tensor) else value for name, value in terms.items()}


def same(value: Tensor | float, other: Tensor | float | None) -> bool:
    """Return whether a term is the other one."""
    if isinstance(value, Tensor) and isinstance(other, Tensor):
        return bool(torch.equal(value.float(), other.float()))
    return not isinstance(value, Tensor) and not isinstance(other, Tensor) and value == other


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]
