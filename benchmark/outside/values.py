"""The values that a class from outside gives its constants: by its defaults, under each fidelity, and in its twin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from benchmark.errors import MethodUsageError
from methods.base import Config
from methods.registry import Entry, changed_in, entries


def faults_of_values(found: Entry) -> Iterator[str]:
    """Yield what keeps these values from being those of a cell, each checked on what stands before it."""
    fields = found.cls.Config.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    if required:
        yield f"{_place(found)}.{required[0]} has no default; give it one by cited(default, source)"
    for fidelity in found.cls.fidelities:
        yield from _of_fidelity(found, fidelity)
    defaults = {name: field.default for name, field in fields.items() if field.default_factory is None}
    yield from _refused(found, f"{_place(found)} by its defaults", defaults)
    if found.cls.twin:
        yield from _of_twin(found)


def _of_fidelity(found: Entry, fidelity: str) -> Iterator[str]:
    """Yield what keeps the config of a fidelity from being made, and from being written into a cell."""
    yield from _refused(found, f"{found.cls.__name__}.fidelities[{fidelity!r}]", found.cls.fidelities[fidelity])
    try:
        config = found.configure(fidelity, {})
    except MethodUsageError as error:
        cause = error.__cause__
        words = "expected a validator to raise ValueError for values that it refuses"
        shown = str(error) if cause is None else f"{type(cause).__name__}: {_line(cause)}; {words}"
        yield f"{_place(found)} under fidelity {fidelity!r}: {shown}"
        return
    for field in type(config).model_fields:
        try:
            json.dumps(config.model_dump(mode="json", include={field}), allow_nan=False)
        except Exception as error:
            words = "expected numbers, texts, true, false, none, and lists or mappings of such"
            yield f"{_place(found)}.{field} can't be written as JSON ({_line(error)}); {words}"


def _of_twin(found: Entry) -> Iterator[str]:
    """Yield what keeps the values of a twin from silencing unlabelled slices and nothing else."""
    attribute, twin = f"{found.cls.__name__}.twin", dict(found.cls.twin)
    recipe = {field for one in entries().values() if not one.needs_unlabeled for field in one.cls.Config.model_fields}
    other = [field for field in twin if field in recipe]
    if other:
        words = "which is of the recipe, that a method and its twin share"
        yield f"{attribute} names {other[0]}, {words}; expected what weighs its unlabelled terms"
    for fidelity, values in found.cls.fidelities.items():
        yield from _refused(found, attribute, {**values, **twin})
        if found.configure(fidelity, twin) == found.configure(fidelity, {}):
            held = ", ".join(f"{field}={value!r}" for field, value in twin.items())
            words = f"{attribute} has what the method itself has under fidelity {fidelity!r} ({held})"
            yield f"{words}; expected values at which its unlabelled terms weigh nothing"


def _refused(found: Entry, holder: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield which value a Config refuses or changes."""
    try:
        config: Config = found.cls.Config(**values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        given = f"{field}={first['input']!r} is" if field else "values together are"
        yield f"{holder}: {given} refused by Config: {_line(first['msg'].removeprefix('Value error, '))}"
    except Exception:  # whatever a stranger's validator meets, which making a config tells
        return
    else:
        changed = changed_in(config, values)
        if changed:
            yield f"{holder}: {changed}"


def _place(found: Entry) -> str:
    return f"{found.cls.__name__}.Config"


def _line(error: object) -> str:
    return next(filter(None, map(str.strip, str(error).splitlines())), "no reason given")
