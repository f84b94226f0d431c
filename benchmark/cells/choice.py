"""What a wish chooses that no data set has a say in: method, schedule, constants, network. All of it a user's words."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.cells.preset import Preset, resolve
from benchmark.cells.wish import Scalar, Wish
from benchmark.errors import MethodUsageError, UsageError
from methods.base import Config
from methods.registry import Entry, check_backbone, configure, entry


@dataclass(frozen=True)
class Choice:
    """A wish's values. preset: its name. weights: of the encoder, by name, or None."""

    preset: str
    schedule: Preset
    config: Config
    weights: str | None


def choose(wish: Wish, device: str) -> Choice:
    """Return what a wish chooses on this kind of device; UsageError names the option that is wrong."""
    try:
        registered = entry(wish.method)
    except MethodUsageError as error:
        raise UsageError(f"--method: {error}") from None
    preset = ("paper" if device == "cuda" else "quick") if wish.preset == "auto" else wish.preset
    fields = list(registered.cls.Config.model_fields)
    mine, own, weights = _sorted_overrides(wish, fields)
    schedule = resolve(preset, {**_loader(registered, wish.fidelity, resolve(preset, {})), **mine})
    control = _control(wish) if wish.twin else {}
    if wish.fidelity not in registered.cls.fidelities:
        known = ", ".join(registered.cls.fidelities)
        raise UsageError(f"--fidelity: {wish.method} has no fidelity {wish.fidelity!r}; it has {known}")
    config = configure(wish.method, wish.fidelity, {**schedule.tuned_for(wish.method, fields), **own, **control})
    named = {"--backbone": wish.backbone, **{f"--set {name}": own[name] for name in config.backbones if name in own}}
    for option, backbone in named.items():
        _check_backbone(option, str(backbone), weights, schedule.size, _fewest(registered, schedule))
    return Choice(preset, schedule, config, weights)


def _loader(registered: Entry, fidelity: str, own: Preset) -> Mapping[str, Any]:
    """Return the fields of the preset that a fidelity has otherwise; of some values alone where a mapping says so."""
    asked = registered.cls.loaders.get(fidelity, {})
    given = {name: getattr(own, name) for name in asked}
    return {name: one.get(given[name], given[name]) if isinstance(one, Mapping) else one for name, one in asked.items()}


def _control(wish: Wish) -> Mapping[str, Any]:
    """Return a twin's own values; UsageError for a method without a twin, and for what a twin's values contradict."""
    registered = entry(wish.method)
    if not registered.needs_unlabeled:
        raise UsageError(f"{wish.method} learns from labels only and is its own twin; leave --twin out")
    if not has_twin(wish.method):
        words = f"{wish.method} names no twin (its class attribute `twin` is empty), so --twin would train the method"
        raise UsageError(f"{words} itself; name there what weighs nothing, or leave --twin out")
    for field, value in registered.cls.twin.items():
        if wish.set.get(field, value) != value:
            words = f"--set {field}={wish.set[field]}: the twin of {wish.method} is what has {field} {value}"
            raise UsageError(f"{words}; leave --set {field} or --twin out")
    return registered.cls.twin


def has_twin(method: str) -> bool:
    """Return whether a method learns from unlabelled images and names what weighs nothing in its twin."""
    registered = entry(method)
    return registered.needs_unlabeled and bool(registered.cls.twin)


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
    wish: Wish, config_fields: Sequence[str]
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
            raise UsageError(f"--set {key}: {wish.method} and the preset have no such field; {hint}")
    return preset, method, weights
