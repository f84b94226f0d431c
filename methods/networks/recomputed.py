"""Blocks of a network that keep what they are given alone for the backward pass, which computes the rest anew.

docs/decisions/103-batches-are-not-cut.md. No number is another one: modes, buffers and random numbers are those of the
first pass in the second, which leaves no trace in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from methods.errors import MethodError

LISTS = (nn.ModuleList, nn.ModuleDict)
"""Kinds of modules that hold others and compute nothing; a subclass of one may have a forward of its own."""
PLAIN = (bool, int, float, str)
"""Kinds of attributes that a pass may look at or change: whether it trains, follows statistics, how often it ran."""


def blocks_of(network: nn.Module) -> list[nn.Module]:
    """Return the blocks of a network: members of its lists that are made of modules, else the innermost such modules.

    A module with fewer than two parts that compute is none, since its input is all that it keeps anyway.
    """
    return list(dict.fromkeys(block for part in network.children() for block in _blocks(part, False)))


def recompute(block: nn.Module) -> None:
    """Let a block, and every copy of it, keep nothing else than its inputs in passes that a gradient goes through.

    Names of weights stay. Once more changes nothing, and a forward that others put on the block stays theirs.
    """
    if "forward" not in vars(block):
        block.forward = partial(_passed, block)  # which a deep copy of the block binds to that copy


def _blocks(part: nn.Module, listed: bool) -> Iterator[nn.Module]:
    """Yield the blocks of a part; listed: it is a member of a list."""
    if type(part) in LISTS:
        yield from (block for one in part.children() for block in _blocks(one, True))
        return
    if not _is_block(part):
        return
    inner = () if listed else [b for one in part.children() for b in _blocks(one, isinstance(part, nn.Sequential))]
    yield from inner or [part]


def _is_block(part: nn.Module) -> bool:
    """Return whether a part has weights and more than one part that computes."""
    leaves = [one for one in part.modules() if not any(one.children()) and not isinstance(one, nn.Identity)]
    return len(leaves) > 1 and any(True for _ in part.parameters())


def _passed(block: nn.Module, *given: Any, **named: Any) -> Any:
    """Return what the block's own forward returns."""
    forward = type(block).forward
    read = [*_tensors([*given, *named.values()]), *block.parameters()]
    if not torch.is_grad_enabled() or not any(one.requires_grad for one in read):
        return forward(block, *given, **named)
    contexts, run = (nullcontext(), _Before(block, read)), partial(forward, block, **named)
    return checkpoint(run, *map(_held, given), use_reentrant=False, context_fn=lambda: contexts)


class _Before:
    """How a block stood before a pass; as a context it stands so again, and after it as if nothing had been.

    read: the weights and maps that the pass reads, which must be the same ones then. It may be entered more than once,
    as where a graph is kept for a second gradient.
    """

    def __init__(self, block: nn.Module, read: Iterable[Tensor]) -> None:
        self.parts = list(block.modules())
        self.plain = list(map(_plain, self.parts))
        self.buffers = [
            {name: one.detach().clone() for name, one in part._buffers.items() if one is not None}
            for part in self.parts
        ]
        self.read = [(one, one._version) for one in read]

    def __enter__(self) -> None:
        if any(one._version != version for one, version in self.read):
            raise MethodError(
                "a weight or map was changed between a pass and the gradient through it, which --recompute would take"
                " by others; take the gradient first, or train without --recompute"
            )
        self.now = [(_plain(part), dict(part._buffers)) for part in self.parts]
        for part, plain, buffers in zip(self.parts, self.plain, self.buffers, strict=True):
            vars(part).update(plain)
            part._buffers.update({name: one.clone() for name, one in buffers.items()})

    def __exit__(self, *_: object) -> None:
        for part, (plain, buffers) in zip(self.parts, self.now, strict=True):
            vars(part).update(plain)
            part._buffers.update(buffers)


def _plain(part: nn.Module) -> Mapping[str, object]:
    return {name: value for name, value in vars(part).items() if isinstance(value, PLAIN)}


def _tensors(given: Sequence[Any]) -> Iterator[Tensor]:
    """Yield the tensors among what a block is given, those in lists too."""
    for one in given:
        if isinstance(one, Tensor):
            yield one
        elif isinstance(one, (list, tuple)):
            yield from _tensors(one)


def _held(one: Any) -> Any:
    """Return what a block is given as it is now: a list may get longer afterwards."""
    return list(one) if type(one) is list else one
