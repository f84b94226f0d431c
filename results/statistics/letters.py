"""Groups that can't be told apart, as letters: two share one unless a test tells them apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from string import ascii_letters
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def letters(order: Sequence[T], apart: Iterable[tuple[T, T]]) -> Mapping[T, str]:
    """Return each one's letters, the first of the order with an ``a``; those told apart share none, all others one.

    Insert and absorb (Piepho, Journal of Computational and Graphical Statistics 2004). After ``z`` comes ``A``, after
    ``Z`` comes ``(53)``.
    """
    groups = [frozenset(order)]
    for first, second in apart:
        split = [part for one in groups for part in _without(one, first, second)]
        groups = [one for one in dict.fromkeys(split) if not any(one < other for other in split)]
    place = {one: number for number, one in enumerate(order)}
    groups.sort(key=lambda one: sorted(place[member] for member in one))
    names = [_name(number) for number in range(len(groups))]
    return {one: "".join(name for name, part in zip(names, groups, strict=True) if one in part) for one in order}


def _without(group: frozenset[T], first: T, second: T) -> list[frozenset[T]]:
    return [group - {first}, group - {second}] if {first, second} <= group else [group]


def _name(number: int) -> str:
    return ascii_letters[number] if number < len(ascii_letters) else f"({number + 1})"
