"""A short training on a small phantom, for its loss trace alone."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Mapping
from functools import partial

import torch

from benchmark.cell import Cell, Scalar, Wish, resolve_cell
from benchmark.execution import THREADS, Options, rehearse
from benchmark.seeding import seed
from benchmark.traces import Trace, differences
from data.catalog import Source
from data.sources.phantom import Parameters, Phantom
from methods.base import Method

LABELED = 2
PATIENTS = Parameters(train=4, val=1, test=1)
DISTURBANCES = 3


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
    disturb: Callable[[Method], object] | None = None,
) -> Trace:
    """Train a method for some updates as a cell is trained, and return its trace."""
    cell, source = cell_of(name, updates, device, overrides)
    stages, outcome = rehearse(cell, source, Options(device, log_every=1, threads=threads), disturb)
    totals = tuple(value for _, _, term, value in outcome.history.rows if term == "total")
    return Trace(setup=setup_of(cell), stages=tuple((stage.name, stage.updates) for stage in stages), totals=totals)


def cell_of(
    name: str, updates: int, device: torch.device, overrides: Mapping[str, Scalar] | None = None
) -> tuple[Cell, Source]:
    """Return what is trained: a cell on a phantom of a few patients, and that phantom."""
    source = Phantom(PATIENTS)
    given = {"updates": updates, **(overrides or {})}
    return resolve_cell(Wish(method=name, preset="canary", labeled=LABELED, set=given), source, device.type), source


def setup_of(cell: Cell) -> str:
    """Return a digest of the schedule and the data, which no method decides."""
    about = [cell.schedule.model_dump(mode="json"), cell.data_fingerprint, cell.split_fingerprint]
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:8]


def measured(name: str, updates: int, device: torch.device, trace: Trace) -> Trace:
    """Return a trace with how far rounding alone takes it, the most of some trainings.

    Three start from weights a last bit off. On a CPU a fourth splits its sums among two threads and a fifth convolves
    by another library, as another machine would: both turn pseudo-labels over that a last bit left alone.
    """
    again = [take(name, updates, device, disturb=partial(_last_bit, number)) for number in range(DISTURBANCES)]
    if device.type == "cpu":
        again.append(take(name, updates, device, threads=2 * THREADS))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an accelerator that is not there
            with torch.backends.mkldnn.flags(enabled=False):
                again.append(take(name, updates, device))
    moved = [differences(trace.totals, other.totals) for other in again]
    return trace.model_copy(update={"rounding": tuple(map(max, *moved))})


def _last_bit(number: int, method: Method) -> None:
    """Move every weight by about the width of its last bit in 32, at random."""
    rng = torch.Generator().manual_seed(seed("canary", number))
    for value in method.state_dict().values():
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=rng).to(value)
            value.mul_(1 + torch.finfo(torch.float32).eps * noise)
