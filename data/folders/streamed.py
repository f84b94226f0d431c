"""A listed case as it is read a few slices at a time, where its files let it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from data.folders.axes import Cut
from data.folders.blocks import blocks, checked_blocks, cut_blocks
from data.folders.cases import read_channel, read_volume
from data.folders.endings import NIFTI, ending_of
from data.folders.images import Volume, place_of
from data.folders.listed import ListedCase
from data.nifti import read_place
from data.orientation import PLAIN, Array, Place, turn_onto
from data.stream import Grey, Labels, Stream


def streamed(case: ListedCase, cut: Cut, channels: int, labels: Callable[[Place], Labels | None]) -> Stream:
    """Return a case as it is read a few slices at a time. labels: its mask as training has it, by its image's place."""
    place, grey = _channels(case, cut, channels)
    turned = cut.place(place)
    count, height, width = turned.shape
    spacing = None if turned.spacing is None else (turned.spacing[0], turned.spacing[1], turned.spacing[2])

    def checked(channel: int) -> Iterator[Grey]:
        return checked_blocks(lambda: grey(channel), case.name)

    return Stream(case.name, (count, height, width), spacing, channels, checked, lambda: labels(place))


def held_of(case: ListedCase, cut: Cut, channels: int) -> int:
    """Return how many images of a case, of one channel or all of them, are held while a few of its slices are read."""
    return 0 if _is_streamed(case, cut, channels) else 1


def _channels(case: ListedCase, cut: Cut, count: int) -> tuple[Place, Callable[[int], Iterator[Grey]]]:
    """Return where a case of so many channels lies in its files, and what yields the blocks of one of these.

    NIfTI files of a channel each, cut across their own slices, are read as far as a block needs it. Of others the
    channel that is read is held, and of a file of several channels the whole case, in the type of its files.
    """
    if _is_streamed(case, cut, count):
        places = [place_of(path) for path in case.images]
        return places[0], lambda channel: blocks(case.images[channel], cut, places[0].shape[0])
    if len(case.images) == count:
        last = _Last(case)
        return place_of(case.images[0]), lambda channel: cut_blocks(last.read(channel), cut)

    @cache
    def whole() -> Volume:
        return read_volume(case, count)

    return whole().place, lambda channel: cut_blocks(whole().channels[channel], cut)


class _Last:
    """The channel that was read last of a case of a file a channel, which is held as it is gone through again."""

    def __init__(self, case: ListedCase) -> None:
        self._case, self._held = case, dict[int, Array]()

    def read(self, number: int) -> Array:
        """Return a channel, on the grid of the first."""
        if number not in self._held:
            self._held.clear()
            self._held[number] = read_channel(self._case, number)
        return self._held[number]


def _is_streamed(case: ListedCase, cut: Cut, count: int) -> bool:
    if cut.axis or len(case.images) != count or any(ending_of(path) not in NIFTI for path in case.images):
        return False
    if any(len(read_place(path).shape) != 3 for path in case.images):
        return False
    first, *others = (place_of(path) for path in case.images)
    return all(turn_onto(other, first) == PLAIN for other in others)
