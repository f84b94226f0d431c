"""What a card asks of optimisers, modules and this process before an update can be recorded there."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from methods.parts.descend import HOOKS


def takes_tensor(optimizer: Optimizer, group: dict[str, Any]) -> bool:
    """Make a group of an optimiser ready for a learning rate that lies on a card; return whether it can be.

    Only torch's own can be known to keep all that they remember in tensors.
    """
    if not type(optimizer).__module__.startswith("torch.optim") or any(getattr(optimizer, one, None) for one in HOOKS):
        return False
    if "capturable" in group:
        group["capturable"] = True
        return True
    if not isinstance(optimizer, SGD) or (group["momentum"] and group["dampening"]):
        return False
    group["fused"], group["foreach"] = True, None  # the only one of SGD's ways that reads its rate there
    for weight in group["params"] if group["momentum"] else ():
        if optimizer.state[weight].get("momentum_buffer") is None:  # fused, it makes all of them at once or none
            optimizer.state[weight]["momentum_buffer"] = torch.zeros_like(weight, requires_grad=False)
    return True


def keeps_more(part: type[nn.Module]) -> bool:
    """Return whether a module's state may be more than its weights and buffers."""
    own = (part.get_extra_state, part.state_dict, part.load_state_dict)
    return own != (nn.Module.get_extra_state, nn.Module.state_dict, nn.Module.load_state_dict)


def host_draws(device: torch.device) -> Tensor:
    """Return where the host's random numbers stand, which a step on a card must leave alone; a constant on the CPU."""
    return torch.zeros(0) if device.type == "cpu" else torch.get_rng_state()


@contextmanager
def refusing_to_wait() -> Iterator[None]:
    """Let what waits for the card raise, before it breaks a recording; nothing without one."""
    if not torch.cuda.is_available():
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this is a prototype of torch's
        before = torch.cuda.get_sync_debug_mode()
        torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode(before)


def draws(device: torch.device) -> bool:
    """Return whether random numbers can be drawn; CUDA's can't any more where a recording broke off inside."""
    try:
        torch.rand((), device=device)
    except RuntimeError:
        return False
    return True
