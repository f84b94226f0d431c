"""A listed case, read whole: its channels and its mask on one grid, with labels that are named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.files import listed
from data.folders.endings import PICTURES, TIFF, ending_of
from data.folders.images import Volume, is_flat, place_of, read_grey, read_image, read_mask
from data.folders.listed import MOST, ListedCase, Listing, check_listed
from data.orientation import Array, Place, Turn, difference, placed, turn_onto, turned
from data.task import IGNORED


def read_volume(case: ListedCase, channels: int) -> Volume:
    """Return a case's image, of so many channels, from one file or one a channel; DataError where they do not fit."""
    check_listed(case)
    whole = len(case.images) == 1 and channels > 1
    volumes = [read_image(path, channels_last_axis=whole) for path in case.images]
    first = volumes[0]
    found = list[Array]()
    for number, volume in enumerate(volumes):
        if not whole:
            _check_alone(case, number, volume)
        for values in volume.channels:
            found.append(turned(values, turn_to_first(case.name, number, volume.place, first.place)))
    if whole and len(found) == 1 and ending_of(case.images[0]) in (*PICTURES, *TIFF):
        found *= channels  # colours that are equal in this one
    if len(found) != channels:
        raise DataError(f"{case.images[0]} holds {len(found)} channels; expected {channels}, as are named")
    return Volume(tuple(found), first.place, first.planar)


def kinds_of(case: ListedCase, channels: int) -> list[np.dtype[Any]]:
    """Return the types that a case's channels have in their files, each of which is read; DataError as above."""
    if len(case.images) != channels:
        return [values.dtype for values in read_volume(case, channels).channels]
    return [read_channel(case, number, read_image).dtype for number in range(channels)]


def read_channel(case: ListedCase, number: int, read: Callable[[Path], Volume] = read_grey) -> Array:
    """Return one channel of a case of a file a channel, on the grid of its first; DataError as of ``read_volume``.

    read: reads its file, by default as float32 where the file's type is a larger one.
    """
    check_listed(case)
    volume = read(case.images[number])
    _check_alone(case, number, volume)
    first = place_of(case.images[0]) if number else volume.place
    return turned(volume.channels[0], turn_to_first(case.name, number, volume.place, first))


def _check_alone(case: ListedCase, number: int, volume: Volume) -> None:
    if len(volume.channels) > 1:
        raise DataError(
            f"{case.images[number]} holds {len(volume.channels)} channels; expected one: save it as grey, or name the "
            "channels in dataset.json"
        )


def turn_to_first(case: str, number: int, place: Place, first: Place) -> Turn:
    """Return by which turn a case's channel comes to the grid of its first; DataError where they are no one grid."""
    turn = turn_onto(place, first)
    if turn is None:
        clause = difference(place, first, (f"image of channel {number}", "one of channel 0"))
        raise DataError(f"case {case}: {clause}; all channels must lie on one grid")
    return turn


def read_labels(case: ListedCase, image: Volume, known: Mapping[str, int] | None, ignored: int | None) -> Array | None:
    """Return a case's mask on the grid of its image, uint8; None where it has none.

    known: the structures' values, background left out, or None where no file names them. DataError for another value,
    and for a mask that lies elsewhere.
    """
    if case.mask is None:
        return None
    mask = read_mask(case.mask)
    values = placed(mask.channels[0], mask.place, image.place, case.name)
    unknown = [] if known is None else unnamed(values, known, ignored)
    if unknown and known is not None:
        names = ", ".join(f"{value} {name}" for name, value in {"background": 0, **known}.items())
        raise DataError(f"{case.mask} holds label {unknown[0]}; known are {names}")
    return values


def classes_of(labels: Mapping[str, int], ignored: int | None) -> npt.NDArray[np.uint8]:
    """Return the class of each value that a mask may hold, of 256: 0 of those that are not named."""
    table = np.zeros(256, np.uint8)
    table[list(labels.values())] = range(1, len(labels) + 1)
    if ignored is not None:
        table[ignored] = IGNORED
    return table


def unnamed(values: Array, labels: Mapping[str, int], ignored: int | None) -> list[int]:
    """Return the values of a mask that are neither background, nor named, nor what nobody labelled."""
    return sorted({*_values(values)} - {0, *labels.values(), ignored})


def labels_seen(masks: Iterable[Array]) -> set[int]:
    """Return the values that occur in any of some masks."""
    found = set[int]()
    for mask in masks:
        found |= set(_values(mask))
    return found


def structures_of(listing: Listing, seen: Collection[int]) -> Mapping[str, int]:
    """Return each structure's value: as a file names it, else of each value seen in the masks but 0.

    DataError where all masks are empty, or hold more values than classes can be.
    """
    foreground = sorted(set(seen) - {0, listing.ignored})
    if not foreground:
        raise DataError(f"{listing.name}: all masks are empty, of value 0; expected a structure in some of them")
    if listing.labels is not None:
        return listing.labels
    if len(foreground) >= MOST:
        some = listed([str(value) for value in foreground])
        raise DataError(
            f"{listing.name}: masks hold {len(foreground)} values ({some}); expected labels of at most {MOST} classes, "
            "not grey values or objects"
        )
    return {f"label {value}": value for value in foreground}


def planar_of(listing: Listing, volumes: Mapping[str, bool]) -> bool:
    """Return whether all cases are single slices; DataError where 2-D files lie among volumes.

    volumes: whether each case is one slice, by its name. A volume of one slice may lie among others.
    """
    single = {name for name, planar in volumes.items() if planar}
    if len(single) == len(volumes):
        return True
    files: Mapping[str, Path] = {case.name: case.images[0] for case in listing.cases}
    flat = next((name for name in sorted(single) if is_flat(files[name])), None)
    if flat is not None:
        other = min(set(volumes) - single)
        raise DataError(
            f"{listing.name}: {files[flat].name} is 2-D, {files[other].name} 3-D; expected files of one kind"
        )
    return False


def _values(mask: Array) -> list[int]:
    seen = np.zeros(256, bool)
    for plane in mask:  # numpy counts in eight bytes a voxel
        seen[np.bincount(np.asarray(plane, np.uint8).ravel(), minlength=256) > 0] = True
    return [int(value) for value in np.flatnonzero(seen)]
