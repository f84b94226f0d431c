"""Other values of a Config's numbers, of each kind that a threshold, a length or a start may be declared by."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from methods.base import Config

NEXT = 1e-6  # beside a bound that is itself refused, and a share of numbers that must keep their order
LEAST, MOST = ("ge", "gt"), ("le", "lt")


def lowered(config: type[Config]) -> Iterator[tuple[str, Any]]:
    """Yield fields, a class's own first, each at 0 or the least that its bounds allow, then at 1 or the most.

    A field may be a number, one or none, or several in a sequence or a mapping, of which all are changed and then each
    by itself. What is refused all the same is left to whoever tries it.
    """
    own = inspect.get_annotations(config)
    fields = sorted(config.model_fields.items(), key=lambda one: one[0] not in own)
    for number, bounds in ((0, LEAST), (1, MOST)):
        for name, field in fields:
            parts = list(_parts(field.annotation)) + list(_told(field.metadata))
            given = field.get_default(call_default_factory=True)
            for one in dict.fromkeys((number, *_bounded(parts, bounds))):
                yield from ((name, value) for value in _like(given, one, parts))
            if number == 0 and type(None) in parts and given is not None:
                yield name, None
            if number == 0 and isinstance(given, Sequence) and _numbers(given):
                yield name, _made(given, [each * NEXT for each in given])


def _parts(kind: Any) -> Iterator[Any]:
    """Yield the plain types that an annotation is made of, and what bounds them."""
    inner = typing.get_args(kind)
    if not inner:
        yield from (kind, *_told((kind,)))
    for one in inner:
        yield from _parts(one)


def _told(metadata: Sequence[Any]) -> Iterator[Any]:
    """Yield what bounds a field, of which pydantic keeps some in a field of their own."""
    for one in metadata:
        yield from (one, *getattr(one, "metadata", ()))


def _bounded(parts: Sequence[Any], names: Sequence[str]) -> Iterator[float]:
    """Yield the first allowed numbers at bounds of these names, of which the second is itself refused."""
    closed, opened = names
    is_float = float in parts
    step = (NEXT if is_float else 1) * (1 if names is LEAST else -1)
    for part in parts:
        if not isinstance(part, type):
            yield from (bound for bound in [getattr(part, closed, None)] if _is_number(bound))
            yield from (bound + step for bound in [getattr(part, opened, None)] if _is_number(bound))


def _like(given: Any, number: float, parts: Sequence[Any]) -> Iterator[Any]:
    """Yield what a field of a default holds with a number in place of its own."""
    one = float(number) if float in parts else number
    if _is_number(given) or (given is None and (float in parts or int in parts)):
        yield one
    elif isinstance(given, Mapping) and _numbers(list(given.values())):
        yield dict.fromkeys(given, one)
        yield from ({**given, key: one} for key in given)
    elif isinstance(given, Sequence) and _numbers(given):
        yield _made(given, [one for _ in given])
        yield from (_made(given, [*given[:place], one, *given[place + 1 :]]) for place in range(len(given)))


def _made(given: Sequence[Any], values: list[Any]) -> Sequence[Any]:
    kind: Any = type(given)
    made: Sequence[Any] = kind(*values) if hasattr(kind, "_fields") else kind(values)  # a NamedTuple takes each
    return made


def _numbers(given: Sequence[Any]) -> bool:
    return bool(given) and not isinstance(given, str | bytes) and all(map(_is_number, given))


def _is_number(value: Any) -> typing.TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
