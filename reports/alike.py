"""Whether two runs were of one configuration: by what cells resolved to and records say, not by what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from results.outside import METHOD
from results.record import Record
from results.same_code import SameCode
from results.store import LoadedRecord

Seeds = tuple[int | None, ...]
Valued = tuple[LoadedRecord, Mapping[str, Any]]
"""A record with its cell's resolved values, which take a file to read."""

TWIN: Mapping[str, object] = {
    "weight": 0.0, "pretrain_weight": 0.0, "global_weight": 0.0, "local_weight": 0.0, "unsupervised_weight": 0.0,
    "contrast_weight": 0.0, "unlabeled_weight": 0.0, "nearest_weight": 0.0, "equivariance_weight": 0.0,
    "pasted": "labeled",
}  # fmt: skip
"""What twins have in their own fields, of all methods: the registry holds it too, and imports torch."""
DESCRIBING = frozenset(("source", "unverified"))
"""Fields of a convention that say where it was read, not what it does."""


def seeds(loaded: LoadedRecord) -> Seeds:
    """Return what a run's randomness came from, by dimension."""
    cell = loaded.record.cell
    return cell.seed, cell.label_seed, cell.init_seed, cell.data_seed


def alike_but_seeds(one: Valued, other: Valued) -> bool:
    """Return whether two runs differ in their seeds only. Values that only some cells hold came later."""
    return seeds(one[0]) != seeds(other[0]) and _alike(one[1], other[1], lambda *_: False)


def alike_but_labels(one: Valued, other: Valued) -> bool:
    """Return whether two runs differ in their seeds and labelled patients only."""
    return _alike(one[1], other[1], lambda *_: False)


def alike_but_twin(twin: Valued, other: Valued) -> bool:
    """Return whether a twin has the other's values in all fields but a twin's own."""
    own = {**TWIN, **_twin_from_outside(twin[1])}
    return _alike(twin[1], other[1], lambda field, value: field in own and value == own[field])


def _twin_from_outside(values: Mapping[str, Any]) -> Mapping[str, object]:
    """Return what the twin of a method from outside has in its own fields, as its cell tells."""
    return {} if METHOD not in (values.get("outside") or {}) else dict(values["outside"][METHOD]["twin"])


def alike_in_code(one: LoadedRecord, other: LoadedRecord) -> bool:
    """Return whether two runs of a method were trained by one code, or by two that the canary calls the same.

    Of older records neither tells: they are alike, and alike to none that tells its code. A newer one that does not
    tell is alike to none.
    """
    mine, theirs = trained_by(one), trained_by(other)
    if mine is None and theirs is None:
        return is_older(one) and is_older(other)
    return mine == theirs or SameCode.read().calls_same(one.record.cell.method, mine, theirs)


def alike_as_recorded(one: Record, other: Record) -> bool:
    """Return whether two records are of as many updates, one convention, one network, and one canonical draw."""
    return alike_but_patients(one, other) and canonical_draw(one) == canonical_draw(other)


def alike_but_patients(one: Record, other: Record) -> bool:
    """Return the same whoever was labelled."""
    return (
        updates_of(one) == updates_of(other)
        and same_convention(one.convention, other.convention)
        and one.headline.predictor == other.headline.predictor
        and one.parameters == other.parameters
    )


def same_convention(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return whether two conventions say the same of masks; older records hold fewer of its fields."""
    return all(_same(one[field], other[field]) for field in (one.keys() & other.keys()) - DESCRIBING)


def updates_of(record: Record) -> tuple[int, ...]:
    """Return the updates of a record's stages."""
    return tuple(stage.updates for stage in record.stages)


def canonical_draw(record: Record) -> tuple[str, ...]:
    """Return the labelled patients of a draw that is the same for all seeds; none of another."""
    return tuple(sorted(record.labeled_patients)) if record.cell.label_draw == "canonical" else ()


def trained_by(loaded: LoadedRecord) -> str | None:
    """Return the code that trained a run, in one word; None where its record does not tell."""
    code = loaded.record.code
    return None if code is None else code.trained


def is_older(loaded: LoadedRecord) -> bool:
    """Return whether a run was trained before records told their code."""
    code = loaded.record.code
    return code is None or code.older


def beyond_twin(overrides: Mapping[str, object]) -> Mapping[str, object]:
    """Return the overrides without those of a twin's own fields, which it has values of its own for."""
    return {field: value for field, value in overrides.items() if field not in TWIN}


def _same(one: object, other: object) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return same_convention(one, other)
    return one == other


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], may: Callable[[str, object], bool]) -> bool:
    """Compare policies, weights, configs and schedules. may: whether the first's value of a config field may differ."""
    if one.get("policy") != other.get("policy"):  # older cells kept none, under names that changed since
        return False
    if one.get("weights") != other.get("weights"):
        return False
    return all(
        one[place][field] == other[place][field] or (place == "config" and may(field, one[place][field]))
        for place in ("config", "schedule")
        for field in (one.get(place, {}).keys() & other.get(place, {}).keys()) - {"tuned"}
    )
