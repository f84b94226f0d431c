"""What a wish chooses that no data set has a say in: method, schedule, constants, network. All of it a user's words."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.cells.preset import Preset, resolve
from benchmark.cells.wish import Scalar, Wish
from benchmark.errors import MethodUsageError, UsageError
from benchmark.outside.carried import BACKBONE, METHOD, Carried, CarriedBy, keep_at_hand
from benchmark.outside.installed import BACKBONES, METHODS, point_of
from benchmark.outside.named import backbone_named, method_named
from methods.base import Config
from methods.origin import Origin
from methods.registry import Entry, check_backbone


@dataclass(frozen=True)
class Choice:
    """A wish's values. preset: its name. weights: of the encoder, by name, or None. outside: code that is not ours."""

    method: Entry
    preset: str
    schedule: Preset
    config: Config
    weights: str | None
    outside: CarriedBy | None


def choose(wish: Wish, device: str) -> Choice:
    """Return what a wish chooses on this kind of device; UsageError names the option that is wrong."""
    try:
        registered = method_named(wish.method)
    except MethodUsageError as error:
        raise UsageError(f"--method: {error}") from None
    name = registered.name
    preset = ("paper" if device == "cuda" else "quick") if wish.preset == "auto" else wish.preset
    fields = list(registered.cls.Config.model_fields)
    mine, own, weights = _sorted_overrides(wish, name, fields)
    schedule = resolve(preset, {**_loader(registered, wish.fidelity, resolve(preset, {})), **mine})
    control = _control(wish, registered) if wish.twin else {}
    if wish.fidelity not in registered.cls.fidelities:
        known = ", ".join(registered.cls.fidelities)
        raise UsageError(f"--fidelity: {name} has no fidelity {wish.fidelity!r}; it has {known}")
    tuned = schedule.tuned_for(name, _tunable(registered, wish.fidelity))
    config = registered.configure(wish.fidelity, {**tuned, **own, **control})
    if registered.origin is None:
        _check_shares(own, preset, schedule, config)
        _check_batches(mine, config)
    named = {"--backbone": wish.backbone, **{f"--set {name}": own[name] for name in config.backbones if name in own}}
    outside = dict(_method_outside(registered, wish.method))
    for option, backbone in named.items():
        outside |= _backbone_outside(option, str(backbone))
        _check_backbone(option, str(backbone), weights, schedule.size, _fewest(registered, schedule))
    return Choice(registered, preset, schedule, config, weights, outside or None)


def _tunable(registered: Entry, fidelity: str) -> Sequence[str]:
    """Return the fields that a preset may tune: all but shares of stages and weights of terms that are left out."""
    values = registered.configure(fidelity, {})
    return [
        name
        for name in type(values).model_fields
        if not (name.endswith(("_share", "_weight")) and getattr(values, name) == 0)
    ]


def _check_shares(own: Mapping[str, Scalar], preset: str, schedule: Preset, config: Config) -> None:
    """Raise UsageError for a share of a stage where each stage is granted the same whatever its share."""
    whole: int = getattr(config, "whole_updates", 0)
    if whole or not schedule.per_stage:
        return
    for name, value in own.items():
        if name.endswith("_share") and value:
            words = f"preset {preset} grants each stage {schedule.updates:,} updates, whatever its share"
            raise UsageError(
                f"--set {name}={value}: {words}; leave --set {name} out, or take a preset of updates in all"
            )


def batch_fields(config: Mapping[str, Any]) -> Sequence[str]:
    """Return the fields that say how many slices an update has: the preset's, unless each stage has its own number.

    config: a method's values by name, of which those that end in _batch are a stage's own, 0 where it has none.
    """
    own = {name: value for name, value in config.items() if name.endswith("_batch")}
    preset = () if own and all(own.values()) else ("labeled_batch", "unlabeled_batch")
    return [*preset, *(name for name, value in own.items() if value)]


def _check_batches(mine: Mapping[str, Scalar], config: Config) -> None:
    """Raise UsageError for slices an update that no stage asks the preset for, each having a number of its own."""
    values = config.model_dump()
    fields = batch_fields(values)
    for name in ("labeled_batch", "unlabeled_batch"):
        if name in mine and name not in fields:
            own = " and ".join(f"{field} ({values[field]})" for field in fields)
            raise UsageError(
                f"--set {name}={mine[name]}: here each stage has a number of slices of its own, {own}; set these, or"
                " each of them to 0, which takes the preset's"
            )


def _loader(registered: Entry, fidelity: str, own: Preset) -> Mapping[str, Any]:
    """Return the fields of the preset that a fidelity has otherwise; of some values alone where a mapping says so."""
    asked = registered.cls.loaders.get(fidelity, {})
    given = {name: getattr(own, name) for name in asked}
    return {name: one.get(given[name], given[name]) if isinstance(one, Mapping) else one for name, one in asked.items()}


def _method_outside(registered: Entry, word: str) -> Mapping[str, Carried]:
    if registered.origin is None:
        return {}
    point = point_of(METHODS, word)
    told = {"installed": "" if point is None else point.name, "twin": dict(registered.cls.twin)}
    return {METHOD: _carried(registered.origin, told)}


def _backbone_outside(option: str, word: str) -> Mapping[str, Carried]:
    try:
        origin, point = backbone_named(word), point_of(BACKBONES, word)
    except MethodUsageError as error:
        raise UsageError(f"{option}: {error}") from None
    if origin is None or point is None:
        return {}
    return {f"{BACKBONE}{word}": _carried(origin, {"installed": word, "attribute": point.attr})}


def _carried(origin: Origin, told: Mapping[str, Any]) -> Carried:
    keep_at_hand(origin)
    return Carried(name=origin.name, digest=origin.digest, entry=origin.entry, place=origin.place, **told)


def _control(wish: Wish, registered: Entry) -> Mapping[str, Any]:
    """Return a twin's own values; UsageError for a method without a twin, and for what a twin's values contradict."""
    name = registered.name
    if not registered.needs_unlabeled:
        raise UsageError(f"{name} learns from labels only and is its own twin; leave --twin out")
    if not registered.has_twin:
        words = f"{name} names no twin (its class attribute `twin` is empty), so --twin would train the method"
        raise UsageError(f"{words} itself; name there what weighs nothing, or leave --twin out")
    for field, value in registered.cls.twin.items():
        if wish.set.get(field, value) != value:
            words = f"--set {field}={wish.set[field]}: the twin of {name} is what has {field} {value}"
            raise UsageError(f"{words}; leave --set {field} or --twin out")
    return registered.cls.twin


def has_twin(method: str) -> bool:
    """Return whether a method learns from unlabelled images and names what weighs nothing in its twin."""
    return method_named(method).has_twin


def _check_backbone(option: str, backbone: str, weights: str | None, side: int, slices: int) -> None:
    try:
        check_backbone(backbone, weights, side, slices)
    except MethodUsageError as error:
        raise UsageError(str(error).replace("--backbone", option, 1)) from None


def _fewest(registered: Entry, schedule: Preset) -> int:
    """Return how many slices a network sees at least in a pass of training."""
    if not registered.needs_unlabeled:
        return schedule.labeled_batch
    return max(schedule.labeled_batch, schedule.unlabeled_batch)  # many methods pass both together


def _sorted_overrides(
    wish: Wish, name: str, config_fields: Sequence[str]
) -> tuple[dict[str, Scalar], dict[str, Scalar], str | None]:
    """Split --set values into those of the preset, those of the method and the network's weights."""
    preset, method, weights = {}, {}, None
    for key, value in wish.set.items():
        if key == "weights":
            weights = None if value is None else str(value)
        elif key in config_fields:
            method[key] = value
        elif key in set(Preset.model_fields) - {"tuned"}:
            preset[key] = value
        else:
            known = sorted({"weights", *config_fields, *Preset.model_fields} - {"tuned"})
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"--set {key}: {name} and the preset have no such field; {hint}")
    return preset, method, weights
