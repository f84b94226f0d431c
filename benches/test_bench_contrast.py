"""The anatomical contrast on convolved representations, sampled against dense: seconds and peak memory, one thread.

One labelled and one unlabelled slice of 256x256, the U-Net's decoder maps, forward and backward.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from methods.networks.unet import CHANNELS
from methods.parts.anatomical import Sampling
from methods.parts.convolved import ConvolvedHead
from tests.methods.parts.dense_contrast import dense_contrast, sampled_contrast

ROOT = Path(__file__).parents[1]
LOSSES = {"sampled": sampled_contrast, "dense": dense_contrast}
SIZE, CLASSES, WIDTH = 256, 4, 512  # ACTION code @77730a7 model.py, train_2D_action.py; so are these but the keys:
SAMPLING = Sampling(queries=256, negatives=512, keys=512, hard=0.97, temperature=0.5)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def update(name: str) -> Callable[[], None]:
    """Return what runs a loss forward and backward; its inputs stand by then."""
    rng = torch.Generator().manual_seed(0)
    cells = [SIZE >> depth for depth in range(len(CHANNELS))]
    levels = sorted(zip(cells, CHANNELS, strict=True))
    maps = [torch.randn(2, c, s, s, generator=rng, requires_grad=True) for s, c in levels]
    classes = torch.randint(0, CLASSES, (2, SIZE, SIZE), generator=rng)
    valid = torch.rand(2, 1, SIZE, SIZE, generator=rng) < torch.tensor([1.0, 0.9]).view(2, 1, 1, 1)
    membership = functional.one_hot(classes, CLASSES).movedim(-1, 1) * valid.float()
    probabilities = torch.randn(2, CLASSES, SIZE, SIZE, generator=rng).softmax(1)
    head = ConvolvedHead([c for _, c in levels], WIDTH)
    return partial(descend, LOSSES[name], head, maps, probabilities, membership, SAMPLING, rng)


def descend(loss: Callable[..., Tensor], head: ConvolvedHead, maps: list[Tensor], *others: object) -> None:
    head.zero_grad()
    for level in maps:
        level.grad = None
    loss(head, maps, *others).backward()


def seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def test_sampled_contrast_takes_a_tenth_of_the_time(benchmark, capsys) -> None:
    sampled, dense = update("sampled"), update("dense")
    times: list[float] = []
    benchmark.pedantic(lambda: times.append(seconds(sampled)), rounds=7, warmup_rounds=1)
    slow = min(seconds(dense) for _ in range(2))
    benchmark.extra_info.update(dense_seconds=slow, ratio=slow / median(times))
    with capsys.disabled():
        print(f"\ncontrast: {median(times):.3f} s sampled, {slow:.1f} s dense, {slow / median(times):.0f} times faster")
    assert slow >= 10 * median(times)


def test_sampled_contrast_takes_a_quarter_of_the_memory(benchmark, capsys) -> None:
    sampled, dense = benchmark.pedantic(lambda: [peak_elsewhere(name) for name in LOSSES], rounds=1)
    benchmark.extra_info.update(sampled_mib=sampled, dense_mib=dense, ratio=dense / sampled)
    with capsys.disabled():
        print(f"\ncontrast: {sampled:.0f} MiB sampled, {dense:.0f} MiB dense, {dense / sampled:.1f} times less memory")
    assert dense >= 4 * sampled


def peak_elsewhere(name: str) -> float:
    """Return the peak of an update in MiB over what its inputs take, in a fresh process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), name]
    return float(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout)


def resident_mib(kind: str) -> float:
    """Return VmRSS or VmHWM; ru_maxrss won't do, a child process starts with its parent's."""
    found = re.search(rf"{kind}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found.group(1)) / 1024


if __name__ == "__main__":
    torch.set_num_threads(1)
    step = update(sys.argv[1])
    before = resident_mib("VmRSS")
    step()
    print(resident_mib("VmHWM") - before)
