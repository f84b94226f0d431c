"""The rule about constants: that each one of Config does something."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from unittest.mock import patch

from pydantic import ValidationError

from methods.base import Config
from methods.contract.subject import Broken, Subject, begun, train
from methods.contract.terms import SURE
from methods.contract.toy import BUDGET
from methods.errors import MethodError


def constants(subject: Subject) -> None:
    """Train an update of each stage, at other values too, and look for constants that nothing asks for."""
    fields = subject.entry.cls.Config.model_fields
    left = set(fields)
    for values, fidelity in _ways(subject):
        left -= _read(subject, values, fidelity)
        if not left:
            return
    names = ", ".join(name for name in fields if name in left)
    raise Broken(f"nothing reads {names}, so another value changes no number; use it (self.config), or take it out")


def _ways(subject: Subject) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield values and fidelities: those there are, then one field at another value, on which others may hang."""
    fields = subject.entry.cls.Config.model_fields
    yield {}, "fixed"
    yield {name: at for name, at in SURE.items() if name in fields}, "fixed"
    yield from (({}, fidelity) for fidelity in subject.entry.cls.fidelities if fidelity != "fixed")
    yield from (({name: other}, "fixed") for name, field in fields.items() for other in _others(field))


def _others(field: Any) -> Iterator[Any]:
    """Yield values that switch something on: the other choices, truth for falsehood, 1 for 0."""
    kind = field.annotation
    kinds = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    for one in kinds:
        if typing.get_origin(one) is Literal:
            yield from (choice for choice in typing.get_args(one) if choice != field.default)
        elif one is bool:
            yield not field.default
        elif one in (int, float) and not field.default:
            yield one(1)


def _read(subject: Subject, values: Mapping[str, Any], fidelity: str) -> set[str]:
    """Return the constants that a method reads while it is built and trained; none where it refuses these values."""
    try:
        config = subject.configure(values, fidelity)
        with _reading(type(config)) as found:
            method = subject.build(config)
            for stage in method.stages(BUDGET):
                train(begun(method, stage), stage, range(1))
            method.predictors()
    except (MethodError, ValidationError):
        return set()
    return found


@contextmanager
def _reading(config: type[Config]) -> Iterator[set[str]]:
    found, fields = set[str](), frozenset(config.model_fields)

    def get(self: Config, name: str) -> Any:
        if name in fields:
            found.add(name)
        return object.__getattribute__(self, name)

    with patch.object(config, "__getattribute__", get):
        yield found
