"""The same numbers: twice on a device, on a card and on the CPU, in 32 bits and in 16."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures import TimeoutError as TooLate
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from benches.gpu_pace import Found, built, pool, stages_of
from benchmark.cells.augmentation import POLICIES
from benchmark.cells.preset import PRESETS
from benchmark.cells.seeding import seed
from benchmark.running.determinism import deterministic
from data.batch import Batch, Images
from data.batches import Batches
from methods.base import Clock, Method, Stage

UPDATES, SIZE = 10, 64
PRESET = PRESETS["paper"].model_copy(update={"size": SIZE, "labeled_batch": 4, "unlabeled_batch": 4})
CPU = torch.device("cpu")
DRAWN = (
    torch.rand, torch.randn, torch.randint, torch.randperm, torch.rand_like, torch.randn_like,
    torch._standard_gamma, torch.bernoulli,
)  # fmt: skip


class DrawnOnTheCpu(TorchFunctionMode):
    """Random numbers come from the CPU's generators, wherever they go: two devices then see the same ones."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.nn.functional.dropout:
            return args[0]
        if func not in DRAWN:
            return func(*args, **kwargs)
        if kwargs.get("device") is not None:
            kwargs["device"] = CPU
        args = [one.cpu() if isinstance(one, Tensor) else one for one in args]
        return func(*args, **kwargs).to(self.device)


def checksum(method: Method) -> str:
    """Return a digest of all that a method's state holds."""
    digest = hashlib.sha256()
    for name, value in sorted(method.state_dict().items()):
        digest.update(name.encode() + value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def moved(images: Images | None, device: torch.device) -> Images | None:
    """Return images on a device."""
    if images is None:
        return None
    views = {name: view.to(device) for name, view in images.views.items()}
    return Images(views, images.case.to(device), images.position.to(device))


def trained(
    name: str, number: int, device: torch.device, precision: str, batches: Batches, own: bool = False
) -> tuple[list[Mapping[str, float]], str]:
    """Return the terms of some updates of a stage and a digest of what they left.

    own: random numbers are the device's own, as in a run; else they are the CPU's, and nothing is dropped.
    """
    torch.manual_seed(0)
    method = built(name, CPU)
    stage = stages_of(method, PRESET, UPDATES)[number]
    method.train()
    with DrawnOnTheCpu(CPU):
        method.begin(stage)  # what a stage draws at its beginning is the same on both
    state = method.state_dict()
    method.to(device)
    method.begin(stage)
    method.load_state_dict(state)
    if not own:
        _without_dropout(method)
    rows = [_update(method, stage, update, device, precision, batches, own) for update in range(UPDATES)]
    return rows, checksum(method)


def _update(
    method: Method, stage: Stage, update: int, device: torch.device, precision: str, batches: Batches, own: bool
) -> Mapping[str, float]:
    batch = batches.at(stage.name, update, stage.draw)
    labeled = moved(batch.labeled, device)
    assert labeled is not None
    here = Batch(labeled, batch.masks.to(device), moved(batch.unlabeled, device))
    rng = torch.Generator(device if own else CPU).manual_seed(update)
    torch.manual_seed(update)

    def step() -> Mapping[str, Tensor | float]:
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            return method.step(here, Clock(update, stage.updates, rng))

    if own:
        values = step()
    else:
        with DrawnOnTheCpu(device):
            values = step()
    return {key: float(value) for key, value in values.items()}


def _without_dropout(method: nn.Module) -> None:
    for part in method.modules():
        if isinstance(part, nn.modules.dropout._DropoutNd):
            part.p = 0.0


def _apart(mine: list[Mapping[str, float]], other: list[Mapping[str, float]]) -> tuple[float, float]:
    """Return by how much totals are apart at the first update and at most, as a share of the largest."""
    largest = max(abs(row["total"]) for row in mine) or 1.0
    gaps = [abs(a["total"] - b["total"]) / largest for a, b in zip(mine, other, strict=True)]
    return gaps[0], max(gaps)


def agreement(device: torch.device, chosen: Sequence[str], left: Callable[[], float]) -> Iterator[Found]:
    """Yield for each method and stage whether twice is the same, and how far the CPU and bf16 are from fp32.

    Methods are looked at side by side, in processes of their own; one whose turn comes too late is named.
    """
    with ProcessPoolExecutor(max(1, min(8, (os.cpu_count() or 2) // 2)), multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(agreement_of, name, device.type): name for name in chosen}
        try:
            for done in as_completed(waiting, timeout=max(0.0, left())):
                name = waiting.pop(done)
                try:
                    yield from done.result()
                except Exception as error:
                    yield {"method": name, "failed": f"{type(error).__name__}: {error}"}
        except TooLate:
            for name in waiting.values():
                yield {"method": name, "failed": "not compared, since the time is up"}
            for process in list(pool._processes.values()):
                process.terminate()  # else what runs is waited for


def agreement_of(name: str, kind: str) -> list[Found]:
    """Return what ``agreement`` tells of a method's stages on a kind of device."""
    torch.set_num_threads(1)
    with deterministic(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batches = Batches(pool(True, SIZE, CPU), pool(False, SIZE, CPU), POLICIES[PRESET.augmentation], seed)
        stages = stages_of(built(name, CPU), PRESET, UPDATES)
        return [_agreement_of_stage(name, number, torch.device(kind), batches) for number in range(len(stages))]


def _agreement_of_stage(name: str, number: int, device: torch.device, batches: Batches) -> Found:
    found: Found = {"method": name, "stage": stages_of(built(name, CPU), PRESET, UPDATES)[number].name}
    try:
        twice = [trained(name, number, device, "bf16", batches, own=True)[1] for _ in range(2)]
        found["twice_the_same"] = twice[0] == twice[1]
        full = trained(name, number, device, "fp32", batches)[0]
        found["fp32_cpu"] = _apart(trained(name, number, CPU, "fp32", batches)[0], full)
        found["fp32_bf16"] = _apart(full, trained(name, number, device, "bf16", batches)[0])
    except Exception as error:
        found["failed"] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    return found
