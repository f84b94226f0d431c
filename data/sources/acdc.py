"""ACDC: short-axis cine MRI of 100 patients at end-diastole and end-systole (Bernard et al., IEEE TMI 2018)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from data.case import Case, checked, labels_of
from data.content import Content, Digests, Known
from data.digest_cache import cache_of
from data.held_out import SEAL, known_of
from data.published import Published
from data.sources.completeness import check_complete
from data.sources.layouts import Layout, layout_of
from data.split import read_split
from data.stream import Stream, stream_of
from data.task import Task

__all__ = ["TASK", "Acdc", "layout_of"]

TASK = Task("acdc", ("RV", "Myo", "LV"))
READING = "acdc 1"
"""Of how files become arrays, here and in the layouts: another one where that changes, or old digests would stand."""


class Acdc(Published):
    """The 200 volumes of a layout, decoded when asked for."""

    dataset = "acdc"
    task = TASK
    digests: Digests

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.split = read_split("acdc")
        self._files = dict(layout.volumes())
        said = check_complete(layout, (*self.split.train, *self.split.val, *self.split.test))
        self.origin = f"{layout.name} in {layout.folder.name}/{said}"
        files = {volume: [*paths, *layout.mask_files(volume)] for volume, paths in self._files.items()}
        self.digests = Digests(files.__getitem__, self._stream, cache_of(layout.folder, READING), READING)

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients, in their order, then by frame; without masks none is read."""
        return [self._case(volume, masks) for patient in patients for volume in self._volumes(patient)]

    def fingerprint(self) -> str:
        """Return what changes with any grey value, label or spacing, and not with the layout that these lie in."""
        return self.content().fingerprint

    def content(self) -> Content:
        """Return the fingerprints of what training and scoring read.

        Test cases are read for it past the seal: nothing of them is handed out but a digest, by which nobody can choose
        anything.
        """
        return self.content_of((*self.split.train, *self.split.val), self.split.test)

    def content_of(self, trained: Sequence[str], tested: Sequence[str]) -> Content:
        """Return the fingerprints of what some patients' cases hold."""
        return Content(*(self.digests.fingerprint(self.named(part)) for part in (trained, tested)))

    def former_fingerprint(self) -> str:
        """Return sixteen hex digits over all files' names and sizes, those of the official masks left out."""
        lines = [f"{path.name} {path.stat().st_size}" for files in self._files.values() for path in files]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]

    def named(self, patients: Sequence[str]) -> Mapping[str, str]:
        """Return the patient of each case of these patients, in order."""
        return {volume: patient for patient in patients for volume in self._volumes(patient)}

    def known(self, patients: Sequence[str]) -> Sequence[Known]:
        """Return what the cases of patients hold, in the order of ``cases``."""
        return known_of(self.digests, self.named(patients), self.split)

    def _stream(self, volume: str) -> Stream:
        return stream_of(read_case(self.layout, volume))

    def _volumes(self, patient: str) -> list[str]:
        return sorted(volume for volume in self._files if volume.startswith(f"{patient}_"))

    def _case(self, volume: str, masks: bool) -> Case:
        SEAL.check(volume.split("_")[0], self.split.test)
        return self.digests.check(read_case(self.layout, volume, masks))


def read_case(layout: Layout, volume: str, masks: bool = True) -> Case:
    """Return a volume of a layout as a checked case, whoever asks; a source refuses its test patients before."""
    image, spacing = layout.image(volume)
    mask = labels_of(layout.mask(volume), volume) if masks else None
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 can't hold is told by the check
        grey = image.astype(np.float32)
    return checked(Case(volume, volume.split("_")[0], grey, mask, spacing, layout.affine(volume)), TASK)
