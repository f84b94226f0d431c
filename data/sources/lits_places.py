"""Where the volumes of LiTS lie, the known faults of their headers mended, and their way to one orientation."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.case import labels_of
from data.errors import DataError
from data.folders.axes import Cut
from data.folders.form import Form
from data.nifti import read_place, streamed_nifti
from data.orientation import Place, placed, unlikely_axes
from data.unseen.way import way_of

STEP = 32  # slices of a file that are held at once

FORM = Form(channels=("CT",), frame=((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)))
"""All volumes are brought to slices from feet to head, rows from front to back, columns from right to left."""

UNPLACED: Collection[int] = range(28, 48)
"""Volumes whose headers, and their masks', are identities of 1 x 1 x 1 mm (github.com/PatrickChrist/LITS-CHALLENGE
issue 14, JunMa11/AbdomenCT-1K issue 27). They are 3D-IRCADb's patients but one, whose voxels are 0.6 to 0.9 mm wide and
1 to 4 mm thick. Read by that header, livers are on the left (Jarvis73/BoxSegLiver turns their columns round): columns
go to the left, rows to the front, slices to the head."""

UNPLACED_MASKS: Collection[int] = range(28, 53)
"""Masks whose headers say otherwise than their images' while the voxels are in the same order: of the volumes above,
and of 48 to 52, whose columns the masks' headers turn round (BoxSegLiver; another preparation of LiTS gives these five
masks their images' affine, by number, after looking at them)."""

LAS = np.array([[0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""Of an index (slice, row, column): the direction that UNPLACED volumes lie in; not where."""


def image_place(path: Path, number: int) -> Place:
    """Return where a volume lies, from its header; of an unfilled one the direction alone is of the patient.

    DataError where it is no volume, does not say how it lies and is none of those known for that, or is cut across
    another axis than the body's.
    """
    place = _volume(path)
    if is_unfilled(place):
        if number not in UNPLACED:
            raise DataError(
                f"{path} says voxels of 1 x 1 x 1 mm, which nobody filled in; of LiTS as released only volumes "
                f"{min(UNPLACED)} to {max(UNPLACED)} do: copy it again from its source"
            )
        return Place(place.shape, place.spacing, LAS, place.remark)
    if place.affine is None:
        raise DataError(f"{path} does not say how its voxels lie (neither qform nor sform); set the one that is right")
    unlikely = unlikely_axes(cut_of(place).place(place).shape, cut_of(place).place(place).spacing)
    if unlikely:
        raise DataError(f"{path} is {unlikely}, when it is cut from feet to head; its affine or its shape is wrong")
    return place


def believed(name: str, place: Place, form: Form) -> Place:
    """Return where an image that a run of LiTS predicts lies: what training mends of a header is mended here too.

    name: of the case, by its file. form: of the run's data set; of another than LiTS each header is believed.
    """
    number = re.fullmatch(r"(?:volume-|liver_)(\d+)", name)
    is_lits = form.channels == FORM.channels and np.array_equal(form.frame or (), FORM.frame or ())
    if is_lits and number is not None and int(number[1]) in UNPLACED and is_unfilled(place):
        return replace(place, affine=LAS)
    return place


def cut_of(place: Place) -> Cut:
    """Return the way of a volume's axes to the orientation that all are brought to."""
    way = way_of(place, FORM, "")
    return Cut(way.order[0], way.order[1:], way.turned)


def mask_place(path: Path, image: Place, number: int, is_challenge: bool) -> Place:
    """Return where a mask lies by its header, or as its image where the header is known to be wrong.

    Of the Decathlon's files, whose axes were all set anew, only what nobody filled in is known to be wrong.
    """
    place = _volume(path)
    known = is_unfilled(place) or (is_challenge and number not in UNPLACED)
    if known and number in UNPLACED_MASKS and place.shape == image.shape:
        return replace(image, remark=place.remark)
    return place


def read_grey(path: Path, place: Place) -> npt.NDArray[np.float32]:
    """Return a volume's grey values in the common orientation; the file is read a few slices at a time."""
    cut = cut_of(place)
    turned = np.empty(cut.place(place).shape, np.float32)
    in_file = np.flip(turned.transpose(np.argsort(cut.order)), cut.turned)
    with streamed_nifti(path) as read, np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, place.shape[0], STEP):
            in_file[first : first + STEP] = read(first, first + STEP)
    return turned


def read_labels(path: Path, mine: Place, image: Place, case: str) -> npt.NDArray[np.uint8]:
    """Return a mask's labels on its image's grid, in the common orientation."""
    labels = np.empty(mine.shape, np.uint8)
    with streamed_nifti(path) as read:
        for first in range(0, mine.shape[0], STEP):
            labels[first : first + STEP] = labels_of(read(first, first + STEP), case)
    return cut_of(image).apply(placed(labels, mine, image, case)).astype(np.uint8, copy=False)


def _volume(path: Path) -> Place:
    place = read_place(path)
    if len(place.shape) != 3:
        raise DataError(f"{path} has shape {place.shape[::-1]}; expected columns, rows and slices")
    return place


def is_unfilled(place: Place) -> bool:
    """Return whether sizes are those of a header that nobody filled in; no CT of an abdomen has voxels of 1 mm."""
    return place.spacing == (1.0, 1.0, 1.0)
