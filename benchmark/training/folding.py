"""Batch norm folded into the convolution before it, for a network that only answers."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(network: nn.Module) -> nn.Module:
    """Return a copy of a network in evaluation whose batch norms are part of the convolutions right before them.

    It answers the same to rounding. A norm stays that is not in evaluation, that has no running statistics, whose
    convolution is used elsewhere too, or in a part whose forward can't be traced; what is given is never changed, and
    comes back itself where nothing folds.
    """
    held = Counter(id(one) for part in network.modules() for one in part.children())
    pairs = [
        pair
        for name, part in network.named_modules()
        for pair in _pairs(part, f"{name}." if name else "")
        if all(held[id(network.get_submodule(one))] == 1 for one in pair)
    ]
    if not pairs:
        return network
    copied = copy.deepcopy(network)
    for convolution, norm in pairs:
        both: tuple[Any, Any] = copied.get_submodule(convolution), copied.get_submodule(norm)
        copied.set_submodule(convolution, fuse_conv_bn_eval(*both))
        copied.set_submodule(norm, nn.Identity())
    return copied


class _Calls(fx.Tracer):
    """Follows a part's own forward, and looks into none of its modules."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Say that every module is one step."""
        return True


def _pairs(part: nn.Module, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the names of each convolution and norm that a part calls once, one on nothing but the other's output."""
    if not any(_foldable(one, nn.BatchNorm2d) for one in part.children()):
        return
    try:
        nodes = list(_Calls().trace(part).nodes)
    except Exception:  # whatever a forward of others does that can't be followed
        return
    called = Counter(node.target for node in nodes if node.op == "call_module")
    for node in nodes:
        before = node.args[0] if node.op == "call_module" and node.args else None
        if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) > 1:
            continue
        kinds = ((before.target, nn.Conv2d), (node.target, nn.BatchNorm2d))
        if all(called[name] == 1 and _foldable(part.get_submodule(str(name)), kind) for name, kind in kinds):
            yield f"{prefix}{before.target}", f"{prefix}{node.target}"


def _foldable(one: nn.Module, kind: type[nn.Module]) -> bool:
    """Return whether a module is just of a kind, in evaluation, watched by nobody, and a norm with its statistics."""
    watched = one._forward_hooks or one._forward_pre_hooks
    return type(one) is kind and not one.training and not watched and getattr(one, "running_mean", 0) is not None
