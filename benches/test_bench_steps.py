"""One training update of each method at the size of preset quick, on a CPU thread: seconds, and what bf16 saves.

Beside them stands how much is in convolutions, below which no update comes.
"""

from functools import partial
from statistics import median

import pytest
import torch

from benches.spent import cpu_seconds, in_convolutions
from benchmark.cells.augmentation import POLICIES
from benchmark.environment.memory import keeping_freed_memory
from benchmark.running.determinism import deterministic
from data.batches import Batches
from data.pool import Pool
from data.task import Task
from methods import registry
from methods.base import Budget, Clock, Method, Stage

TASK = Task("toy", ("RV", "Myo", "LV"))


def pool(masked: bool) -> Pool:
    rng = torch.Generator().manual_seed(0)
    masks = torch.randint(0, 4, (32, 128, 128), generator=rng, dtype=torch.uint8) if masked else None
    images = torch.rand(32, 1, 128, 128, generator=rng)
    return Pool(images, masks, torch.zeros(32, dtype=torch.int64), torch.linspace(0, 1, 32), ("a",))


def stages() -> list[tuple[str, int]]:
    found = []
    for name in registry.entries():
        method = registry.build(name, TASK, "unet", registry.configure(name, "fixed", {}), weights=None, seed=0)
        found += [(name, k) for k in range(len(method.stages(Budget(100, False, 8, 8))))]
    return found


def update(method: Method, stage: Stage, batches: Batches, precision: str) -> None:
    rng = torch.Generator().manual_seed(0)
    batch = batches.at(stage.name, 0, stage.draw)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        method.step(batch, Clock(0, stage.updates, rng))


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize(("name", "index"), stages())
def test_update(benchmark, name: str, index: int, precision: str, capsys) -> None:
    method = registry.build(name, TASK, "unet", registry.configure(name, "fixed", {}), weights=None, seed=0)
    method.to(memory_format=torch.channels_last)
    stage = method.stages(Budget(100, False, 8, 8))[index]
    run = partial(
        update, method, stage, Batches(pool(True), pool(False), POLICIES["mri"], lambda *n: len(n)), precision
    )
    method.train()
    method.begin(stage)
    spent: list[float] = []
    with keeping_freed_memory(torch.device("cpu")), deterministic():
        benchmark.pedantic(lambda: spent.append(cpu_seconds(run)), rounds=5, warmup_rounds=2)
        share = in_convolutions(run) / median(spent[-5:])
    benchmark.extra_info.update(cpu_seconds=median(spent[-5:]), convolutions=share)
    with capsys.disabled():
        print(f"\n{name}, {stage.name}, {precision}: {median(spent[-5:]):.3f} CPU s, {share:.0%} of it convolutions")
