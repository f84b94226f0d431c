"""A fold of the patients that a published data set trains and validates on; those it tests stay sealed and unread."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from data.case import Case
from data.content import Content, Known
from data.errors import DataError, DataUsageError
from data.folders.plan import validating
from data.held_out import SEAL
from data.published import Published
from data.split import Split

NAMED = re.compile(r"(?P<whole>.+?)[:-]fold(?P<number>[0-9]{1,9})of(?P<count>[0-9]{1,9})")
"""A fold's name, as in ``acdc-fold2of5``; with a colon as well."""
FEWEST = 5
"""Patients below which none validates: each is needed to train."""


class Fold(Published):
    """The number-th of so many folds: its patients test, of the others the data set's share validates.

    Where some cases of the data set's folds say their sizes and others don't, none has any: distances in mm and in
    voxels have no mean.
    """

    def __init__(self, whole: Published, number: int, count: int) -> None:
        self.whole, self.task, self.origin = whole, whole.task, whole.origin
        patients = (*whole.split.train, *whole.split.val)
        if not 2 <= count <= len(patients) or not 1 <= number <= count:
            raise DataUsageError(
                f"--dataset: {whole.dataset}:fold{number}of{count} is none; expected fold 1 to N of N, N from 2 to "
                f"{len(patients)}, the patients that it trains and validates on"
            )
        self.dataset = f"{whole.dataset}-fold{number}of{count}"
        tested = patients[number - 1 :: count]
        others = [patient for patient in patients if patient not in tested]
        share = len(whole.split.val) / len(patients) if len(patients) >= FEWEST else 0.0
        ends = len(others) - validating(len(others), share)
        source = f"{whole.split.source}, its training patients alone"
        self.split = Split(self.dataset, whole.split.unit, source, tuple(others[:ends]), tuple(others[ends:]), tested)
        self._patients = {*patients}
        self.digests = whole.digests

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients; DataError for one of the held-out fold, and for any other of the data set."""
        self._check(patients)
        found = self.whole.cases(patients, masks)
        return found if self._has_one_unit else [replace(case, spacing=None) for case in found]

    @cached_property
    def _has_one_unit(self) -> bool:
        return self.whole.digests is None or len({*map(self.whole.says_sizes, self.whole.named([*self._patients]))}) < 2

    def _check(self, patients: Sequence[str]) -> None:
        for patient in patients:
            if patient not in self._patients:
                raise DataError(f"{patient} is no patient of {self.dataset}, which leaves test patients alone")
            SEAL.check(patient, self.split.test)

    def known(self, patients: Sequence[str]) -> Sequence[Known] | None:
        """Return what the cases of patients hold; DataError as of ``cases``."""
        self._check(patients)
        return self.whole.known(patients)

    def named(self, patients: Sequence[str]) -> Mapping[str, str]:
        """Return the patient of each case of these patients, in order."""
        return self.whole.named(patients)

    def fingerprint(self) -> str:
        """Return what changes with the data of the fold's patients, or with how they are generated."""
        content = self.content()
        return self.whole.fingerprint() if content is None else content.fingerprint

    def content(self) -> Content | None:
        """Return the fingerprints of what training and scoring read, none of it of the data set's test patients."""
        return self.whole.content_of((*self.split.train, *self.split.val), self.split.test)

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any] | None:
        """Return how grey values are scaled, as of the whole data set."""
        return self.whole.reading(labeled)

    def former_fingerprint(self) -> str:
        """Return the fingerprint, which was never another."""
        return self.fingerprint()


def named(dataset: str) -> tuple[str, int, int] | None:
    """Return which data set, which fold and of how many a name means; None for a name that is no fold's."""
    match = NAMED.fullmatch(dataset)
    return None if match is None else (match["whole"], int(match["number"]), int(match["count"]))
