"""Which methods there are. The decorator above a class is its only registration."""

from __future__ import annotations

import difflib
import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

import methods
from data.task import Task
from methods.base import Config, Method
from methods.errors import MethodError, MethodUsageError


@dataclass(frozen=True)
class Entry:
    """A registered method: name on the command line, title on a page, paper, and one line on what it does."""

    name: str
    title: str
    paper: str
    line: str
    cls: type[Method]
    needs_unlabeled: bool


_ENTRIES: dict[str, Entry] = {}


def method(
    name: str, *, title: str, paper: str, needs_unlabeled: bool = True
) -> Callable[[type[Method]], type[Method]]:
    """Register a Method class under a name; a taken name raises MethodError."""

    def register(cls: type[Method]) -> type[Method]:
        if name in _ENTRIES:
            taken = _ENTRIES[name].cls
            raise MethodError(f"method name {name!r} is taken by {taken.__module__}.{taken.__qualname__}")
        line = (cls.__doc__ or "").strip().splitlines()[0]
        _ENTRIES[name] = Entry(name, title, paper, line, cls, needs_unlabeled)
        return cls

    return register


def entries() -> Mapping[str, Entry]:
    """Return all methods by name; imports every module of the package once."""
    for module in pkgutil.iter_modules(methods.__path__):
        importlib.import_module(f"methods.{module.name}")
    return dict(sorted(_ENTRIES.items()))


def entry(name: str) -> Entry:
    """Return one method, or raise MethodUsageError that names the nearest one."""
    known = entries()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise MethodUsageError(f"there is no method {name!r}; {hint}")
    return known[name]


def configure(name: str, fidelity: str, overrides: Mapping[str, Any]) -> Config:
    """Return a method's validated config: its defaults, then the fidelity's values, then the overrides.

    MethodUsageError names the field.
    """
    cls = entry(name).cls
    if fidelity not in cls.fidelities:
        raise MethodUsageError(f"{name} has no fidelity {fidelity!r}; it has {', '.join(cls.fidelities)}")
    try:
        return cls.Config(**{**cls.fidelities[fidelity], **overrides})
    except ValidationError as error:
        raise MethodUsageError(f"{_fault(error)}; see benchmark.methods {name}") from None


def check_backbone(backbone: str, weights: str | None, side: int, slices: int) -> None:
    """Raise MethodError for a backbone, or weights of it, that can't train on so many square slices of this side."""
    from methods.networks import factory

    factory.check_trainable(backbone, weights, side, slices)


def build(name: str, task: Task, backbone: str, config: Config, *, weights: str | None, seed: int) -> Method:
    """Return a method on fresh networks of a backbone, initialised from the seed alone."""
    from methods.networks.factory import Networks

    return Networks(backbone, task.classes, weights=weights, seed=seed, channels=task.channels).initialize(
        lambda networks: entry(name).cls(task, networks, config)
    )


def _fault(error: ValidationError) -> str:
    """Return the first thing wrong with a config, as a user wrote it: text as it is, all else as JSON."""
    first = error.errors()[0]
    wrong = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:  # a rule over several fields, which names them itself
        return f"--set: {wrong}"
    given = first["input"] if isinstance(first["input"], str) else json.dumps(first["input"], default=str)
    return f"--set {'.'.join(map(str, first['loc']))}={given}: {wrong}"
