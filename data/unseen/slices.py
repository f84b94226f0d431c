"""The slices of a case that no data set lists, read a few at a time, as data sets cut theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.case import Case, checked
from data.errors import DataError
from data.folders.cases import read_volume, turn_to_first
from data.folders.endings import NIFTI, ending_of
from data.folders.form import Form
from data.folders.images import is_flat, place_of
from data.folders.listed import ListedCase
from data.nifti import bytes_of, streamed_nifti
from data.orientation import PLAIN, Array, Place, say_once, turned
from data.sources.lits_places import believed
from data.task import Task
from data.unseen.inputs import UnseenCase
from data.unseen.room import room
from data.unseen.way import Way, way_of

LARGE = 1 << 26  # bytes of voxels, from which on a NIfTI file is not held whole
AHEAD = 32  # slices read at once where a file is gone through from its beginning to its end


@dataclass(frozen=True, eq=False)
class Slices:
    """A case's slices, of which none is held. place: of its first channel, in the file's order of axes."""

    name: str
    place: Place
    way: Way
    task: Task
    channels: tuple[Channel, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number, height and width of the slices."""
        slices, height, width = (self.place.shape[axis] for axis in self.way.order)
        return slices, height, width

    def read(self, first: int, last: int) -> Case:
        """Return slices from ``first`` up to ``last``, the latter not among them, as a checked case without a mask."""
        with np.errstate(over="ignore", invalid="ignore"):  # what float32 can't hold is told by the check
            grey, *more = (channel.read(first, last).astype(np.float32) for channel in self.channels)
        return checked(Case(self.name, self.name, grey, None, None, more=tuple(more)), self.task)

    def greys(self, channel: int) -> Iterator[npt.NDArray[np.float32]]:
        """Yield the slices of one channel, a few at a time."""
        for first in range(0, self.shape[0], AHEAD):
            with np.errstate(over="ignore", invalid="ignore"):
                yield self.channels[channel].read(first, first + AHEAD).astype(np.float32)


class Channel:
    """A channel of a volume that is held, in the order and the type of its file."""

    def __init__(self, values: Array, way: Way) -> None:
        self._values = way.view(values)

    def read(self, first: int, last: int) -> Array:
        """Return some slices, (n, height, width)."""
        return np.ascontiguousarray(self._values[first:last])


class Streamed(Channel):
    """A channel that stays in a NIfTI file whose slices lie one behind the other."""

    def __init__(self, read: Callable[[int, int], Array]) -> None:
        self._read = read

    def read(self, first: int, last: int) -> Array:
        """Return some slices, (n, height, width)."""
        return self._read(first, last)


@contextmanager
def opened(case: UnseenCase, form: Form, task: Task, scratch: Path) -> Iterator[Slices]:
    """Give a case's slices; DataError where they are none of the data set's form. scratch: a folder for what is large.

    NIfTI above LARGE stays in its file, or in one in scratch where its slices don't lie one behind the other.
    """
    if case.wrong is not None:
        raise DataError(case.wrong)
    for path in case.images:
        _check_flat(path, form)
    with ExitStack() as files:
        place, channels = _channels(case, form, scratch, files)
        yield Slices(case.name, place, _way(place, form, case.name), task, tuple(channels))


def _channels(case: UnseenCase, form: Form, scratch: Path, files: ExitStack) -> tuple[Place, list[Channel]]:
    """Return the channels and the place of the first, whose axes all have.

    Large NIfTI files of a channel each are left open and read as far as slices need it; others as data sets do.
    """
    if _is_streamed(case, form):
        return _streamed(case, form, scratch, files)
    volume = read_volume(ListedCase(case.name, case.images, None, "predict"), len(form.channels))
    way = _way(volume.place, form, case.name)
    return volume.place, [Channel(values, way) for values in volume.channels]


def _is_streamed(case: UnseenCase, form: Form) -> bool:
    if form.in_file or form.planar or len(case.images) != len(form.channels):
        return False
    return all(ending_of(path) in NIFTI for path in case.images) and max(map(bytes_of, case.images)) > LARGE


def _streamed(case: UnseenCase, form: Form, scratch: Path, files: ExitStack) -> tuple[Place, list[Channel]]:
    """Return the channels in their files, or where slices don't lie there one behind the other, in one in scratch."""
    places = [place_of(path) for path in case.images]
    for path, place in zip(case.images, places, strict=True):
        if place.remark is not None:
            say_once(path.parent, place.remark)
    turns = [turn_to_first(case.name, number, place, places[0]) for number, place in enumerate(places)]
    way = _way(places[0], form, case.name)
    channels = list[Channel]()
    for path, place, turn in zip(case.images, places, turns, strict=True):
        whole = Streamed(files.enter_context(streamed_nifti(path)))
        in_file = turn == PLAIN and way == Way((0, 1, 2))
        channels.append(whole if in_file else Channel(turned(_laid_out(whole, place.shape, scratch), turn), way))
    return places[0], channels


def _way(place: Place, form: Form, name: str) -> Way:
    return way_of(believed(name, place, form), form, name)


def _laid_out(whole: Channel, shape: tuple[int, ...], scratch: Path) -> Array:
    """Return a channel on disk, from which slices across any axis are read without reading all of it."""
    values = room(shape, np.float32, scratch)
    for first in range(0, shape[0], AHEAD):
        with np.errstate(over="ignore", invalid="ignore"):
            values[first : first + AHEAD] = whole.read(first, first + AHEAD)
    return values


def _check_flat(path: Path, form: Form) -> None:
    if (place_of(path).shape[0] != 1) if form.planar else is_flat(path):
        kind, wanted = ("a volume", "single slices") if form.planar else ("a single slice", "volumes")
        raise DataError(f"{path} is {kind}, and the run is of {wanted}; give it images of that kind")
