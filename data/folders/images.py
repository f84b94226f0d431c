"""One image or mask of any known ending, as its file has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from data import nifti
from data.case import labels_of
from data.errors import DataError
from data.files import AGAIN, first_line
from data.folders.endings import ITK, NIFTI, PICTURES, ending_of
from data.orientation import Affine, Array, Place, say_once
from data.stream import STEP

GREY = np.dtype(np.float32)  # of which all images are once they are read
THICK = 1.0  # mm a slice alone is said to be, where its file gives the sizes within it only
Given = ParamSpec("Given")
Read = TypeVar("Read")


def _of_file(read: Callable[Concatenate[Path, Given], Read]) -> Callable[Concatenate[Path, Given], Read]:
    """Let a DataError that names the file be all that its reading raises, whatever a library meets in a damaged one."""

    @wraps(read)
    def plainly(path: Path, /, *given: Given.args, **named: Given.kwargs) -> Read:
        try:
            return read(path, *given, **named)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # each library has its own, and asserts
            why = first_line(error) or "no reason given"
            raise DataError(f"{path} cannot be read ({type(error).__name__}: {why}); {AGAIN}") from None

    return plainly


@dataclass(frozen=True, eq=False)
class Volume:
    """What a file holds, in its own order of axes.

    channels: each (slices, rows, columns), in the type of the file. place: of one channel, spacing and affine None
    where the file says nothing of them; of a 2-D file the spacing from slice to slice is 1 mm. planar: whether it is
    one slice.
    """

    channels: tuple[Array, ...]
    place: Place
    planar: bool


@_of_file
def read_image(path: Path, channels_last_axis: bool = False) -> Volume:
    """Return an image; colours are channels, unless they are equal, which is said once a folder.

    channels_last_axis: whether the last of a file's four axes are channels, as in the Medical Segmentation Decathlon;
    otherwise such a file is a DataError, as one is that can't be read.
    """
    ending = ending_of(path)
    if ending in NIFTI:
        channels, place = _nifti(path, channels_last_axis)
    elif ending in ITK:
        from data.folders.itk import read_itk

        channels, place = read_itk(path, channels_last_axis)
    elif ending in PICTURES:
        from data.folders.pictures import read_picture

        channels, place = read_picture(path)
    else:
        from data.folders.tiff import read_tiff

        channels, place = read_tiff(path)
    return _told(path, channels, place)


@_of_file
def read_grey(path: Path) -> Volume:
    """Return an image as ``read_image`` does, but a volume of NIfTI as float32 at most, to which all images are cast.

    So it takes no more than that while it is read, whatever its file scales it to.
    """
    if ending_of(path) not in NIFTI or len(nifti.read_place(path).shape) != 3:
        return read_image(path)
    place = nifti.read_place(path)
    with nifti.streamed_nifti(path) as read:
        kind = read(0, 1).dtype.newbyteorder("=")
        values = np.empty(place.shape, kind if kind.itemsize <= GREY.itemsize else GREY)
        for first in range(0, len(values), STEP):
            with np.errstate(over="ignore", invalid="ignore"):  # what float32 can't hold is told by who checks greys
                values[first : first + STEP] = read(first, first + STEP)
    return _told(path, (values,), place)


@_of_file
def read_mask(path: Path) -> Volume:
    """Return a mask of one channel, uint8; an image with a palette gives its indices.

    DataError where it holds colours, or values that are no whole numbers from 0 to 255.
    """
    if ending_of(path) in NIFTI and len(nifti.read_place(path).shape) == 3:
        return _told(path, (_streamed_labels(path),), nifti.read_place(path))
    found = read_values(path)
    return Volume((labels_of(found.channels[0], path.name),), found.place, found.planar)


@_of_file
def read_values(path: Path) -> Volume:
    """Return what a mask's file holds, whatever values, in its own type: one channel, of a palette the indices.

    DataError where it holds colours.
    """
    ending = ending_of(path)
    if ending in (*NIFTI, *ITK):
        return read_image(path)
    if ending in PICTURES:
        from data.folders.pictures import read_indices

        channels, place = read_indices(path)
    else:
        from data.folders.tiff import read_tiff

        channels, place = read_tiff(path, indices=True)
    if len(channels) > 1:
        raise DataError(f"{path} holds colours, of {len(channels)} channels; expected a mask of one label a voxel")
    return _told(path, channels, place)


def _streamed_labels(path: Path) -> npt.NDArray[np.uint8]:
    """Return the labels of a volume, of whose file, in whatever type, a few slices are held at a time."""
    place = nifti.read_place(path)
    labels = np.empty(place.shape, np.uint8)
    with nifti.streamed_nifti(path) as read:
        for first in range(0, len(labels), STEP):
            labels[first : first + STEP] = labels_of(read(first, first + STEP), path.name)
    return labels


@_of_file
def place_of(path: Path, channels_last_axis: bool = False) -> Place:
    """Return where an image lies, from its header; a TIFF's first page is unpacked too."""
    ending = ending_of(path)
    if ending in NIFTI:
        return _boxed(nifti.read_place(path, channels_last_axis))
    if ending in ITK:
        from data.folders.itk import place_of_itk

        return place_of_itk(path, channels_last_axis)
    if ending in PICTURES:
        from data.folders.pictures import place_of_picture

        return place_of_picture(path)
    from data.folders.tiff import place_of_tiff

    place = place_of_tiff(path)
    _say(path, place)
    return place


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Return all files that images or masks are read from: each, and those that its header names, there or not."""
    found = list[Path]()
    for path in paths:
        if ending_of(path) in ITK:
            from data.folders.itk_header import files_of_itk

            found += files_of_itk(path)
        else:
            found.append(path)
    return found


@_of_file
def is_flat(path: Path) -> bool:
    """Return whether a file is a 2-D one in form, which a volume of one slice is not."""
    ending = ending_of(path)
    if ending in NIFTI:
        return len(nifti.read_place(path, channels=True).shape) == 2
    if ending in ITK:
        from data.folders.itk import is_flat_itk

        return is_flat_itk(path)
    return ending in PICTURES or place_of(path).shape[0] == 1


@_of_file
def white_of(path: Path) -> int | None:
    """Return what a pixel of an image's type holds at most; None of a type that is not of whole numbers from 0 on."""
    if ending_of(path) in PICTURES:
        from data.folders.pictures import white_of_picture

        return white_of_picture(path)
    kind = read_image(path).channels[0].dtype
    return int(np.iinfo(kind).max) if np.issubdtype(kind, np.unsignedinteger) else None  # type: ignore[type-var]


def _nifti(path: Path, channels_last_axis: bool) -> tuple[tuple[Array, ...], Place]:
    if channels_last_axis:
        channels, place = nifti.read_channels(path)
    else:
        values, place = nifti.read_nifti(path)
        channels = (values,)
    boxed = _boxed(place)
    return tuple(channel.reshape(boxed.shape) for channel in channels), boxed


def _boxed(place: Place) -> Place:
    """Return the place of a slice as that of a volume of one slice."""
    if len(place.shape) == 3:
        return place
    return Place((1, *place.shape), _thick(place.spacing, place.affine), place.affine, place.remark)


def _thick(spacing: tuple[float, ...] | None, affine: Affine | None) -> tuple[float, ...] | None:
    if spacing is None:
        return None
    return (THICK if affine is None else float(np.linalg.norm(affine[:3, 0])), *spacing)


def _told(path: Path, channels: tuple[Array, ...], place: Place) -> Volume:
    _say(path, place)
    return Volume(channels, place, place.shape[0] == 1)


def _say(path: Path, place: Place) -> None:
    if place.remark is not None:
        say_once(path.parent, place.remark)
