"""What the released code computed, and the inputs that it computed it from (data/README.md says how to read them)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from data.batch import Batch, Images
from data.task import Task
from methods import registry
from methods.base import Clock, Method, Stage
from methods.networks.unet import UNet

FOLDER = Path(os.environ.get("GOLDEN_DATA") or Path(__file__).parent / "data")
TASK = Task("acdc", ("RV", "Myo", "LV"))
TOTAL = 30_000
START = 24_000
"""The update that SSL4MIS's steps begin with, of TOTAL."""
TOLERANCE = 1e-9
"""Of each array's greatest value."""

Array = npt.NDArray[Any]


def stored_file(name: str) -> Path:
    """Return the path of a file of golden values; one that is missing fails in a sentence."""
    if not (FOLDER / name).is_file():
        pytest.fail(f"{FOLDER} holds no {name}; GOLDEN_DATA names a folder of golden values, by default the tests' own")
    return FOLDER / name


@cache
def load(name: str) -> Mapping[str, Array]:
    """Return the arrays of a file by key."""
    with np.load(stored_file(f"{name}.npz")) as stored:
        return {key: stored[key] for key in stored.files}


@cache
def layers() -> Mapping[str, Mapping[str, Sequence[tuple[str, Sequence[int]]]]]:
    """Return the names and shapes of each released network's weights (``parameters``) and statistics (``buffers``)."""
    found: Mapping[str, Mapping[str, Sequence[tuple[str, Sequence[int]]]]] = json.loads(
        stored_file("layers.json").read_text()
    )
    return found


def drawn(*key: int) -> np.random.Generator:
    """Return R(key): the numbers that inputs are made of."""
    return np.random.default_rng([int(load("inputs")["seed"]), *key])


def blocks(count: int, size: int, *key: int) -> Array:
    """Return masks (count, size, size) of 8 x 8 blocks of classes 0 to 3, without class 3 in slice 0."""
    masks = drawn(*key).integers(0, 4, (count, size // 8, size // 8))
    masks[0][masks[0] == 3] = 0
    repeated: Array = masks.repeat(8, 1).repeat(8, 2)
    return repeated


@cache
def slices(count: int, size: int, number: int) -> tuple[Tensor, Tensor]:
    """Return B(count, size, number): images (count, 1, size, size) float64 and masks (count, size, size) int64."""
    masks = blocks(count, size, 1000 + number, 0)
    images = 0.2 * masks + 0.4 * drawn(1000 + number, 1).random(masks.shape)
    return torch.from_numpy(images).unsqueeze(1), torch.from_numpy(masks)


def stronger(images: Tensor, number: int, view: int) -> Tensor:
    """Return S(number, view), a strong view of the images (N, 1, H, W) of a batch."""
    noise = drawn(1000 + number, 2, view).random((len(images), *images.shape[2:]))
    return 0.7 * images + 0.3 * torch.from_numpy(noise).unsqueeze(1)


def batch(labeled: int, unlabeled: int, number: int, views: Mapping[str, int | None], size: int = 64) -> Batch:
    """Return B(labeled + unlabeled, size, number) under views: of each name the number of its strong view, or None."""
    images, masks = slices(labeled + unlabeled, size, number)
    seen = {name: images if view is None else stronger(images, number, view) for name, view in views.items()}
    known, other = ({name: part[cut] for name, part in seen.items()} for cut in (slice(labeled), slice(labeled, None)))
    position = torch.linspace(0, 1, labeled + unlabeled)
    case = torch.arange(labeled + unlabeled)
    return Batch(
        Images(known, case[:labeled], position[:labeled]),
        masks[:labeled],
        Images(other, case[labeled:], position[labeled:]) if unlabeled else None,
    )


def sorted_weights(module: nn.Module, network: str) -> list[tuple[str, nn.Parameter]]:
    """Return a module's weights under the released network's names, in whose order they must come.

    Shapes may differ by ones: a 1x1 convolution is a linear layer.
    """
    listed, mine = layers()[network]["parameters"], list(module.parameters())
    assert [_bare(shape) for _, shape in listed] == [_bare(weight.shape) for weight in mine], network
    return [(name, weight) for (name, _), weight in zip(listed, mine, strict=True)]


def _bare(shape: Iterable[int]) -> list[int]:
    return [length for length in shape if length > 1]


@torch.no_grad()
def fill(weights: Iterable[tuple[str, nn.Parameter]], number: int, sharp: float = 1.0) -> None:
    """Give weights, in the order of the released network, those of "network number ..."."""
    for place, (name, weight) in enumerate(weights):
        weight.copy_(torch.from_numpy(stored_weight(name, list(weight.shape), number, place, sharp)))


def stored_weight(name: str, shape: Sequence[int], number: int, place: int, sharp: float = 1.0) -> Array:
    """Return entry ``place`` of network ``number``."""
    layer, kind = name.rpartition(".")[::2]
    if layer.rpartition(".")[2].startswith("norm"):
        return np.full(shape, 1.0 if kind == "weight" else 0.0)
    values: Array = drawn(number, place).standard_normal(shape)
    if kind == "bias":
        return 0.02 * values
    scale = (2 / np.prod(shape[1:])) ** 0.5
    return values * scale * (sharp if layer.endswith("classify") else 1.0)


def unet(number: int, sharp: float = 1.0) -> UNet:
    """Return network ``number`` in float64, without dropout."""
    network = UNet(TASK.classes).double()
    fill(sorted_weights(network, "unet"), number, sharp)
    return without_dropout(network)


def without_dropout(module: nn.Module) -> Any:
    """Set every dropout of a module to 0."""
    for part in module.modules():
        if isinstance(part, nn.modules.dropout._DropoutNd):
            part.p = 0.0
    return module


def official(name: str, **overrides: Any) -> Method:
    """Return a method under ``official`` in float64, without dropout, with weights of its own yet."""
    config = registry.configure(name, "official", overrides)
    method = registry.build(name, TASK, "unet", config, weights=None, seed=0).double()
    without_dropout(method)
    return method.train()


class Given(Clock):
    """A clock that hands over what the released code drew, by the names under which a step draws.

    A given value is returned; a given function is called with what the step hands to the drawing function.
    """

    def __init__(self, update: int, total: int = TOTAL, **given: Any) -> None:
        super().__init__(update, total, torch.Generator())
        object.__setattr__(self, "given", given)
        object.__setattr__(self, "asked", [])

    def draw(self, name: str, make: Callable[..., Any], *args: Any) -> Any:
        """Return what is given under the name; a name that nothing is given for is an error."""
        given: Mapping[str, Any] = self.given  # type: ignore[attr-defined]
        assert name in given, f"a step draws {name!r}, and nothing is given for it"
        self.asked.append(name)  # type: ignore[attr-defined]
        value = given[name]
        return value(*args) if callable(value) else value


def start(method: Method, stage: Stage) -> None:
    """Begin a stage as the trainer does."""
    method.trained = method.begin(stage)  # type: ignore[attr-defined]
    for trained in method.trained.values():  # type: ignore[attr-defined]
        for group in trained.optimizer.param_groups:
            group["initial_lr"] = group["lr"]


def step(method: Method, batch: Batch, clock: Clock, fresh: bool = False) -> Mapping[str, Any]:
    """Make an update as the trainer does; fresh: at the initial rate, as an optimiser that was just made."""
    for trained in method.trained.values():  # type: ignore[attr-defined]
        factor = 1.0 if fresh else trained.schedule(clock)
        for group in trained.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
    return method.step(batch, clock)


def gradient_norms(weights: Sequence[Tensor]) -> Array:
    """Return the norm of each weight's gradient, NaN where it has none."""
    return np.array([np.nan if weight.grad is None else float(weight.grad.norm()) for weight in weights])


def rows(tensors: Sequence[Tensor], began: Sequence[Tensor]) -> Array:
    """Return five numbers a tensor: norm, norm of the change since the start, first, middle and last entry."""
    found = []
    for tensor, before in zip(tensors, began, strict=True):
        flat = tensor.detach().flatten()
        change = float((flat - before.flatten()).norm())
        found.append([float(flat.norm()), change, *(float(flat[place]) for place in (0, len(flat) // 2, -1))])
    return np.array(found)


class Watched:
    """A module of a method, of which the released code's record has gradients, weights and statistics."""

    def __init__(self, module: nn.Module, network: str = "unet") -> None:
        self.module, self.weights = module, [weight for _, weight in sorted_weights(module, network)]
        self.began = [weight.detach().clone() for weight in self.weights]
        self.statistics = [buffer for buffer in module.buffers() if buffer.is_floating_point() and buffer.dim() == 1]
        self.statistics_began = [buffer.clone() for buffer in self.statistics]

    def record(self) -> Mapping[str, Array]:
        """Return what the released code's record holds under a network's name."""
        counters = {int(value) for name, value in self.module.named_buffers() if name.endswith("num_batches_tracked")}
        return {
            "gradient": gradient_norms(self.weights),
            "parameters": rows(self.weights, self.began),
            "buffers": rows(self.statistics, self.statistics_began),
            "batches_tracked": np.array(sorted(counters)),
        }


def update_of(name: str, prefix: str) -> Mapping[str, Array]:
    """Return the released code's numbers of one update, by what follows ``prefix/`` in a file's keys."""
    return {key.removeprefix(f"{prefix}/"): value for key, value in load(name).items() if key.startswith(f"{prefix}/")}


def match(
    compare: Callable[..., None], method: str, watched: Mapping[str, Watched], there: Mapping[str, Array]
) -> None:
    """Compare gradients, weights, statistics and counts of forward passes of each module, where there are any."""
    for name, one in watched.items():
        assert f"{name}/parameters" in there, f"the golden values of {method} hold no {name}/parameters"
        for part, value in one.record().items():
            if f"{name}/{part}" in there:
                compare(method, f"{name} {part}", value, there[f"{name}/{part}"])
