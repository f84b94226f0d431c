"""The rule about constants: that each one of Config does something."""

from __future__ import annotations

import inspect
import itertools
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from types import FrameType
from typing import Any, Literal
from unittest.mock import patch

import torch

from methods.asked import inspected_of, predictors_of, stages_of
from methods.base import Budget, Config
from methods.contract.subject import SIDE, Broken, Subject, begun, train
from methods.contract.toy import BUDGET
from methods.contract.unlabelled import sure

CHOICE = 1  # the rank of another choice among the values that may switch something on
MOST = 40
"""Ways in which a method is tried, of which each trains it."""
WHOLE = ("__dict__", "model_dump", "model_dump_json", "__iter__")
"""What asks a Config for all of its constants, but where pydantic copies, compares, hashes or prints it."""


def constants(subject: Subject) -> None:
    """Train first and last updates of each stage, at other values too, and look for constants that nothing asks for."""
    config = subject.entry.cls.Config
    left = set(config.model_fields)
    for number, (values, fidelity) in enumerate(itertools.islice(_ways(subject), MOST)):
        left -= _read(subject, values, fidelity, every=number == 0)
        if not left:
            return
    names = [name for name in config.model_fields if name in left]
    inherited = [name for name in names if name not in config.__annotations__]
    way = _instead(config, inherited[0]) if inherited else "take it out"
    words = f"nothing reads {', '.join(names)}, so another value changes no number; use it, or {way}"
    raise Broken(f"{words}{_untried(subject, left)}")


def _untried(subject: Subject, left: set[str]) -> str:
    """Return at which texts alone a method was looked at, on which what is left may hang: a text tells no choices."""
    config = subject.entry.cls.Config
    texts = {
        name: field.default
        for name, field in config.model_fields.items()
        if str in _kinds(field.annotation) and name not in left and name not in config.backbones
    }
    words = ", ".join(f"{name}={value!r}" for name, value in texts.items())
    return f" (looked at with {words} alone; where other choices read it, declare them by Literal)" if texts else ""


def _instead(config: type[Config], name: str) -> str:
    """Return from which class a Config may be derived so as not to inherit a constant."""
    owner = next(one for one in config.__mro__ if name in inspect.get_annotations(one))
    parent = owner.__mro__[1]
    return f"derive {config.__name__} from {parent.__name__} ({parent.__module__}) in place of {owner.__name__}"


def _ways(subject: Subject) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield values and fidelities: those there are, then one field at another value, on which others may hang.

    Then two choices are made otherwise together, a class's own first.
    """
    fields = subject.entry.cls.Config.model_fields
    yield {}, "fixed"
    yield sure(subject), "fixed"
    yield from (({}, fidelity) for fidelity in subject.entry.cls.fidelities if fidelity != "fixed")
    others = [(rank, {name: other}) for name, field in fields.items() for rank, other in _others(field)]
    yield from ((values, "fixed") for _, values in sorted(others, key=lambda one: one[0]))
    own = inspect.get_annotations(subject.entry.cls.Config)
    choices = sorted(
        (values for rank, values in others if rank == CHOICE), key=lambda one: not one.keys() <= own.keys()
    )
    yield from (
        (one | other, "fixed") for one, other in itertools.combinations(choices, 2) if one.keys() != other.keys()
    )


def _others(field: Any) -> Iterator[tuple[int, Any]]:
    """Yield values that may switch something on, each after how likely that is: weights first, then choices."""
    for one in _kinds(field.annotation):
        if one is float and not field.default:
            yield from ((0, 1.0), (2, 0.5))
        elif typing.get_origin(one) is Literal:
            yield from ((CHOICE, choice) for choice in typing.get_args(one) if choice != field.default)
        elif isinstance(one, type) and issubclass(one, Enum):
            yield from ((CHOICE, choice) for choice in one if choice != field.default)
        elif one is bool:
            yield CHOICE, not field.default
        elif one is type(None) and field.default is not None:
            yield 2, None
        elif one is int:
            yield from ((3, (field.default or 0) + 1), (4, 0))


def _kinds(kind: Any) -> Sequence[Any]:
    """Return what an annotation allows, each by itself."""
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _read(subject: Subject, values: Mapping[str, Any], fidelity: str, every: bool) -> set[str]:
    """Return the constants that a method reads while it is built, trained, looked into and asked.

    every: whether all updates are made, or the first and last of each stage.
    """
    found = set[str]()
    with suppress(Exception):  # of values that nobody asked for; at its own ones the method trains
        config = subject.configure(values, fidelity)
        with _reading(type(config), found):
            _used(subject, config, every)
    return found


def _used(subject: Subject, config: Config, every: bool) -> None:
    method = subject.build(config)
    stages_of(method, Budget(BUDGET.updates, True, BUDGET.labeled, BUDGET.unlabeled))
    for stage in stages_of(method, BUDGET):
        train(begun(method, stage), range(0, stage.updates, 1 if every else max(1, stage.updates - 1)))
    inspected_of(method.eval())
    with torch.no_grad():
        for predictor in predictors_of(method).values():
            predictor(torch.zeros(1, 1, SIDE, SIDE))


@contextmanager
def _reading(config: type[Config], found: set[str]) -> Iterator[None]:
    """Note which constants are asked for, all of them by what asks for all."""
    fields = frozenset(config.model_fields)

    def get(self: Config, name: str) -> Any:
        found.update({name} & fields or (fields if name in WHOLE and not _of_pydantic(sys._getframe(1)) else ()))
        return object.__getattribute__(self, name)

    with patch.object(config, "__getattribute__", get):
        yield


def _of_pydantic(frame: FrameType) -> bool:
    """Return whether pydantic asks, for a copy, a comparison, a hash or a text, and not to hand the constants out."""
    return frame.f_globals.get("__name__", "").startswith("pydantic") and frame.f_code.co_name != "__iter__"
