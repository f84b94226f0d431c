"""Augmented views of a batch, made on the device it lies on, without per-item work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from torch import Tensor

from data.batch import View
from data.errors import DataError
from data.geometry import Affine, RotateZoomMirror, Slices, TurnOrRotation
from data.in_turn import InTurn
from data.intensity import Chance, Intensity, Jitter

Shading = Intensity | Jitter | InTurn


@dataclass(frozen=True)
class Policy:
    """What the views ``weak`` and ``strong`` mean: a geometry, and an intensity each; None changes nothing."""

    geometry: Affine | TurnOrRotation | RotateZoomMirror | None
    weak: Shading | None
    strong: Shading | None


VIEWS: tuple[View, ...] = get_args(View)
"""plain: as stored. weak, strong: of the policy. weak_b, strong_b: second, independent views of the same kind.
strong_sharp: the strong view with the same random numbers, without its blur."""


def make_views(
    slices: Slices, names: Iterable[str], policy: Policy, chance: Chance
) -> tuple[Mapping[str, Tensor], Tensor | None]:
    """Return the named views (N, C, S, S) of slices and the masks (N, S, S) int64 in the views' common geometry.

    With ``plain`` among the names the batch keeps the stored geometry throughout, so that views stay in register.
    """
    names = _known(names)
    moved = _moved(slices, names, policy, chance)
    views = {name: _shaded(moved.images, policy, name, chance) for name in _replayed(names, chance)}
    return views, None if moved.masks is None else moved.masks.long()


def make_own_views(slices: Slices, names: Iterable[str], policy: Policy, chance: Chance) -> Mapping[str, Tensor]:
    """Return the named views (N, C, S, S) of slices, each in a geometry of its own, which no mask lies in.

    With ``plain`` among the names there is no geometry to differ by; ``strong_sharp`` has that of ``strong``.
    """
    names = _known(names)
    views: dict[str, Tensor] = {}
    for name in _replayed(names, chance):
        views[name] = _shaded(_moved(slices, names, policy, chance).images, policy, name, chance)
    return views


def _known(names: Iterable[str]) -> tuple[str, ...]:
    names = tuple(names)
    unknown = [name for name in names if name not in VIEWS]
    if unknown:
        raise DataError(f"there is no view {unknown[0]!r}; known are {', '.join(VIEWS)}")
    return names


def _replayed(names: tuple[str, ...], chance: Chance) -> Iterable[str]:
    """Yield the names, ``strong_sharp`` last and with the random numbers that ``strong`` had."""
    generators = chance.slices, chance.batch
    drawn = [rng.get_state() for rng in generators]
    for name in sorted(names, key=lambda name: name == "strong_sharp"):
        if name == "strong":
            drawn = [rng.get_state() for rng in generators]
        if name == "strong_sharp" and "strong" in names:
            for rng, state in zip(generators, drawn, strict=True):
                rng.set_state(state)
        yield name


def _moved(slices: Slices, names: tuple[str, ...], policy: Policy, chance: Chance) -> Slices:
    if policy.geometry is None or "plain" in names or not len(slices.images):
        return slices
    return policy.geometry.moved(slices, chance.slices)


def _shaded(images: Tensor, policy: Policy, view: str, chance: Chance) -> Tensor:
    if view == "strong_sharp":
        return images if policy.strong is None else policy.strong.sharp().shaded(images, chance)
    intensity: Shading | None = getattr(policy, view.removesuffix("_b"), None)
    return images if intensity is None else intensity.shaded(images, chance)
