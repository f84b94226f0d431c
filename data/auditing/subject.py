"""What is audited: a data set's cases, each with its patient and side, and a way to read it that forgives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from data.orientation import Affine

Side = Literal["train", "unlabeled", "val", "test", "predict"]
SIDES: tuple[Side, ...] = ("train", "unlabeled", "val", "test", "predict")
TRAINS = ("train", "unlabeled")
WORDS: Mapping[Side, str] = {
    "train": "training",
    "unlabeled": "training without masks",
    "val": "validation",
    "test": "test",
    "predict": "only to predict",
}
Grey = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Opened:
    """A case as its files have it, cut into slices.

    channels: float32 (slices, height, width). mask: classes of the same shape, IGNORED where nobody labelled; None
    where there is none that could be read. unknown: label values that the plan does not name. wrong: what could not be
    read or does not fit, a sentence each, by kind.
    """

    channels: tuple[Grey, ...]
    mask: Labels | None
    spacing: tuple[float, float, float] | None
    affine: Affine | None
    unknown: tuple[int, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """A case to audit."""

    name: str
    patient: str
    side: Side
    read: Callable[[], Opened]


@dataclass(frozen=True)
class Subject:
    """A data set to audit.

    sides: the patients of each side as the plan lists them, which a plan edited by hand may list twice. own: whether
    each case is taken as a patient of its own. windowed: whether grey values are scaled alike in all cases. content,
    split: give the fingerprints, None where they can't be taken.
    """

    dataset: str
    structures: Sequence[str]
    planar: bool
    items: Sequence[Item]
    sides: Mapping[Side, Sequence[str]]
    own: bool
    windowed: bool
    told: str
    fingerprints: Callable[[], tuple[str | None, str | None]]


def tears(one: Side, other: Side) -> bool:
    """Return whether two sides must share nothing: all do but training with masks and without."""
    return one != other and not (one in TRAINS and other in TRAINS)
