"""Updates that are recorded once and replayed as a whole: a card computes them faster than their kernels are launched.

docs/decisions/100-recorded-updates.md. A recording is used only where it leaves, twice, the very bits that launching
each kernel leaves; else the latter goes on, and the run says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from benchmark.errors import PassingError, RunError
from benchmark.training.recordable import draws, host_draws, keeps_more, refusing_to_wait, takes_tensor
from benchmark.training.recording import Graph, Numbers, Recording, UnrecordableError
from benchmark.training.update import Terms, Updates, Work
from data.batch import Batch
from methods.asked import factor_of
from methods.base import Clock

FIRST = 3  # updates of a stage, after which kernels are chosen and momentum is there
PROVEN = frozenset({FIRST, FIRST + 1, *(4**power for power in range(3, 20))})
"""How many updates of a stage a process has made before one that is made both ways: the second shows what was frozen in
the first, later ones what a step does that it did not do then."""
BROKEN = (
    "an update can't be recorded on this card, and the attempt broke CUDA's random numbers; "
    "start it again with --eager: it goes on from its checkpoint"
)
LATE = "it was not when it was recorded, so updates since may be wrong; train it again with --force --eager"


class Recorded(Updates):
    """Makes the updates of a stage on a card; graph: what records, None where each kernel is to be launched."""

    def __init__(
        self, work: Work, graph: Callable[[torch.Generator], Graph] | None, say: Callable[[str], None]
    ) -> None:
        super().__init__(work)
        self._graph, self._say = graph, say
        self._rng = torch.Generator(work.device)
        self._recording: Recording | None = None
        self._made = 0
        groups = [(name, group) for name, one in work.trained.items() for group in one.optimizer.param_groups]
        able = [(name, group) for name, group in groups if takes_tensor(work.trained[name].optimizer, group)]
        self._numbers = Numbers(work.device, len(able))
        for name, group in able:
            group["lr"] = self._numbers.rate(group["initial_lr"], partial(factor_of, name, work.trained[name]))
        if len(able) < len(groups):
            other = next(name for name, group in groups if not isinstance(group["lr"], Tensor))
            kind = type(work.trained[other].optimizer).__name__
            self._refuse(f"{kind} takes no learning rate from a card, or has hooks or momentum of its own kind")
        if any(keeps_more(type(part)) for part in work.method.modules()):
            self._refuse("some of the method's state is no tensor, or is kept in its own way")

    @property
    def replays(self) -> bool:
        """Whether updates are replayed from now on."""
        return self._recording is not None

    def make(self, update: int) -> Terms:
        """Make an update and return its terms."""
        work = self.work
        clock = Clock(update, work.stage.updates, work.seeded(update, self._rng), self._numbers.held)
        self._rate(clock)
        self._numbers.fill(clock)
        batch = work.batch(update)
        made, self._made = self._made, self._made + 1
        if self._graph is None or made < FIRST:
            return work.step(batch, clock)
        if self._recording is None or made in PROVEN:
            return self._both(batch, clock, late=made > FIRST + 1)
        return self._recording.replay(batch)

    def _rate(self, clock: Clock) -> None:
        for name, trained in self.work.trained.items():
            for group in trained.optimizer.param_groups:
                if not isinstance(group["lr"], Tensor):
                    group["lr"] = group["initial_lr"] * factor_of(name, trained, clock)

    def _refuse(self, why: str) -> None:
        if self._graph is not None:
            self._say(f"{self.work.stage.name}: each kernel of an update is launched by itself, since {why}")
        self._graph = self._recording = None
        self._numbers.forget()
        if self.work.device.type == "cuda":
            torch.cuda.empty_cache()  # what the recording held

    def _both(self, batch: Batch, clock: Clock, late: bool) -> Terms:
        """Make an update kernel by kernel and as recorded; keep to the former, from now on, where they differ.

        RunError where they differ late: updates were replayed since they were the same.
        """
        state = state_of(self.work)
        before, drawn = copied(state), host_draws(self.work.device)
        try:
            with refusing_to_wait():
                terms = detached(self.work.step(batch, clock))
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            if late:
                raise RunError(f"{self.work.stage.name}: {first_line(error)}; {LATE}") from error
            put(state, before)
            self._refuse(first_line(error))
            self._seed(clock)
            return self.work.step(batch, clock)
        weights = [weight for _, weight in self.work.method.named_parameters()]
        gradients = [weight.grad for weight in weights]
        expected = copied(state_of(self.work))
        if torch.equal(drawn, host_draws(self.work.device)):
            why = self._again(batch, clock, state, before, expected, terms)
        else:
            why = "its step draws random numbers of the CPU"
        if why and late:
            raise RunError(f"{self.work.stage.name}: {why}; {LATE}")
        if why:
            put(state, expected)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad = gradient
            self._refuse(why)
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
                raise PassingError(BROKEN) from error
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
        for number, (weight, values) in enumerate(trained.optimizer.state.items()):
            kept[f"weight {number} of optimiser {name}"] = weight
            tensors = {key: value for key, value in values.items() if isinstance(value, Tensor)}
            kept |= {f"{key} {number} of optimiser {name}": value for key, value in tensors.items()}
    return {name: value.detach() for name, value in kept.items()}


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
