"""Terms of a method's loss one by one: which there are, and what is made of each before it counts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from operator import is_not
from types import ModuleType
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from methods.parts.descend import Term, descend

SURE = {"confident": 0.0, "valid": 0.0, "certain_from": 1.0, "ramp": 0.0, "unsupervised_ramp": 0.0}
"""Fields of methods as they are where every pixel is sure enough at once, and every weight grown."""
_SEARCHED = list[ModuleType]()
_CALLING = list[tuple[ModuleType, str]]()
NAMED = "name what labelled slices teach in the class attribute labeled_terms"


@contextmanager
def frozen_norms() -> Iterator[None]:
    """Let batch norm take its initial statistics and keep them, so that no slice reaches another one through it.

    One that keeps none takes those that others begin with. So does a layer of another library, or of one's own, that
    normalises by torch's function.
    """
    plain = functional.batch_norm

    def normalised(images: Tensor, mean: Tensor | None, variance: Tensor | None, *rest: Any, **named: Any) -> Tensor:
        given = dict(zip(("weight", "bias", "training", "momentum", "eps"), rest, strict=False)) | named
        if mean is None or variance is None:
            mean, variance = images.new_zeros(images.shape[1]), images.new_ones(images.shape[1])
        return plain(images, mean, variance, **{**given, "training": False})

    def forward(self: _BatchNorm, images: Tensor) -> Tensor:
        return normalised(images, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)

    with patch.object(_BatchNorm, "forward", forward), patch.object(functional, "batch_norm", normalised):
        yield


@contextmanager
def weighed(weigh: Callable[[str, Optimizer, Mapping[str, Term]], Mapping[str, Term]]) -> Iterator[None]:
    """Hand every method's descents to ``weigh`` first, each named by its number since the beginning."""
    calls = 0

    def descending(optimizer: Optimizer, **terms: Term) -> Mapping[str, Tensor]:
        nonlocal calls
        calls += 1
        return descend(optimizer, **weigh(str(calls), optimizer, terms))

    with ExitStack() as patches:
        for module, name in _calling_descend():
            patches.enter_context(patch.object(module, name, descending))
        yield


def _calling_descend() -> Sequence[tuple[ModuleType, str]]:
    """Return the modules that call descend, and by which name: looked for again where modules have come or gone."""
    modules = list(sys.modules.values())
    if len(modules) != len(_SEARCHED) or any(map(is_not, modules, _SEARCHED)):
        _SEARCHED[:] = modules
        _CALLING[:] = [
            (module, name)
            for module in modules
            if isinstance(module, ModuleType) and module.__name__ != __name__
            for name, value in vars(module).items()
            if value is descend
        ]
    return _CALLING


@contextmanager
def noted(trained: set[int], labeled: Sequence[str], found: list[str]) -> Iterator[None]:
    """Note, after its descent's number, each term but labelled ones of descents that move any of these weights."""

    def weigh(call: str, optimizer: Optimizer, terms: Mapping[str, Term]) -> Mapping[str, Term]:
        moved = (weight for group in optimizer.param_groups for weight in group["params"] if weight.requires_grad)
        if any(id(weight) in trained for weight in moved):
            found.extend(f"{call} {name}" for name in terms if name not in labeled)
        return terms

    with weighed(weigh):
        yield


def value(term: Term) -> Tensor:
    """Return a term without its weight."""
    return term if isinstance(term, torch.Tensor) else term[1]
