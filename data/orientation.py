"""Where a volume lies in space, and whether two volumes lie alike."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.errors import DataError

Affine = npt.NDArray[np.float64]
Array = npt.NDArray[np.generic]
Turn = tuple[tuple[int, ...], tuple[int, ...]]
"""How three axes become another grid's: those that are turned round come second, and their order afterwards first."""
PLAIN: Turn = ((0, 1, 2), ())

SIZES = 1e-3  # relative; headers are rounded, some to three digits
NEAR = 0.1  # of a voxel, at the farthest corner
NARROW = 2  # an in-plane side that is shorter than both other axes by more than this is rather the slices
UNSAID = ((1.0, 1.0, 1.0), (10.0, 1.0, 1.0))  # mm (slice, row, column), of headers that nobody filled in
COARSE = 1.5  # a voxel that is longer along one axis than along both others by more than this has its slices there


@dataclass(frozen=True, eq=False)
class Place:
    """A grid of voxels: its shape, its voxels' sizes in mm, and where they lie.

    affine: (4, 4), from an index (slice, row, column) to mm (right, anterior, superior); None where the file says
    nothing of it. spacing: one a side, or None where it isn't known. remark: what a reader should be told of the file.
    """

    shape: tuple[int, ...]
    spacing: tuple[float, ...] | None
    affine: Affine | None = None
    remark: str | None = None


def turn_onto(mine: Place, theirs: Place) -> Turn | None:
    """Return by which turn one grid becomes another, or None where the two do not hold the same voxels.

    Only whole axes are exchanged and turned round, so nothing is interpolated. Where one of both doesn't say how it
    lies, equal shapes and sizes are the same voxels.
    """
    if mine.affine is None or theirs.affine is None:
        return PLAIN if mine.shape == theirs.shape and not _sizes_differ(mine, theirs) else None
    onto: Affine = np.linalg.solve(theirs.affine, mine.affine).astype(np.float64)
    axes = np.abs(onto[:3, :3]).argmax(0)  # axis k here is axis axes[k] there
    if sorted(axes.tolist()) != [0, 1, 2]:
        return None
    against = np.array([onto[axis, k] < 0 for k, axis in enumerate(axes)])
    order, sides = np.argsort(axes), _sides(mine.shape)
    fits = tuple(sides[k] for k in order) == _sides(theirs.shape)
    if not fits or _farthest(onto, axes, against, sides) > NEAR:
        return None
    return tuple(order.tolist()), tuple(np.flatnonzero(against).tolist())


def turned(values: Array, turn: Turn) -> Array:
    """Return a view of three axes, some turned round, then exchanged; the array itself of a plain turn."""
    order, round_ = turn
    return values if turn == PLAIN else np.flip(values, round_).transpose(order)


def brought(values: Array, mine: Place, theirs: Place) -> Array | None:
    """Return an array in the order of another grid's axes, by ``turn_onto``; None where that gives none."""
    turn = turn_onto(mine, theirs)
    if turn is None:
        return None
    if turn == PLAIN and values.shape == theirs.shape:
        return values
    found: Array = turned(values.reshape(_sides(values.shape)), turn).reshape(theirs.shape)
    return found


def difference(mine: Place, theirs: Place, names: tuple[str, str]) -> str:
    """Return in a clause how two grids that do not hold the same voxels differ, with both values."""
    one, other = names
    if sorted(mine.shape) != sorted(theirs.shape):
        return f"the {one} has shape {mine.shape}, the {other} {theirs.shape}"
    if mine.affine is None or theirs.affine is None:
        same = mine.shape == theirs.shape
        what, found, wanted = ("spacing", *_both(mine, theirs)) if same else ("shape", mine.shape, theirs.shape)
        return f"the {one} has {what} {found}, the {other} {wanted}"
    axes = directions(mine.affine), directions(theirs.affine)
    if not np.allclose(sorted(mine.spacing or ()), sorted(theirs.spacing or ()), rtol=SIZES, atol=0) or (
        axes[0] == axes[1] and _sizes_differ(mine, theirs)
    ):
        found, wanted = _both(mine, theirs)
        return f"the {one} has spacing {found}, the {other} {wanted}"
    degrees = _angle(mine.affine, theirs.affine)
    if degrees > 0.05:
        return f"the {one} is turned by {degrees:.3g} degrees against the {other} (axes {axes[0]} and {axes[1]})"
    if axes[0] != axes[1]:
        return f"the {one}'s axes go {axes[0]}, the {other}'s {axes[1]}"
    if mine.shape != theirs.shape:
        return f"the {one} has shape {mine.shape}, the {other} {theirs.shape}, and the axes of both go {axes[0]}"
    if _origin(mine.affine) == _origin(theirs.affine):  # a small turn that moves a far corner
        return f"the {one} is turned by {degrees:.3g} degrees against the {other}"
    return f"the {one}'s first voxel lies at {_origin(mine.affine)}, the {other}'s at {_origin(theirs.affine)}"


def directions(affine: Affine) -> str:
    """Return where the columns, rows and slices go, such as LPS."""
    import nibabel

    codes = nibabel.aff2axcodes(affine[:, [2, 1, 0, 3]])  # type: ignore[no-untyped-call]
    return "".join(code or "?" for code in codes)


def says_nothing(place: Place) -> bool:
    """Return whether a grid is as test scripts write it without looking: 1 x 1 x 1 or 1 x 1 x 10 mm at the origin.

    Those of SSL4MIS, ACTION and BCP write a spacing of 1 x 1 x 10 into every file, others an identity.
    """
    if place.affine is None:
        return place.spacing in (None, *UNSAID)
    sides = np.abs(place.affine[:3, :3]).round(4)
    straight = [np.fliplr(np.diag(size[::-1])) for size in UNSAID]
    return any(np.array_equal(sides, one) for one in straight) and not place.affine[:3, 3].any()


def unlikely_axes(shape: tuple[int, ...], spacing: tuple[float, ...] | None) -> str | None:
    """Return in a clause why (slices, rows, columns) can hardly be the axes of a volume; None where they may be.

    Voxels are longest from slice to slice. Where sizes say nothing, a side within the slices is not shorter than half
    of both other axes: so lie arrays whose slices come last, and none of hearts, brains, hippocampi and CT.
    """
    if len(shape) != 3:
        return None
    if spacing is not None and max(spacing) > COARSE * sorted(spacing)[1]:
        axis = int(np.argmax(spacing))
    elif spacing is not None and spacing[0] > SIZES + max(spacing[1:]):
        axis = 0
    else:
        axis = _narrow(shape)
    if not axis:
        return None
    return f"read as {_read_as(shape, spacing)}, while its slices seem to be the {shape[axis]} along axis {axis}"


def doubtful_axes(shape: tuple[int, ...], spacing: tuple[float, ...] | None) -> str | None:
    """Return in a clause how sizes and shape say different axes of the slices; None where they do not.

    An affine for (columns, rows, slices) beside an array that was not turned round gives coarse voxels to a side of
    the slices. A few volumes, cut to a narrow part, are so in truth.
    """
    if len(shape) != 3 or spacing is None or unlikely_axes(shape, spacing) or not (axis := _narrow(shape)):
        return None
    return (
        f"read as {_read_as(shape, spacing)}: by its sizes its slices come first, by its shape they are the "
        f"{shape[axis]} along axis {axis}"
    )


def _narrow(shape: tuple[int, ...]) -> int:
    """Return the axis within the slices that is so short that it is rather the slices'; 0 for none."""
    axis = min((1, 2), key=lambda k: shape[k])
    return axis if NARROW * shape[axis] < min(shape[k] for k in range(3) if k != axis) else 0


def _read_as(shape: tuple[int, ...], spacing: tuple[float, ...] | None) -> str:
    size = "" if spacing is None else f" of {' x '.join(f'{side:g}' for side in spacing)} mm"
    return f"{shape[0]} slices of {shape[1]} x {shape[2]} voxels{size}"


@cache
def say_once(folder: Path, remark: str) -> None:
    """Print a remark on a folder's files to stderr, once a process."""
    print(f"{folder}: {remark}", file=sys.stderr)


def placed(values: Array, mine: Place, theirs: Place, case: str) -> Array:
    """Return a case's mask on the grid of its image; DataError where they do not hold the same voxels."""
    found = brought(values, mine, theirs)
    if found is None:
        clause = difference(mine, theirs, ("mask", "image"))
        raise DataError(f"case {case}: {clause}; they must lie on one grid, the image's")
    return found


def _farthest(onto: Affine, axes: npt.NDArray[np.intp], turned: npt.NDArray[np.bool_], sides: tuple[int, ...]) -> float:
    """Return how far a corner lies from where whole axes would put it, in voxels; rounded sizes don't count."""
    last = np.array(sides) - 1
    exact = np.zeros((3, 4))
    for k, axis in enumerate(axes):
        side = abs(onto[axis, k])
        rounded = side if abs(side - 1) <= SIZES else 1.0
        exact[axis, k] = -rounded if turned[k] else rounded
        exact[axis, 3] = last[k] if turned[k] else 0
    corners = np.array([[*corner, 1] for corner in np.ndindex(2, 2, 2)]) * [*last, 1]
    return float(np.abs((onto[:3] - exact) @ corners.T).max())


def _sizes_differ(one: Place, other: Place) -> bool:
    """Return whether two grids say different sizes; one that says nothing differs from none."""
    if any(place.spacing is None or (place.affine is None and says_nothing(place)) for place in (one, other)):
        return False
    return not np.allclose(one.spacing or (), other.spacing or (), rtol=SIZES, atol=0)


def _sides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*(1,) * (3 - len(shape)), *shape)


def _both(*places: Place) -> tuple[str, ...]:
    sizes = [" x ".join(f"{side:g}" for side in place.spacing or ()) for place in places]
    return (f"{sizes[0]} mm", sizes[1])


def _origin(affine: Affine) -> str:
    return "(" + ", ".join(f"{x:.4g}" for x in affine[:3, 3]) + ") mm"


def _angle(one: Affine, other: Affine) -> float:
    """Return by how many degrees an axis of one grid is off the nearest axis of the other, at most."""
    sides = [affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0) for affine in (one, other)]
    cosines = np.abs(sides[0].T @ sides[1]).max(0)
    return float(np.degrees(np.arccos(np.clip(cosines, 0, 1))).max())
