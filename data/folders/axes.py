"""Which axis the volumes of a folder are cut across, and the way of each file's axes there and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.orientation import COARSE, Affine, Array, Place, directions, say_once

NAMES = ("slices", "rows", "columns")
UP = 2  # of right, anterior, superior
ALIKE = np.cos(np.pi / 4)  # from which on two axes go along one direction
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cut:
    """Brings a file's axes (slices, rows, columns) into the order of training, by exchange and turns of whole axes.

    axis: of the file, across which slices are cut. rest: the other two, as rows and columns; none for the file's order.
    turned: axes of the file that are turned round. sized: whether the sizes of its voxels count.
    """

    axis: int
    rest: tuple[int, ...] = ()
    turned: tuple[int, ...] = ()
    sized: bool = field(default=True, repr=False)

    @property
    def order(self) -> tuple[int, int, int]:
        """Return the file's axes as slices, rows and columns."""
        first, second = self.rest or tuple(axis for axis in range(3) if axis != self.axis)
        return self.axis, first, second

    def apply(self, values: Array) -> Array:
        """Return an array (slices, rows, columns) of training of one of the file."""
        return np.ascontiguousarray(self.view(values))

    def view(self, values: Array) -> Array:
        """Return what ``apply`` does, as a view."""
        return np.flip(values, self.turned).transpose(self.order)

    def undo(self, values: Array) -> Array:
        """Return an array of the file of one (slices, rows, columns) of training: the voxels of ``apply``, put back."""
        back = np.argsort(self.order)
        return np.ascontiguousarray(np.flip(values.transpose(back), self.turned))

    def place(self, place: Place) -> Place:
        """Return where what ``apply`` gives of a volume lies."""
        order = list(self.order)
        shape = tuple(place.shape[axis] for axis in order)
        spacing = tuple(place.spacing[axis] for axis in order) if self.sized and place.spacing is not None else None
        if place.affine is None:
            return Place(shape, spacing, None, place.remark)
        affine = place.affine.copy()
        for axis in self.turned:
            affine[:3, 3] += affine[:3, axis] * (place.shape[axis] - 1)
            affine[:3, axis] *= -1
        return Place(shape, spacing, affine[:, [*order, 3]], place.remark)


@dataclass(frozen=True)
class Cuts:
    """The way of each case, by its name, and what was decided, in sentences."""

    of: Mapping[str, Cut]
    told: tuple[str, ...]


def cuts_of(places: Mapping[str, Place], axis: int | None = None) -> Cuts:
    """Return how each volume is cut, all across one axis of the body: the one that most have as their coarsest.

    axis: of the files as most lie, where the user states it. A volume that lies otherwise than most is brought to
    them by its affine; without one it is cut as most, and is a DataError where its own sizes say another axis. Single
    slices are left as they are.
    """
    ways, model = ways_of(places, axis)
    cuts = dict[str, Cut]()
    for name, way in ways.items():
        if isinstance(way, DataError):
            raise way
        cuts[name] = way
    return Cuts(cuts, ("single slices, not cut",) if model is None else tuple(_told(places, cuts, model, axis)))


def of_one_unit(
    cuts: Mapping[str, Cut], places: Mapping[str, Place], masked: Collection[str], folder: Path
) -> Mapping[str, Cut]:
    """Return cuts without any sizes where some of the masked volumes say theirs and others don't, and say so.

    Distances of some in mm and of others in voxels have no mean.
    """
    silent = sorted(name for name in masked if places[name].spacing is None)
    if not 0 < len(silent) < len(masked):
        return cuts
    say_once(
        folder,
        f"{len(silent)} of {len(masked)} images with masks don't say how large their voxels are, such as {silent[0]}, "
        "so that distances of all are in voxels",
    )
    return {name: replace(cut, sized=False) for name, cut in cuts.items()}


def ways_of(
    places: Mapping[str, Place], axis: int | None = None, voters: Collection[str] = ()
) -> tuple[Mapping[str, Cut | DataError], str | None]:
    """Return each volume's way as ``cuts_of`` has it, or what is wrong with that one; and whom they are brought to.

    voters: those whose most decide; all where none of them is named. The second is None where all are single slices.
    """
    if all(place.shape[0] == 1 for place in places.values()):
        return {name: Cut(0) for name in places}, None
    own = {name: coarsest(place) if axis is None else axis for name, place in places.items()}
    model = _model({name: place for name, place in places.items() if name in voters} or places, own)
    return {name: _toward(name, place, places[model], own, model) for name, place in places.items()}, model


def coarsest(place: Place) -> int:
    """Return the axis of the longest voxels; of about equal ones the body's from feet to head, else the first."""
    longest = None if place.spacing is None else sorted(place.spacing)
    if place.spacing is not None and longest is not None and longest[-1] > COARSE * longest[-2]:
        return int(np.argmax(place.spacing))
    return 0 if place.affine is None else int(np.argmax(np.abs(_sides(place.affine)[UP])))


def _sides(affine: Affine) -> npt.NDArray[np.float64]:
    """Return the direction of each axis as a column of length 1."""
    sides: npt.NDArray[np.float64] = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return sides


def _model(places: Mapping[str, Place], own: Mapping[str, int]) -> str:
    """Return the case that most lie like: by the direction they are cut across, then by their other axes."""
    known = {name: place.affine for name, place in places.items() if place.affine is not None}
    if 2 * len(known) < len(places):  # most don't say: the axis of the file that most of them have
        silent = [name for name in places if name not in known]
        return max(silent, key=lambda name: sum(own[other] == own[name] for other in silent))
    frames = {name: _sides(affine)[:, Cut(own[name]).order] for name, affine in known.items()}
    stack = np.stack(list(frames.values()))
    votes = dict[str, tuple[int, int, float]]()
    for name, frame in frames.items():
        along = np.einsum("nij,ij->nj", stack, frame)
        across = np.abs(along[:, 0]) > ALIKE
        votes[name] = int(across.sum()), int((along > ALIKE).all(1).sum()), float(abs(frame[UP, 0]).round(3))
    return max(votes, key=lambda name: votes[name])


def _toward(name: str, place: Place, model: Place, own: Mapping[str, int], like: str) -> Cut | DataError:
    wanted = Cut(own[like])
    if place.affine is None or model.affine is None:
        if own[name] != own[like]:
            return DataError(
                f"case {name}: its voxels are longest along its {NAMES[own[name]]}, those of most, such as {like}, "
                f"along their {NAMES[own[like]]}, and no affine says how it lies to them; save it as the others"
            )
        return wanted
    along = _sides(model.affine)[:, wanted.order].T @ _sides(place.affine)  # [axis of training, axis of the file]
    order = _nearest(np.abs(along))
    turned = tuple(sorted(axis for k, axis in enumerate(order) if along[k, axis] < 0))
    found = Cut(order[0], order[1:], turned)
    return wanted if found.order == wanted.order and not turned else found


def _nearest(cosines: Vector) -> tuple[int, ...]:
    """Return the axis of the file that each axis of training is nearest to, each once."""
    from scipy.optimize import linear_sum_assignment

    return tuple(int(axis) for axis in linear_sum_assignment(-cosines)[1])


def _told(places: Mapping[str, Place], cuts: Mapping[str, Cut], model: str, stated: int | None) -> list[str]:
    place, cut = places[model], cuts[model]
    size = "of unknown size" if place.spacing is None else f"of {' x '.join(f'{one:.3g}' for one in place.spacing)} mm"
    where = "" if place.affine is None else f", which go {directions(place.affine)[::-1][cut.axis]}"
    why = "as stated" if stated is not None else f"voxels {size} in {model}"
    told = [f"cut across the files' {NAMES[cut.axis]}{where}; {why}"]
    silent = sorted(name for name in places if places[name].affine is None)
    if silent and place.affine is not None:
        told.append(f"{len(silent)} of {len(cuts)} don't say how they lie and are taken to lie so, such as {silent[0]}")
    moved = sorted(name for name in cuts if cuts[name] != cut)
    if moved:
        told.append(
            f"{len(moved)} of {len(cuts)} volumes lie otherwise and are brought to the others, such as {moved[0]}"
        )
    return told
