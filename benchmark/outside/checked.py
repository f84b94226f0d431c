"""Whether a class from outside can be a method: what cells, folders and pages take from it, checked as it is loaded."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmark.errors import MethodUsageError
from benchmark.outside.values import faults_of_values
from methods.base import TWIN_RULES, Config, Method
from methods.registry import Entry, entries

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
LONGEST: Mapping[str, int] = {"name": 60, "title": 100, "paper": 200}
"""Characters of what @method is given."""
OF_PRESETS = frozenset(
    ("size", "updates", "per_stage", "labeled_batch", "unlabeled_batch", "scaling", "fit", "resizing", "test_resizing",
     "augmentation", "validations", "precision", "channels_last")
)  # fmt: skip
"""What ``--set`` replaces of a preset: the fields of ``benchmark.cells.preset.Preset``, which a wing above holds."""


def check(found: Entry, given: str) -> None:
    """Raise MethodUsageError for a class that no cell can be of, or that a reader would take for another."""
    fault = next(_faults(found), None)
    if fault is not None:
        raise MethodUsageError(f"{given}: {fault}")


def _faults(found: Entry) -> Iterator[str]:
    """Yield what is wrong with a class, in an order in which each may count on what stands before it."""
    yield from _of_words(found)
    cls: Any = found.cls  # which is what a stranger decorated
    if not (isinstance(cls, type) and issubclass(cls, Method)):
        yield f"{found.name} is no class derived from methods.base.Method"
    config = getattr(cls, "Config", None)
    if not (isinstance(config, type) and issubclass(config, Config)):
        yield f"{cls.__name__} has no Config, a class derived from methods.base.Config"
    if not found.line:
        yield f"{cls.__name__} has no docstring; its first line says what the method does"
    yield from _of_fields(cls)
    yield from _of_mappings(cls)
    yield from faults_of_values(found)


def _of_words(found: Entry) -> Iterator[str]:
    for what, longest in LONGEST.items():
        words = getattr(found, what)
        if what == "paper" and words == "":  # as of work that is not written yet; benchmark.check asks for one
            continue
        if not (isinstance(words, str) and words.strip() and words.isprintable() and len(words) <= longest):
            shown = words if not isinstance(words, str) or len(words) <= longest else f"{words[:longest]}..."
            yield f"the {what} {shown!r} in @method: expected one line of 1 to {longest} printable characters"
    for one in entries().values():
        if one.name == found.name:
            yield f"the name {found.name!r} is taken by the built-in {one.title}; give yours another in @method"
        if one.title == found.title:
            yield f"the title {found.title!r} is that of the built-in {one.name}; give yours another in @method"
    if not NAME.fullmatch(found.name):
        yield f"the name {found.name!r}: expected letters, digits, - and _, as it is part of a folder's name"


def _of_fields(cls: type[Method]) -> Iterator[str]:
    shared = {field for one in entries().values() for field in one.cls.Config.model_fields}
    for field in cls.Config.model_fields:
        if field in (OF_PRESETS | {"weights"}) - shared:
            whose = "network's" if field == "weights" else "preset's"
            yield f"{cls.__name__}.Config.{field} would take --set {field} from the {whose} field; rename it"


def _of_mappings(cls: type[Method]) -> Iterator[str]:
    """Yield which class attributes are no mappings of the shape and the fields that cells read in them."""
    fields = set(cls.Config.model_fields)
    if not _is_mapping(cls.twin):
        words = f"{cls.__name__}.twin is {_shown(cls.twin)}"
        yield f'{words}; expected values of Config\'s fields, such as {{"weight": 0.0}}'
    yield from _unknown(f"{cls.__name__}.twin", cls.twin, "Config", fields)
    terms: Any = cls.labeled_terms
    if isinstance(terms, str) or not (isinstance(terms, Sequence) and terms and all(map(_is_term, terms))):
        yield f'{cls.__name__}.labeled_terms is {_shown(terms)}; expected names of terms, such as ("supervised",)'
    caveats: Any = cls.twin_caveats
    if not (_is_mapping(caveats) and set(caveats) <= set(TWIN_RULES) and all(map(_is_reason, caveats.values()))):
        words = f"{cls.__name__}.twin_caveats is {_shown(caveats)}; expected why by one of {', '.join(TWIN_RULES)}"
        yield f'{words}, such as {{"{TWIN_RULES[0]}": "a sentence"}}'
    for attribute, of, known in (("fidelities", "Config", fields), ("loaders", "the preset", OF_PRESETS)):
        values = getattr(cls, attribute)
        if not (_is_mapping(values) and all(map(_is_mapping, values.values()))):
            yield f"{cls.__name__}.{attribute} is {_shown(values)}; expected a mapping of fields of {of} a fidelity"
        for fidelity, fields_of in values.items():
            yield from _unknown(f"{cls.__name__}.{attribute}[{fidelity!r}]", fields_of, of, known)


def _unknown(attribute: str, named: Iterable[str], of: str, known: Collection[str]) -> Iterator[str]:
    for field in named:
        if field not in known:
            yield f"{attribute} names {field}, which is no field of {of}; it has {', '.join(sorted(known))}"


def _is_term(name: object) -> bool:
    return isinstance(name, str) and name.isprintable() and name not in ("", "total")


def _is_reason(words: object) -> bool:
    return isinstance(words, str) and words.isprintable() and bool(words.strip())


def _is_mapping(values: Any) -> bool:
    return isinstance(values, Mapping) and all(isinstance(name, str) for name in values)


def _shown(values: object) -> str:
    text = ascii(values)
    return text if len(text) <= LONGEST["title"] else f"{text[: LONGEST['title']]}..."
