"""A folder of one's own as a data set, read as its plan says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.case import Case, checked, checked_mask
from data.content import Content, Digests, Known
from data.digest_cache import cache_of
from data.errors import DataError
from data.folders.agreement import check_plan, check_said, check_slices
from data.folders.axes import Cut, cuts_of, of_one_unit
from data.folders.broken import counted, side_of, without, words_of
from data.folders.cases import classes_of, read_labels, read_volume
from data.folders.endings import stem_of
from data.folders.form import Form
from data.folders.images import Volume, files_of, place_of
from data.folders.licence import licence_of
from data.folders.listed import ListedCase, Listing
from data.folders.marked import only_marked
from data.folders.plan import Plan, Window
from data.folders.scan import CHANNEL
from data.folders.streamed import held_of, streamed
from data.folders.structures import inside, window_of
from data.held_out import SEAL, known_of
from data.orientation import Place
from data.stream import Stream
from data.task import IGNORED, Task
from data.unseen.way import frame_of

READING = "folder 2"
"""Of how files become arrays: another one where that changes, or old digests would stand."""


class Folder:
    """The cases of a listing, read when asked for. root: the plan's file, by which it is found again."""

    def __init__(self, listing: Listing, plan: Plan, root: Path | None, fold: int | None = None) -> None:
        self.listing, self.plan, self.root, self.fold = listing, plan, root, fold
        mine = (case for case in listing.cases if case.part != "predict")
        present = {case.name: case for case in mine if self._patient(case.name) not in plan.aside}
        self._cases = {name: case for name, case in present.items() if name not in plan.broken}
        self._left_out = {name: plan.broken[name] for name in sorted(present.keys() - self._cases.keys())}
        gone = {self._patient(name) for name in self._left_out} - {self._patient(name) for name in self._cases}
        self.split = without(plan.split(fold), gone)
        self.dataset = self.split.dataset
        self.task = Task(self.dataset, tuple(plan.labels), len(plan.channels), plan.planar, self._is_partial())
        self.origin = f"{listing.kind} in {Path(plan.folder).name}/{counted(self._left_out, len(present))}"
        cache = cache_of(Path(plan.folder), f"{READING} {plan.reading()}")
        self.digests = Digests(self._files, self._stream, cache, READING, self._way)
        check_said(plan, self.root, listing, self._left_out)
        check_plan(plan, self.split, self.root, self._of_patient, self._cases, self._left_out)

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients, in their order, then by name; without masks none is read.

        A case that lacks a mask beside others of its patient has one in which all is IGNORED.
        """
        for patient in patients:
            SEAL.check(patient, self.split.test)
        names = [name for patient in patients for name in self._of_patient.get(patient, ())]
        return [self.digests.check(self._read(name, masks)) for name in names]

    def named(self, patients: Sequence[str]) -> Mapping[str, str]:
        """Return the patient of each case of these patients, in order."""
        return {name: patient for patient in patients for name in self._of_patient.get(patient, ())}

    def known(self, patients: Sequence[str]) -> Sequence[Known]:
        """Return what the cases of patients hold, in the order of ``cases``."""
        return known_of(self.digests, self.named(patients), self.split)

    def fingerprint(self) -> str:
        """Return what changes with any grey value, label or voxel size that is read."""
        return self.content().fingerprint

    def content(self) -> Content:
        """Return the fingerprints of what training and scoring read."""
        parts = (*self.split.train, *self.split.val), self.split.test
        return Content(*(self.digests.fingerprint(self.named(part)) for part in parts))

    def former_fingerprint(self) -> str:
        """Return the fingerprint, which was never another."""
        return self.fingerprint()

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any]:
        """Return what of the plan changes a run's numbers and is neither in its split nor in the content of its data.

        windows: of each channel, the grey values that become 0 and 1; None where each volume is scaled by its own. Of
        CT without a stated window they are of the structures of these labelled patients. form: what the image files
        are like, by which other images are read as these are; the content tells it too. longest: pixels of the longest
        side of a slice. upright: whether files say how they lie, so that structures may be told by their place.
        """
        windows = [self._window(number, labeled) for number in range(len(self.plan.channels))]
        return {
            "labels": dict(self.plan.labels),
            "channels": [channel.name for channel in self.plan.channels],
            "windows": [None if window is None else list(window) for window in windows],
            "fit": self.plan.fit,
            "form": asdict(self._form()),
            "longest": self._longest,
            "upright": self._form().frame is not None,
        }

    @cached_property
    def _longest(self) -> int:
        cut = (self._cuts[name].place(place) for name, place in self._places.items())
        return max(max(place.shape[-2:]) for place in cut)  # the same in all folds

    def _form(self) -> Form:
        """Return what the image files are like, and how what is trained of them lies."""
        first = self._cases[self._of_patient[self.split.train[0]][0]]
        stem = stem_of(first.images[0])
        return Form(
            channels=tuple(channel.name for channel in self.plan.channels),
            files=len(first.images),
            numbered=stem != first.name and CHANNEL.fullmatch(stem) is not None,
            in_file=self._in_file(first),
            planar=self.plan.planar,
            axis=self._cuts[first.name].axis,
            frame=None if self.plan.planar else self._frame(),
        )

    def _in_file(self, case: ListedCase) -> bool:
        return len(case.images) == 1 and len(self.plan.channels) > 1

    def _frame(self) -> tuple[tuple[float, ...], ...] | None:
        """Return how all volumes lie as they are trained on, by the first that says it."""
        cut = (self._cuts[name].place(place) for name, place in self._places.items())
        return next((frame_of(place.affine, 0) for place in cut if place.affine is not None), None)

    def told(self) -> Mapping[str, str]:
        """Return what was decided of the folder, in words, and the licence of its data where it tells it."""
        licence = licence_of(Path(self.plan.folder))
        left = {"left out": self._left_out_words()} if self._left_out else {}
        return {**self.plan.told, **left, **({} if licence is None else {"licence": licence})}

    def _left_out_words(self) -> str:
        whole = self.plan.split(self.fold)
        sides = {name: side_of(whole, self._patient(name)) for name in self._left_out}
        return words_of(self._left_out, sides, bool(whole.val and not self.split.val))

    @cached_property
    def _of_patient(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self._cases):
            found.setdefault(self._patient(name), []).append(name)
        return found

    def _patient(self, name: str) -> str:
        return self.plan.patients.get(name, name)

    def _is_partial(self) -> bool:
        """Return whether a mask may hold voxels that nobody labelled."""
        bare = {*self.split.unmasked}
        lacking = (case for case in self._cases.values() if case.mask is None and self._patient(case.name) not in bare)
        return self.plan.ignored is not None or bool(self.plan.partly) or next(lacking, None) is not None

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        """Where each case lies in its file; all cases' headers are read for it, once."""
        return {name: place_of(case.images[0], self._in_file(case)) for name, case in self._cases.items()}

    @cached_property
    def _cuts(self) -> Mapping[str, Cut]:
        """The way of each case's axes."""
        cuts: Mapping[str, Cut] = dict.fromkeys(self._cases, Cut(0))
        if self.plan.planar:
            check_slices(self._cases, self._places)
        else:
            cuts = cuts_of(self._places, self.plan.axis).of
        masked = [name for name, case in self._cases.items() if case.mask is not None]
        return of_one_unit(cuts, self._places, masked, Path(self.plan.folder))

    def held(self, name: str) -> int:
        """Return how many images of a case are held at once while it is read some slices at a time."""
        return held_of(self._cases[name], self._cuts[name], len(self.plan.channels))

    def _files(self, name: str) -> Sequence[Path]:
        case = self._cases[name]
        return files_of([*case.images, *([case.mask] if case.mask else [])])

    def _way(self, name: str) -> str:
        """Return what beside the plan's words changes how a case is read: its cut, and whether its mask may lack."""
        numbered = " numbered by the mask" if name in self.plan.partly else ""  # once it was by the image
        cut = self._cuts[name]
        return f"{cut}{'' if cut.sized else ' unsized'} {self._patient(name) in self.split.unmasked}{numbered}"

    def _stream(self, name: str) -> Stream:
        case, cut = self._cases[name], self._cuts[name]

        def labels(place: Place) -> npt.NDArray[np.uint8] | None:
            mask = self._mask(case, Volume((), place, False), cut)
            return None if mask is None else checked_mask(mask, name, self.task)

        return streamed(case, cut, len(self.plan.channels), labels)

    def _read(self, name: str, masks: bool = True) -> Case:
        case, cut = self._cases[name], self._cuts[name]
        volume = read_volume(case, len(self.plan.channels))
        with np.errstate(over="ignore", invalid="ignore"):  # what float32 can't hold is told by the check
            first, *others = (cut.apply(channel).astype(np.float32) for channel in volume.channels)
        place = cut.place(volume.place)
        spacing = None if place.spacing is None else (place.spacing[0], place.spacing[1], place.spacing[2])
        mask = self._mask(case, volume, cut) if masks else None
        made = Case(name, self._patient(name), first, mask, spacing, place.affine, tuple(others))
        return checked(made, self.task)

    def _mask(self, case: ListedCase, volume: Volume, cut: Cut) -> npt.NDArray[np.uint8] | None:
        """Return the classes of a case's voxels, IGNORED where nobody labelled them; None where nobody has a mask."""
        labels = read_labels(case, volume, self.plan.labels, self.plan.ignored)
        if labels is None:
            bare = self._patient(case.name) in self.split.unmasked
            return None if bare else np.full(cut.place(volume.place).shape, IGNORED, np.uint8)
        seen = cut.view(labels)
        mask = np.empty(seen.shape, np.uint8)
        for number, plane in enumerate(seen):  # an index of all of a large volume takes eight times its bytes
            mask[number] = self._classes[plane]
        return only_marked(mask, case, self.plan.partly, volume.place, cut)

    @cached_property
    def _classes(self) -> npt.NDArray[np.uint8]:
        """The class of each value that a mask may hold."""
        return classes_of(self.plan.labels, self.plan.ignored)

    def _window(self, number: int, labeled: Sequence[str]) -> Window | None:
        channel = self.plan.channels[number]
        if channel.intensity != "ct" or channel.window is not None:
            return channel.window
        for patient in labeled:
            SEAL.check(patient, self.split.test)
        window = window_of(
            lambda: chain.from_iterable(inside(self._stream(name), number) for name in self.named(labeled))
        )
        if window is None:
            raise DataError(
                f"{self.dataset}: the labelled {self.split.unit}s hold no structure to take the CT window of channel "
                f"{channel.name} from; state it: python -m data.plan {self.plan.folder} --window -200 250"
            )
        return window
