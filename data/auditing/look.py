"""What is kept of a case that was looked at once: a few numbers, and small pictures of its slices."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from data.auditing.anatomy import Anatomy, anatomy_of
from data.auditing.pictures import Pictures, pictures_of
from data.auditing.subject import Grey, Item, Opened, Side
from data.errors import DataError
from data.orientation import directions

FLAT = 1e-6  # of the spread of grey values, below which a slice is constant


@dataclass(frozen=True)
class Grades:
    """Grey values of a channel: 1st, 50th and 99th percentile, least and most; how many are not finite."""

    low: float
    middle: float
    high: float
    least: float
    most: float
    not_finite: int

    @property
    def is_constant(self) -> bool:
        """Whether all grey values are one."""
        return self.least == self.most


@dataclass(frozen=True, eq=False)
class Look:
    """A case as it was seen.

    wrong: sentences by kind, of what could not be read or does not fit. digest: of its voxels, whatever its name,
    spacing and file; None where it has none. mask_digest: likewise, of one with structures. anatomy: of its mask. flat:
    the numbers of constant slices.
    """

    name: str
    patient: str
    side: Side
    wrong: Mapping[str, str]
    shape: tuple[int, ...] = ()
    spacing: tuple[float, float, float] | None = None
    axes: str | None = None
    grades: tuple[Grades, ...] = ()
    digest: str | None = None
    slice_digests: tuple[str, ...] = ()
    mask_digest: str | None = None
    flat: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    anatomy: Anatomy | None = None
    pictures: Pictures | None = field(default=None, repr=False)


def look_at(item: Item, structures: int, stride: int) -> Look:
    """Return what is seen of a case; one that can't be read is told of. stride: see ``pictures_of``."""
    try:
        case = item.read()
    except DataError as error:
        return Look(item.name, item.patient, item.side, {"unreadable": str(error)})
    image = case.channels[0]
    if not image.size:
        return Look(item.name, item.patient, item.side, {"unreadable": f"it is empty, of shape {image.shape}"})
    labels = case.mask if case.mask is not None and case.mask.any() else None
    grades = tuple(_grades(channel) for channel in case.channels)
    spread = grades[0].most - grades[0].least
    flat = tuple(np.flatnonzero(np.ptp(np.nan_to_num(image), axis=(1, 2)) <= FLAT * spread).tolist())
    finite = not any(one.not_finite for one in grades)
    return Look(
        item.name,
        item.patient,
        item.side,
        case.wrong,
        image.shape,
        case.spacing,
        None if case.affine is None else directions(case.affine),
        grades,
        _digest(image),
        tuple(_digest(one) for number, one in enumerate(image) if number not in {*flat}),
        None if labels is None else _digest(labels),
        flat,
        case.unknown,
        _anatomy(case, structures),
        pictures_of(image, stride) if finite and spread else None,
    )


def _anatomy(case: Opened, structures: int) -> Anatomy | None:
    return None if case.mask is None else anatomy_of(case, case.mask, structures)


def _grades(channel: Grey) -> Grades:
    finite = channel[np.isfinite(channel)]
    lost = int(channel.size - finite.size)
    if not finite.size:
        return Grades(0, 0, 0, 0, 0, lost)
    step = max(1, finite.size // 200_000)
    low, middle, high = (float(value) for value in np.percentile(finite[::step], (1, 50, 99)))
    return Grades(low, middle, high, float(finite.min()), float(finite.max()), lost)


def _digest(values: npt.NDArray[Any]) -> str:
    digest = hashlib.blake2b(str(values.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
