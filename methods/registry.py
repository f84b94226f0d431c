"""Which methods there are. The decorator above a class is its only registration."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

import methods
from data.task import Task
from methods.base import Config, Method
from methods.errors import MethodError


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
    """Return one method, or raise MethodError that names the nearest one."""
    known = entries()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise MethodError(f"there is no method {name!r}; {hint}")
    return known[name]


def configure(name: str, fidelity: str, overrides: Mapping[str, Any]) -> Config:
    """Return a method's validated config: its defaults, then the fidelity's values, then the overrides."""
    cls = entry(name).cls
    if fidelity not in cls.fidelities:
        raise MethodError(f"{name} has no fidelity {fidelity!r}; it has {', '.join(cls.fidelities)}")
    try:
        return cls.Config(**{**cls.fidelities[fidelity], **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # a rule over several fields, which names them itself
            raise MethodError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
        field = ".".join(str(part) for part in first["loc"])
        raise MethodError(f"{name}: {field}={first.get('input')!r}: {first['msg']}") from None


def check_backbone(backbone: str, weights: str | None) -> None:
    """Raise MethodError for a backbone, or weights of it, that no method could be built on."""
    from methods.networks import factory

    factory.check_backbone(backbone, weights)


def build(name: str, task: Task, backbone: str, config: Config, *, weights: str | None, seed: int) -> Method:
    """Return a method on fresh networks of a backbone, initialised from the seed alone."""
    from methods.networks.factory import Networks

    return Networks(backbone, task.classes, weights=weights, seed=seed).initialize(
        lambda networks: entry(name).cls(task, networks, config)
    )
