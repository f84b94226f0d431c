"""LiTS: CT of 131 livers with lesions (Bilic et al., Medical Image Analysis 2023), as ACTION's papers use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from data.case import Case, checked, checked_mask
from data.content import Content, Digests, Known
from data.digest_cache import cache_of
from data.errors import DataError
from data.files import listed
from data.folders.blocks import blocks, checked_blocks
from data.held_out import SEAL, known_of
from data.orientation import Place, placed, say_once
from data.published import Published
from data.sources.lits_files import TAKEN, Layout, check_files, number_of
from data.sources.lits_places import (
    FORM,
    cut_of,
    image_place,
    is_unfilled,
    mask_place,
    read_grey,
    read_labels,
)
from data.split import read_split
from data.stream import Stream, stream_of
from data.task import Task

TASK = Task("lits", ("liver", "lesion"))
"""Named as in the papers' tables; liver is label 1 alone, without its lesions."""
WINDOW = (-200.0, 250.0)
"""Hounsfield units that become 0 and 1: ARCO (arXiv 2302.01735), read there."""
READING = "lits 1"
"""Of how files become arrays: another one where that changes, or old digests would stand."""


class Lits(Published):
    """The volumes of a layout, each read when asked for and none held."""

    dataset = "lits"
    task = TASK
    digests: Digests

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.split = read_split("lits")
        self._cases = sorted((*self.split.train, *self.split.val, *self.split.test), key=number_of)
        check_files(layout, self._cases)
        check_places(layout, self._cases)
        self.origin = f"{layout.name} in {layout.folder.name}/, {TAKEN}"
        files = {case: layout.files(number_of(case)) for case in self._cases}
        self.digests = Digests(files.__getitem__, self._first_read, cache_of(layout.folder, READING), READING)

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients, in their order; without masks none is read.

        All of them are held: who needs many asks for one after the other.
        """
        return [self._case(patient, masks) for patient in patients]

    def fingerprint(self) -> str:
        """Return what changes with any grey value, label or spacing, and not with the layout that these lie in."""
        return self.content().fingerprint

    def content(self) -> Content:
        """Return the fingerprints of what training and scoring read; test cases are read for it past the seal."""
        return self.content_of((*self.split.train, *self.split.val), self.split.test)

    def content_of(self, trained: Sequence[str], tested: Sequence[str]) -> Content:
        """Return the fingerprints of what some patients' cases hold."""
        return Content(*(self.digests.fingerprint(self.named(part)) for part in (trained, tested)))

    def named(self, patients: Sequence[str]) -> Mapping[str, str]:
        """Return the patient of each case of these patients: itself."""
        return {case: case for case in patients}

    def says_sizes(self, case: str) -> bool:
        """Return whether a volume's header is filled in."""
        number = number_of(case)
        return not is_unfilled(image_place(self.layout.files(number)[0], number))

    def known(self, patients: Sequence[str]) -> Sequence[Known]:
        """Return what the cases of patients hold, in their order."""
        return known_of(self.digests, self.named(patients), self.split)

    def former_fingerprint(self) -> str:
        """Return the fingerprint, which was never another."""
        return self.fingerprint()

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any]:
        """Return how grey values are scaled, as the papers do, and what the files are like."""
        return {
            "labels": {name: label for label, name in enumerate(self.task.structures, 1)},
            "channels": list(FORM.channels),
            "windows": [list(WINDOW)],
            "fit": "stretch",
            "form": asdict(FORM),
        }

    def _case(self, patient: str, masks: bool) -> Case:
        SEAL.check(patient, self.split.test)
        if patient not in self._cases:
            raise DataError(f"LiTS has no case {patient!r}; it has {self._cases[0]} to {self._cases[-1]}")
        return self.digests.check(read_case(self.layout, patient, masks))

    def _first_read(self, case: str) -> Stream:
        say_once(self.layout.folder, "all volumes are read once for their fingerprint, which takes minutes")
        return stream_case(self.layout, case)


def read_case(layout: Layout, case: str, masks: bool = True) -> Case:
    """Return a volume of a layout as a checked case, whoever asks; a source refuses its test patients before."""
    number = number_of(case)
    image, mask = layout.files(number)
    place = image_place(image, number)
    labels = read_labels(mask, _mask_place(layout, case, place), place, case) if masks else None
    turned = cut_of(place).place(place)
    affine = None if is_unfilled(place) else turned.affine
    return checked(Case(case, case, read_grey(image, place), labels, _spacing(place), affine), TASK)


def stream_case(layout: Layout, case: str) -> Stream:
    """Return a volume of a layout as it is read a few slices at a time, with its mask, whoever asks."""
    number = number_of(case)
    image, mask = layout.files(number)
    place = image_place(image, number)
    cut = cut_of(place)
    if cut.axis:  # what comes first in the file is no slice of training
        return stream_of(read_case(layout, case))
    count, height, width = cut.place(place).shape

    def labels() -> npt.NDArray[np.uint8]:
        return checked_mask(read_labels(mask, _mask_place(layout, case, place), place, case), case, TASK)

    grey = partial(checked_blocks, partial(blocks, image, cut, count), case)
    return Stream(case, (count, height, width), _spacing(place), 1, lambda channel: grey(), labels)


def _spacing(place: Place) -> tuple[float, float, float] | None:
    """Return the sizes of a volume as it is trained on; None where nobody filled them in."""
    turned = cut_of(place).place(place)
    assert turned.spacing is not None
    return None if is_unfilled(place) else (turned.spacing[0], turned.spacing[1], turned.spacing[2])


def check_places(layout: Layout, cases: Sequence[str]) -> None:
    """Raise DataError where a header can't be read, or image and mask lie apart; headers are read, no voxels."""
    wrong: dict[str, str] = {}
    for case in cases:
        number = number_of(case)
        try:
            place = image_place(layout.files(number)[0], number)
            mine = _mask_place(layout, case, place)
            placed(np.broadcast_to(np.uint8(0), mine.shape), mine, place, _named(layout, case))
            if place.remark:
                say_once(layout.folder, place.remark)
        except DataError as error:
            wrong[_named(layout, case)] = str(error)
    if wrong:
        names = list(wrong)
        more = f" ({len(names)} volumes can't be used: {listed(names)})" if len(names) > 1 else ""
        raise DataError(f"{wrong[names[0]]}{more}")


def _mask_place(layout: Layout, case: str, image: Place) -> Place:
    return mask_place(layout.files(number_of(case))[1], image, number_of(case), layout.is_challenge)


def _named(layout: Layout, case: str) -> str:
    """Return a case with the name of its file: ``case0001 (volume-0)``."""
    return f"{case} ({layout.spelled[0].format(number_of(case)).rpartition('/')[2]})"
