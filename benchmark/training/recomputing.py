"""Networks that compute their blocks' maps anew in the backward pass, in less memory, and the proof that they may.

docs/decisions/103-batches-are-not-cut.md.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from benchmark.errors import MethodError, UsageError
from methods.asked import predictors_of
from methods.base import Method, Segmenter, segmenter_of

Made = TypeVar("Made")
SEED = 0


def recompute(method: Method) -> None:
    """Let each network of a method keep its blocks' inputs alone while it trains; once more changes nothing."""
    for part in method.modules():
        if isinstance(part, Segmenter):
            part.recompute()


def require_recomputable(method: Method, images: Tensor, autocast: Callable[[], torch.autocast]) -> None:
    """Raise UsageError where a predictor's network, trained on images (N, C, S, S), gives other numbers so, or saves
    nothing by it.

    Copies are tried, so the method stays as it is. Two plain passes that differ by themselves, as they may on a card by
    kernels in no fixed order, tell nothing of numbers.
    """
    found = {id(one): one for one in map(segmenter_of, predictors_of(method).values()) if one is not None}
    if not found:
        raise UsageError(
            f"--recompute finds no network in {type(method).__name__}: none is a Segmenter; train without it"
        )
    for network in found.values():
        _require_alike(network, images, autocast)


def kept_while(make: Callable[[], Made], own: nn.Module) -> tuple[Made, int]:
    """Return what is made, and the bytes that autograd keeps for its gradient beside a module's weights and buffers."""
    mine = {one.untyped_storage().data_ptr() for one in (*own.parameters(), *own.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in mine:
            kept[storage.data_ptr()] = storage  # held, so that no other gets its place
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        made = make()
    return made, sum(storage.nbytes() for storage in kept.values())


def _require_alike(network: Segmenter, images: Tensor, autocast: Callable[[], torch.autocast]) -> None:
    """Raise UsageError where a network that computes maps anew leaves other numbers, or keeps as much."""
    name = type(network).__name__
    plain, again = (_tried(_copied(network), images, autocast) for _ in range(2))
    anew = _copied(network)
    anew.recompute()
    try:
        other = _tried(anew, images, autocast)
    except torch.cuda.OutOfMemoryError:
        raise
    except (RuntimeError, MethodError) as error:  # torch's where it saves other tensors; ours of what was changed
        raise UsageError(_refusal(name, str(error).strip().splitlines()[0].rstrip("."))) from None
    if not _differing(plain[0], again[0]) and (one := _differing(plain[0], other[0])):
        raise UsageError(_refusal(name, f"{one} is another one"))
    if other[1] >= plain[1]:
        raise UsageError(
            f"--recompute saves no memory of the network {name}: it takes blocks, modules of layers that are called"
            " as one; train without it"
        )


def _copied(network: Segmenter) -> Segmenter:
    return copy.deepcopy(network).requires_grad_(True).train()


def _tried(
    network: Segmenter, images: Tensor, autocast: Callable[[], torch.autocast]
) -> tuple[Mapping[str, Tensor], int]:
    """Return by name what a pass and its gradient leave, and the bytes kept between them."""
    torch.manual_seed(SEED)
    given = torch.rand_like(images).requires_grad_()
    with autocast():
        maps, kept = kept_while(lambda: network.maps(given), network)
        loss = torch.stack([one.float().square().mean() for one in (maps.logits, *maps.decoder)]).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = {f"the gradient of {name}": one.grad for name, one in network.named_parameters()}
    left = {"the gradient of images": given.grad, **gradients, **dict(network.named_buffers())}
    left["the next random number"] = torch.rand((), device=images.device)
    return {name: one.detach() for name, one in left.items() if one is not None}, kept


def _differing(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> str:
    """Return the name of the first value that is another one; empty where none is."""
    return next((name for name in {**one, **other} if not _same(one.get(name), other.get(name))), "")


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    return one is not None and other is not None and torch.equal(one, other)


def _refusal(name: str, why: str) -> str:
    return f"--recompute: the network {name} computes otherwise the second time ({why}); train without it"
