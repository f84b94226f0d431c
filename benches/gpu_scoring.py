"""What validation, inference and metrics of volumes take on a device, and whether masks are those of the CPU."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch

from benches.gpu_pace import Found
from benchmark.cells.preset import Preset
from benchmark.environment.device import precision_on
from benchmark.scoring.evaluator import Evaluator
from benchmark.training.validation import mean_dice
from data.grid import Grid
from data.pool import build_pool
from data.sources.phantom import Parameters, Phantom
from methods.networks.unet import UNet
from methods.parts.descend import descend
from methods.parts.sgd import SgdConfig
from methods.parts.supervised import segmentation_loss

TAUGHT = 40  # updates, after which masks are some structures and no noise


def scoring(device: torch.device, preset: Preset) -> Iterator[Found]:
    """Yield seconds of each part, and the share of voxels whose class is the CPU's."""
    source = Phantom(Parameters(train=4, val=8, test=1))
    cases = list(source.cases(source.split.val))
    grid = Grid(preset.size, preset.scaling, preset.test_resizing)
    precision = precision_on(device, preset.precision)
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
    network = _taught(source, device, preset)
    validation = build_pool(cases, grid, device)

    def timed(run: Callable[[], object]) -> float:
        run()
        start = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    evaluator = Evaluator(source.task, cases, grid, device, autocast)
    masks = evaluator.predict(network)
    yield {
        "part": "scoring",
        "volumes": len(cases),
        "slices": len(validation),
        "validation_s": timed(lambda: mean_dice(network, validation, source.task.classes, autocast)),
        "inference_s": timed(lambda: evaluator.predict(network)),
        "metrics_s": timed(lambda: list(evaluator.rows(masks, "student", "last"))),
    }
    plain = torch.autocast(device.type, enabled=False)
    mine = Evaluator(source.task, cases, grid, device, plain).predict(network)
    there = Evaluator(source.task, cases, grid, torch.device("cpu"), torch.autocast("cpu", enabled=False))
    other = there.predict(network.cpu())
    equal = sum(int((mine[name] == other[name]).sum()) for name in mine)
    yield {"part": "masks in fp32", "as_the_cpu": equal / sum(mask.size for mask in other.values())}


def _taught(source: Phantom, device: torch.device, preset: Preset) -> torch.nn.Module:
    torch.manual_seed(0)
    network = UNet(source.task.classes).to(device)
    optimizer = SgdConfig(lr=0.03).trained(network.parameters()).optimizer
    pool = build_pool(source.cases(source.split.train), Grid(preset.size, preset.scaling, preset.resizing), device)
    assert pool.masks is not None
    for number in range(TAUGHT):
        rows = torch.randperm(len(pool), generator=torch.Generator().manual_seed(number))[:8].to(device)
        descend(optimizer, supervised=segmentation_loss(network(pool.images[rows]), pool.masks[rows].long()))
    return network
