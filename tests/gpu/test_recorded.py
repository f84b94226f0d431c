"""Updates that a card recorded leave the bits of those whose kernels are launched one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from benches.gpu_pace import built, pool
from benchmark.cells.augmentation import POLICIES
from benchmark.cells.seeding import seed
from benchmark.running.determinism import deterministic
from benchmark.training.recorded import Recorded, copied, state_of
from benchmark.training.recording import CudaGraph
from benchmark.training.selection import Selection
from benchmark.training.update import Work, first_of
from data.batch import Batch
from data.batches import Batches
from methods import registry
from methods.base import Budget, Clock, Method
from methods.parts.descend import descend
from tests.benchmark.training.played import Run, assert_same

CUDA, UPDATES = torch.device("cuda"), 12


def works(name: str, change: Callable[[Method], None] = lambda method: None) -> Iterator[Work]:
    batches = Batches(pool(True, 64, CUDA), pool(False, 64, CUDA), POLICIES["mri"], seed)
    method = built(name, CUDA)
    change(method)
    for stage in method.stages(Budget(100, True, 4, 4)):
        torch.manual_seed(0)
        method.train()
        trained = method.begin(stage)
        for one in trained.values():
            for group in one.optimizer.param_groups:
                group["initial_lr"] = group["lr"]
        autocast = partial(torch.autocast, "cuda", torch.bfloat16)
        yield Work(method, stage, trained, Selection(first_of(method)), batches, seed, autocast, CUDA)


def run(work: Work, recorded: bool, said: list[str], replays: bool = True) -> Run:
    updates = Recorded(work, CudaGraph if recorded else None, said.append)
    with deterministic():
        terms = [{k: torch.as_tensor(v).float() for k, v in updates.make(u).items()} for u in range(UPDATES)]
    assert updates.replays == (recorded and replays)
    return terms, copied(state_of(work))


@pytest.mark.parametrize("name", list(registry.entries()))
def test_every_stage_is_recorded_and_leaves_the_same_bits(name: str) -> None:
    said: list[str] = []
    for mine, other in zip(works(name), works(name), strict=True):
        assert_same(run(mine, True, said), run(other, False, said))
    assert said == []


def waiting(method: Any, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
    loss = method.network(batch.labeled.views["weak"]).float().square().mean()
    return descend(method.optimizer, supervised=(1.0 + float(loss.item() > 0), loss))


def counting(method: Any, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
    method.count = getattr(method, "count", 0) + 1
    return descend(method.optimizer, supervised=(method.count, method.network(batch.labeled.views["weak"]).mean()))


def by_chance(method: Any, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
    loss = method.network(batch.labeled.views["weak"]).float().square().mean()
    return descend(method.optimizer, supervised=(2.0 if torch.rand(()) < 0.05 else 1.0, loss))


@pytest.mark.parametrize(
    ("step", "why"),
    [(waiting, "synchronizing CUDA operation"), (counting, "as recorded"), (by_chance, "random numbers of the CPU")],
)
def test_a_step_that_no_recording_can_do_again_is_not_recorded(step: Callable[..., Any], why: str) -> None:
    def change(method: Method) -> None:
        method.step = partial(step, method)  # type: ignore[method-assign]

    said: list[str] = []
    (mine,) = works("supervised", change)
    run(mine, True, said, replays=False)
    assert len(said) == 1
    assert why in said[0]
