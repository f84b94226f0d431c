"""Whether the planes of an array are slices of one mask or masks of several structures: by content, or as stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from benchmark.errors import UsageError
from benchmark.metrics.boxes import box_of

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Relation = Literal["structures", "apart", "narrowing", "widening", "bulging", "slices"]
MOST = 60  # planes that may be structures; more are slices
PLACES = 64  # in a plane: where each holds one 1, that is no chance
SPECK, SPOT = 5, 16  # voxels: smaller planes touch another, or miss it by far, by chance
CONTACT = 0.25  # of a border along another plane: neighbours in one image have 0.4, slices that miss each other 0.13
FAR = 1.0  # of the smaller plane's root of area: structures of one image lie so far apart, slices do not
FILLED = 2 / 3  # of the planes, below which a few far spots are rather lesions of a volume
ALIKE = 3  # cases that say the same where one alone may be a volume whose slices narrow
THIN = 8  # slices of a volume that could be structures, so that it is told how it was read


class Read(Protocol):
    """A label map as it was read; as text it names its file."""

    @property
    def values(self) -> Array:
        """The labels."""
        ...


def labels_of_planes(values: Array, name: object) -> tuple[Array, int]:
    """Return the label map of a stack of masks, k where its k-th one is, and the axis of the stack, 0 or the last.

    A first mask that holds exactly the places of no other is the background. UsageError for masks that overlap, and for
    one that holds several labels.
    """
    axis = 0 if values.shape[0] <= values.shape[-1] else values.ndim - 1
    planes = np.moveaxis(values, axis, 0)
    if values.ndim < 3 or len(planes) > MOST or not _is_single(planes):
        raise UsageError(
            f"{name} holds an array of {_sides(values)}, which is no stack of one mask of 0 and 1 a structure, at most "
            f"{MOST}; leave the option away that says so"
        )
    masks, counted = planes != 0, (planes != 0).sum(0)
    if counted.max(initial=0) > 1:
        raise UsageError(
            f"{name} holds an array of {_sides(values)} whose planes overlap at {int((counted > 1).sum()):,} places, "
            "as regions do, so no place has one label; save the masks of each region in a folder of its own"
        )
    labels = np.zeros(masks.shape[1:], np.uint8)
    for label, mask in enumerate(masks, 0 if (counted == 1).all() else 1):
        labels[mask] = label
    return labels, axis


def check_covered(values: Array, name: object, option: str) -> None:
    """Raise UsageError for an array along whose first or last axis each place has one 1, and not all the same."""
    for planes in (np.moveaxis(values, axis, 0) for axis in (0, values.ndim - 1)) if values.max(initial=0) == 1 else ():
        if planes[0].size >= PLACES and (planes.sum(0) == 1).all() and len(_filled(planes)) > 1:
            raise _asked(f"{name} holds an array of {_sides(values)} that is one-hot (one 1 at each place)", option)


def check_planes(masks: Mapping[str, Read], option: str) -> None:
    """Raise UsageError where the planes of masks are more likely structures than slices, of one or of all together.

    option: by which the user says what they are.
    """
    found = [(mask, relation) for mask in masks.values() if (relation := relation_of(mask.values))]
    for mask, relation in found:
        if relation == "structures":
            raise _asked(f"{mask} holds an array of {_sides(mask.values)} that may be a mask a structure", option)
    if len({len(mask.values) for mask in masks.values()}) == 1 and len(found) >= ALIKE:
        relation = found[0][1]
        if relation != "slices" and {other for _, other in found} == {relation}:
            how = "no plane overlaps another" if relation == "apart" else "planes lie in one another, in one order"
            seen = f"in all of {len(found)} cases {how}, as if each was a structure's or a region's mask"
            raise _asked(f"{found[0][0]} holds an array of {_sides(found[0][0].values)}; {seen}", option)


def check_axes(mask: Read, reference: Read) -> None:
    """Raise UsageError where one of prediction and reference has an axis more: planes, which may be structures."""
    for one, other, option in ((mask, reference, "--planes"), (reference, mask, "--reference-planes")):
        if one.values.ndim == other.values.ndim + 1:
            raise _asked(f"{one} holds an array of {_sides(one.values)}, and {other} of {_sides(other.values)}", option)


def thin(masks: Mapping[str, Read]) -> int | None:
    """Return how many slices all masks have where they could be as many structures, told apart by nobody; else None."""
    counts = {mask.values.shape[0] if mask.values.ndim == 3 else 0 for mask in masks.values()}
    if len(counts) > 1 or not 1 < max(counts) <= THIN:
        return None
    return max(counts) if all(_is_single(mask.values) for mask in masks.values()) else None


def relation_of(values: Array) -> Relation | None:
    """Return how the planes of an array lie to each other, by that along which they are structures, if one is.

    None where nothing tells: several labels in a plane, fewer than two planes that hold any, or planes that are equal.
    """
    if values.ndim != 3:
        return None
    planes = np.moveaxis(values, 2 if 2 * values.shape[2] < min(values.shape[:2]) else 0, 0)
    if len(planes) > MOST or planes[0].size < PLACES or not _is_single(planes):
        return None
    held = np.asarray(planes != 0)
    return _relation(held[(slice(None), *box_of(np.asarray(held.any(0))))])


def _relation(planes: Bools) -> Relation | None:
    filled = _filled(planes)
    if len(filled) < 2:
        return None
    if int(planes.sum(0).max()) == 1:
        evident = _touch(filled) or (len(filled) >= FILLED * len(planes) and _far(filled))
        return "structures" if evident else "apart"
    return _nested(filled)


def _nested(planes: Sequence[Bools]) -> Relation | None:
    """Return how planes that overlap lie in one another, as regions do, and slices of a volume sometimes."""
    chain = sorted(planes, key=lambda plane: -int(plane.sum()))
    if not all(_within(other, one) for one, other in pairwise(chain)):
        return "slices"
    sizes = [int(plane.sum()) for plane in planes]
    steps = [np.sign(after - before) for before, after in pairwise(sizes)]
    if not any(steps):
        return None
    if min(steps) >= 0 or max(steps) <= 0:
        return "widening" if max(steps) > 0 else "narrowing"
    if len(set(sizes)) < len(sizes):
        return "slices"
    if steps != sorted(steps, reverse=True):
        return "structures"  # a volume widens, then narrows
    steep = all(2 * int(other.sum()) <= int(one.sum()) for one, other in pairwise(chain))
    return "structures" if steep else "bulging"  # core, whole, enhancing; or a ball


def _touch(planes: Sequence[Bools]) -> bool:
    """Return whether one of planes that do not overlap has a good part of its border along another."""
    for one, other in _two(planes):
        border = one & ~ndimage.binary_erosion(one)
        if (border & ndimage.binary_dilation(other)).sum() >= CONTACT * border.sum():
            return True
    return False


def _far(planes: Sequence[Bools]) -> bool:
    """Return whether all planes lie apart, by their size."""
    if any(plane.sum() < SPOT for plane in planes):
        return False
    return all(
        float(ndimage.distance_transform_edt(~other)[one].min()) >= FAR * float(np.sqrt(one.sum()))
        for one, other in _two(planes)
    )


def _two(planes: Sequence[Bools]) -> list[tuple[Bools, Bools]]:
    """Return all pairs of planes that are no specks, the smaller one first."""
    sized = sorted((plane for plane in planes if plane.sum() >= SPECK), key=lambda plane: int(plane.sum()))
    return [(one, other) for k, one in enumerate(sized) for other in sized[k + 1 :]]


def _within(inner: Bools, outer: Bools) -> bool:
    return not (inner & ~outer).any()


def _filled(planes: Array) -> list[Bools]:
    return [plane != 0 for plane in planes if plane.any()]


def _is_single(planes: Array) -> bool:
    """Return whether each plane holds one label at most."""
    return all(((plane == 0) | (plane == plane.max())).all() for plane in planes)


def _asked(seen: str, option: str) -> UsageError:
    return UsageError(
        f"{seen}; say {option} structures if each plane is a structure's mask, or {option} slices if they are slices "
        "of one mask; or save one label a voxel"
    )


def _sides(values: Array) -> str:
    return " x ".join(str(side) for side in values.shape)
