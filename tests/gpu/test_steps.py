"""Updates on a card: no wait for the device, no operation that adds up in any order, the CPU's gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from benches.gpu_pace import built, pool
from benchmark.cells.augmentation import POLICIES
from benchmark.cells.seeding import seed
from benchmark.running.determinism import deterministic
from data.batches import Batches
from methods import registry
from methods.base import Budget, Clock, Method, Stage
from methods.networks.enlargement import enlarged
from methods.parts.cross_entropy import mean, total
from methods.parts.enlarged import brought_down
from methods.parts.pooled import pooled

CUDA = torch.device("cuda")


@contextmanager
def waiting_for_nothing() -> Iterator[None]:
    """Let an operation that waits for the device raise."""
    _watch("error")
    try:
        yield
    finally:
        _watch("default")


def _watch(mode: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this is a prototype of torch's
        torch.cuda.set_sync_debug_mode(mode)


def begun(name: str) -> Iterator[tuple[Method, Stage]]:
    method = built(name, CUDA)
    method.train()
    for stage in method.stages(Budget(100, True, 4, 4)):
        method.begin(stage)
        yield method, stage


@pytest.mark.parametrize("name", list(registry.entries()))
def test_an_update_waits_for_nothing_and_has_one_order(name: str) -> None:
    batches = Batches(pool(True, 64, CUDA), pool(False, 64, CUDA), POLICIES["mri"], seed)
    for method, stage in begun(name):
        for update in range(2):
            rng = torch.Generator(CUDA).manual_seed(update)
            watched = waiting_for_nothing() if update else nullcontext()  # what a first update makes is not made again
            with watched, deterministic(), warnings.catch_warnings(), torch.autocast("cuda", torch.bfloat16):
                warnings.simplefilter("error")
                method.step(batches.at(stage.name, update, stage.draw), Clock(update, stage.updates, rng))


def of_maps(call: Callable[[Tensor], Tensor], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return what a call makes of some maps and their gradient, on the CPU."""
    rng = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 4, 16, 24, generator=rng).to(device).requires_grad_()
    made = call(maps)
    made.mul(torch.linspace(-1, 1, made.numel(), device=device).view(made.shape)).sum().backward()
    assert maps.grad is not None
    return made.detach().cpu(), maps.grad.cpu()


def classes(like: Tensor) -> Tensor:
    return torch.arange(2 * 16 * 24, device=like.device).view(2, 16, 24).remainder(4)


CALLS: dict[str, Callable[[Tensor], Tensor]] = {
    "enlarged": lambda maps: enlarged(maps, (32, 48)),
    "brought down": lambda maps: brought_down(maps, (5, 7), "corners"),
    "brought down by centres": lambda maps: brought_down(maps, (5, 7), "centres"),
    "pooled": lambda maps: pooled(maps, 8),
    "pooled unevenly": lambda maps: pooled(maps, 5),
    "pooled to more": lambda maps: pooled(maps, 20),
    "total": lambda maps: total(maps, classes(maps)).view(1),
    "mean": lambda maps: mean(maps, classes(maps)).view(1),
}


@pytest.mark.parametrize("name", list(CALLS))
def test_what_is_computed_otherwise_on_a_card_is_what_the_cpu_computes(name: str) -> None:
    for mine, other in zip(of_maps(CALLS[name], CUDA), of_maps(CALLS[name], torch.device("cpu")), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)


def test_enlargement_by_matrices_is_torchs_own() -> None:
    maps = torch.randn(2, 3, 8, 8, device=CUDA)
    own = functional.interpolate(maps, (16, 16), mode="bilinear", align_corners=True)
    torch.testing.assert_close(enlarged(maps, (16, 16)), own, rtol=1e-4, atol=1e-5)
