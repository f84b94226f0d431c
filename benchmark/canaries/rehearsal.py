"""Short trainings on a small phantom, for the trace that they leave."""

from __future__ import annotations

import gc
import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

import torch
from torch import Tensor

from benchmark.canaries.traces import Series, Trace, differences
from benchmark.cells.cell import Cell, Scalar, Wish, resolve_cell
from benchmark.cells.seeding import seed
from benchmark.running.execution import rehearse
from benchmark.running.options import THREADS, Options
from benchmark.training.trail import Row
from data.batch import Batch
from data.source import Source
from data.sources.phantom import Parameters, Phantom
from methods.asked import predictors_of
from methods.base import Budget, Clock, Method, Stage, Trained

FORM = 2  # of what is trained and looked at; traces of two forms are not compared
LABELED = 2
PATIENTS = Parameters(train=4, val=1, test=1)
IN_A_ROW = 3  # updates of each stage when it follows the one before
DISTURBANCES = 2
NOISE = 8.0  # last bits; a choice (docs/decisions/044-canary.md)

Disturb = Callable[[Method], object]
Plan = Callable[[Sequence[Stage]], Sequence[Stage]]


def version() -> str:
    """Return torch's version as far as numbers are expected to change with it: major.minor."""
    return ".".join(torch.__version__.split(".")[:2])


def take(
    name: str,
    updates: int,
    device: torch.device,
    *,
    threads: int = THREADS,
    overrides: Mapping[str, Scalar] | None = None,
    disturb: Disturb | None = None,
) -> Trace:
    """Train a method for some updates as a cell is trained, and return its trace.

    One of several stages is trained in a row, a few updates a stage, and then each stage alone from the initial
    weights, so that each begins before rounding has grown. disturb: what to do to the method before every update.
    """
    cell, source = cell_of(name, updates, device, overrides)
    train = partial(_train, cell, source, Options(device, log_every=1, threads=threads), disturb)
    stages, rows = train(_in_a_row)
    series = _series(rows, "" if len(stages) == 1 else " in a row")
    if len(stages) > 1:
        each = max(1, updates // len(stages) - IN_A_ROW)
        for number in range(len(stages)):
            series |= _series(train(partial(_alone, number, each))[1], " alone")
    return Trace(setup=setup_of(cell), stages=tuple((stage.name, stage.updates) for stage in stages), series=series)


def cell_of(
    name: str, updates: int, device: torch.device, overrides: Mapping[str, Scalar] | None = None
) -> tuple[Cell, Source]:
    """Return what is trained: a cell on a phantom of a few patients, and that phantom."""
    source, given = _phantom(), {"updates": updates, **(overrides or {})}
    return resolve_cell(Wish(method=name, preset="canary", labeled=LABELED, set=given), source, device.type), source


def setup_of(cell: Cell) -> str:
    """Return a digest of the schedule and the data, which no method decides, and of what is looked at."""
    schedule = cell.schedule.model_dump(mode="json")
    if schedule["fit"] == "stretch":
        del schedule["fit"]  # what was done before it could be said, and traces were kept then
    about = [FORM, schedule, cell.policy, cell.data_fingerprint, cell.split_fingerprint]
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:8]


def measured(name: str, updates: int, device: torch.device, trace: Trace) -> Trace:
    """Return a trace with how far rounding alone takes it, the most of some trainings.

    Two have all weights some last bits off before every update. On a CPU a third splits its sums among two threads and
    a fourth convolves by another library, as another machine would.
    """
    again = [take(name, updates, device, disturb=LastBits(number)) for number in range(DISTURBANCES)]
    if device.type == "cpu":
        again.append(take(name, updates, device, threads=2 * THREADS))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an accelerator that is not there
            with torch.backends.mkldnn.flags(enabled=False):
                again.append(take(name, updates, device))
    series = {}
    for key, one in trace.series.items():
        moved = [differences(one.values, other.series[key].values) for other in again]
        series[key] = Series(values=one.values, rounding=tuple(map(max, *moved)))
    return trace.model_copy(update={"series": series})


class LastBits:
    """Moves every weight by some of its last bits in 32, at random."""

    def __init__(self, number: int) -> None:
        self.rng = torch.Generator().manual_seed(seed("canary", number))

    def __call__(self, method: Method) -> None:
        """Move the weights of a method."""
        for value in method.state_dict().values():
            if value.is_floating_point():
                noise = 2 * torch.rand(value.shape, generator=self.rng).to(value) - 1
                value.mul_(1 + NOISE * torch.finfo(torch.float32).eps * noise)


class Watched:
    """A method that goes through the stages of a plan and logs beside its terms what each update did.

    ``gradient`` and ``pull`` of each optimiser: the norm of the gradient, which shows a term's weight, and how far the
    weights were moved along themselves, which shows weight decay. ``moved`` and ``statistics`` of each predictor: how
    far its weights and its buffers are from the initial ones. The first predictor is called ``reported``.
    """

    def __init__(self, method: Method, plan: Plan, disturb: Disturb | None) -> None:
        self.method, self.plan, self.disturb = method, plan, disturb
        self.own: Sequence[Stage] = ()
        self.trained: Mapping[str, Trained] = {}
        self.stages_of, self.begin_of, self.step_of = method.stages, method.begin, method.step
        self.first = {name: _copies(tensors) for name, tensors in self.states().items()}
        # On the method itself, which the trainer also asks for weights and modes.
        vars(method).update(stages=self.stages, begin=self.begin, step=self.step)

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the plan's stages."""
        self.own = self.stages_of(budget)
        return self.plan(self.own)

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Begin a stage."""
        self.trained = self.begin_of(stage)
        return self.trained

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update and return its terms and what it did."""
        if self.disturb is not None:
            self.disturb(self.method)
        before = {name: _copies(_weights(trained)) for name, trained in self.trained.items()}
        values = dict(self.step_of(batch, clock))
        for name, trained in self.trained.items():
            now, was = _weights(trained), before[name]
            values[f"gradient of {name}"] = _norm([weight.grad for weight in now if weight.grad is not None])
            values[f"pull on {name}"] = _along(torch._foreach_sub(_copies(now), was), was) / _norm(was).square()
        for name, tensors in self.states().items():
            values[name] = _norm(torch._foreach_sub(_copies(tensors), self.first[name]))
        return values

    def states(self) -> Mapping[str, Sequence[Tensor]]:
        """Return the weights and the floating-point buffers of every predictor."""
        found: dict[str, Sequence[Tensor]] = {}
        for number, (name, module) in enumerate(predictors_of(self.method).items()):
            called = name if number else "reported"
            found[f"{called} moved"] = list(module.parameters())
            found[f"{called} statistics"] = [buffer for buffer in module.buffers() if buffer.is_floating_point()]
        return {name: tensors for name, tensors in found.items() if tensors}


def _train(
    cell: Cell, source: Source, options: Options, disturb: Disturb | None, plan: Plan
) -> tuple[Sequence[Stage], Sequence[Row]]:
    """Train the plan's stages; return the method's own ones and the rows of the history."""
    watched: list[Watched] = []
    _, outcome = rehearse(cell, source, options, lambda method: watched.append(Watched(method, plan, disturb)))
    gc.collect()  # a method that holds its own step is a cycle, and Python does not count what its tensors take
    return watched[0].own, outcome.history.rows


def _in_a_row(stages: Sequence[Stage]) -> Sequence[Stage]:
    return stages if len(stages) == 1 else [replace(stage, updates=IN_A_ROW) for stage in stages]


def _alone(number: int, updates: int, stages: Sequence[Stage]) -> Sequence[Stage]:
    return [replace(stages[number], updates=updates)]


def _series(rows: Sequence[Row], way: str) -> dict[str, Series]:
    values: dict[str, list[float]] = {}
    for stage, _, term, value in rows:
        if term != "val_dice":
            values.setdefault(f"{stage}{way}: {term}", []).append(value)
    return {name: Series(values=tuple(found)) for name, found in values.items()}


@cache
def _phantom() -> Phantom:
    return Phantom(PATIENTS)


def _weights(trained: Trained) -> list[Tensor]:
    return [weight for group in trained.optimizer.param_groups for weight in group["params"]]


def _copies(tensors: Iterable[Tensor]) -> list[Tensor]:
    return [tensor.detach().clone(memory_format=torch.contiguous_format) for tensor in tensors]


def _norm(tensors: Sequence[Tensor]) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(list(tensors))))
    return norm


def _along(moved: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
    products = [torch.dot(one.flatten(), weight.flatten()) for one, weight in zip(moved, weights, strict=True)]
    return torch.stack(products).sum()
