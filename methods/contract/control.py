"""What the twin of a method is, or would be: the values at which unlabelled slices teach nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from methods.contract.learning import silent
from methods.contract.subject import Broken, Subject
from methods.contract.unlabelled import looks
from methods.errors import MethodError
from methods.registry import Entry

MOST = 4  # fields that are 0 together


def twin_of(subject: Subject) -> str:
    """Return in words what the twin is, or which values would make one where the class names none that does."""
    if not subject.entry.needs_unlabeled:
        return "it learns from labels only, and is its own"
    named = dict(subject.entry.cls.twin)
    if named and _silences(subject, named):
        caveats = "".join(f"; by the rule {rule}: {why}" for rule, why in subject.entry.cls.twin_caveats.items())
        return f"{_words(named)}; python -m benchmark.run --twin runs it{caveats}"
    for values in _tries(subject.entry):
        if _silences(subject, values):
            return f"none that holds is named; at {_words(values)} unlabelled slices teach nothing: twin = {values}"
    return "none that holds is named, and no weight at 0 makes one; give each unlabelled term a weight in Config"


def _words(values: Mapping[str, object]) -> str:
    return ", ".join(f"{field}={value}" for field, value in values.items())


def _tries(entry: Entry) -> Iterator[dict[str, float]]:
    """Yield fields at 0 that may weigh terms: one, then several together, those called weights first."""
    numbers = [name for name, field in entry.cls.Config.model_fields.items() if field.annotation is float]
    fields = sorted(numbers, key=lambda name: "weight" not in name or name == "weight_decay")
    fields = [name for name in fields if name not in ("lr", "momentum", "weight_decay", "lr_power")]
    weights = [name for name in fields if "weight" in name or name in entry.cls.twin][:MOST]
    several = itertools.chain.from_iterable(itertools.combinations(weights, count) for count in range(2, MOST + 1))
    yield from (dict.fromkeys(names, 0.0) for names in (*((name,) for name in fields), *several))


def _silences(subject: Subject, values: Mapping[str, object]) -> bool:
    """Return whether a twin of these values learns from labels alone, whatever its other constants, unsure or sure."""
    try:
        for looked_at, others in looks(subject):
            silent(looked_at.at_twin(values), others)
    except (Broken, MethodError):
        return False
    return True
