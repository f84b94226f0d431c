"""The only place that calls backward."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

from methods.errors import MethodError
from methods.parts.precision import full

Term = Tensor | tuple[float | Tensor, Tensor]


def descend(optimizer: Optimizer, **terms: Term) -> Mapping[str, Tensor]:
    """Take one step down the weighted sum of scalar terms and return each term, unweighted, and their ``total``.

    A term is a tensor, or (weight, tensor); a weight may be what ``Clock.number`` gives. One without a gradient raises
    MethodError, and so does one that is not finite: at once on the CPU, and from the trainer's log on CUDA, where
    looking would stall the device. Where all weigh 0, as in a twin's pre-training, no step is taken.
    """
    weighted = {name: term if isinstance(term, tuple) else (1.0, term) for name, term in terms.items()}
    for name, (_, value) in weighted.items():
        _refuse(name, value)
    total = torch.stack([weight * full(value) for weight, value in weighted.values()]).sum()
    if any(isinstance(weight, Tensor) or weight for weight, _ in weighted.values()):
        _move(optimizer, total)
    return {"total": total.detach(), **{name: value.detach() for name, (_, value) in weighted.items()}}


def _move(optimizer: Optimizer, total: Tensor) -> None:
    """Move the weights down a sum.

    Not down one of terms that weigh nothing: Adam makes a step of its whole rate of a decay that nothing stands beside,
    and in a thousand of them an encoder is gone.
    """
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(total.device.type, enabled=False):
        total.backward()  # type: ignore[no-untyped-call]
    _step(optimizer)
    torch.clear_autocast_cache()  # the cast copies of the weights are stale now, should the same update look again


HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")


def _step(optimizer: Optimizer) -> None:
    """Move the weights, without the wrapper that imports torch's compiler, 1.5 s of a run's start, to tell it of that.

    One to which hooks are tied steps with its wrappers, which call them.
    """
    if any(getattr(optimizer, hooks, None) for hooks in HOOKS):
        optimizer.step()
        return
    with torch.no_grad():
        inspect.unwrap(type(optimizer).step)(optimizer)


def _refuse(name: str, value: Tensor) -> None:
    if not value.requires_grad:
        raise MethodError(f"loss term {name!r} has no gradient; it does not depend on a trained weight")
    if value.device.type == "cpu" and not torch.isfinite(value).all():
        raise MethodError(f"loss term {name!r} is {value.item()}, which is not finite")
