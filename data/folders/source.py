"""A folder of one's own as a data set, read as its plan says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.case import Case, checked, labels_of
from data.content import Content, Digests
from data.digest_cache import cache_of
from data.errors import DataError
from data.folders.axes import Cut
from data.folders.endings import stem_of
from data.folders.files import BESIDE
from data.folders.form import Form
from data.folders.images import place_of, read_image, read_mask
from data.folders.licence import licence_of
from data.folders.listing import ListedCase, Listing
from data.folders.plan import Plan, Window
from data.held_out import SEAL
from data.orientation import Place, placed
from data.task import IGNORED, Task
from data.unseen.way import frame_of

READING = "folder 1"
"""Of how files become arrays: another one where that changes, or old digests would stand."""
LIKE = 0.3  # of the directions of axes: what is tilted by less lies alike
PERCENTILES = (0.5, 99.5)
"""Of the structures' grey values, between which CT is kept: nnU-Net (Isensee et al., Nature Methods 2021), as its CT
normalisation clips."""


class Folder:
    """The cases of a listing, read when asked for. root: the plan's file, by which it is found again."""

    def __init__(self, listing: Listing, plan: Plan, root: Path, fold: int | None = None) -> None:
        self.plan, self._in_file = plan, listing.channels_in_file
        self.root: Path | None = root
        self.split = plan.split(fold)
        self.dataset = self.split.dataset
        self._cases = {case.name: case for case in listing.cases if case.part != "predict"}
        self.task = Task(self.dataset, tuple(plan.labels), len(plan.channels), plan.planar, self._is_partial())
        self.origin = f"{listing.kind} in {Path(plan.folder).name}/, read as {root.name} says"
        files = {name: [*case.images, *([case.mask] if case.mask else [])] for name, case in self._cases.items()}
        self._digests = Digests(files, self._read, cache_of(Path(plan.folder), f"{READING} {plan.model_dump_json()}"))
        self._check_patients()

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients, in their order, then by name; without masks none is read.

        A case that lacks a mask beside others of its patient has one in which all is IGNORED.
        """
        for patient in patients:
            SEAL.check(patient, self.split.test)
        names = [name for patient in patients for name in self._of_patient.get(patient, ())]
        return [self._digests.check(self._read(name, masks)) for name in names]

    def fingerprint(self) -> str:
        """Return what changes with any grey value, label or voxel size that is read."""
        return self.content().fingerprint

    def content(self) -> Content:
        """Return the fingerprints of what training and scoring read."""
        parts = (*self.split.train, *self.split.val), self.split.test
        named = ({name: who for who in part for name in self._of_patient.get(who, ())} for part in parts)
        return Content(*(self._digests.fingerprint(part) for part in named))

    def former_fingerprint(self) -> str:
        """Return the fingerprint, which was never another."""
        return self.fingerprint()

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any]:
        """Return what of the plan changes a run's numbers and is neither in its split nor in the content of its data.

        windows: of each channel, the grey values that become 0 and 1; None where each volume is scaled by its own. Of
        CT without a stated window they are of the structures of these labelled patients. form: what the image files
        are like, by which other images are read as these are; the content tells it too.
        """
        windows = [self._window(number, labeled) for number in range(len(self.plan.channels))]
        return {
            "labels": dict(self.plan.labels),
            "channels": [channel.name for channel in self.plan.channels],
            "windows": [None if window is None else list(window) for window in windows],
            "fit": self.plan.fit,
            "form": asdict(self._form()),
        }

    def _form(self) -> Form:
        """Return what the image files are like, by the first case that trains."""
        first = self._cases[self._of_patient[self.split.train[0]][0]]
        stem = stem_of(first.images[0])
        return Form(
            channels=tuple(channel.name for channel in self.plan.channels),
            files=len(first.images),
            numbered=stem != first.name and BESIDE.fullmatch(stem) is not None,
            in_file=self._in_file,
            planar=self.plan.planar,
            axis=self.plan.axis,
            frame=None if self.plan.planar else self._frame(first),
        )

    def _frame(self, first: ListedCase) -> tuple[tuple[float, ...], ...] | None:
        """Return how the volumes lie, where all lie alike and say so: none is turned for training."""
        frames = (
            frame_of(place_of(case.images[0], self._in_file).affine, self.plan.axis)
            for case in (first, *self._cases.values())
        )
        frame = next(frames)
        alike = frame is not None and all(
            other is not None and np.allclose(other, frame, atol=LIKE) for other in frames
        )
        return frame if alike else None

    def told(self) -> Mapping[str, str]:
        """Return what was decided of the folder, in words, and the licence of its data where it tells it."""
        licence = licence_of(Path(self.plan.folder))
        return {**self.plan.told, **({} if licence is None else {"licence": licence})}

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

    def _check_patients(self) -> None:
        """Refuse a plan that is of other patients than the folder holds."""
        planned = {*self.split.train, *self.split.val, *self.split.test}
        found = {*self._of_patient}
        for name, words in ((planned - found, "names"), (found - planned, "lacks")):
            if name:
                raise DataError(
                    f"{self.root} {words} {self.split.unit} {min(name)}, and {self.plan.folder} "
                    f"{'has none such' if words == 'names' else 'holds it'}; edit the plan, or make it anew: "
                    f"python -m data.plan {self.plan.folder} --force"
                )
        masked = {self._patient(case.name) for case in self._cases.values() if case.mask is not None}
        without = sorted(planned - {*self.split.unmasked} - masked)
        if without:
            raise DataError(f"{self.root}: {without[0]} has no mask; move it to the plan's list unlabeled")

    def _read(self, name: str, masks: bool = True) -> Case:
        case, cut = self._cases[name], Cut(self.plan.axis)
        images = [volume for path in case.images for volume in [read_image(path, self._in_file)]]
        place = images[0].place
        channels = [channel for volume in images for channel in volume.channels]
        with np.errstate(over="ignore", invalid="ignore"):  # what float32 can't hold is told by the check
            first, *others = (cut.apply(channel).astype(np.float32) for channel in channels)
        spacing, affine = cut.of_place(place)
        mask = self._mask(case, place, first.shape) if masks else None
        return checked(Case(name, self._patient(name), first, mask, spacing, affine, tuple(others)), self.task)

    def _mask(self, case: ListedCase, place: Place, shape: tuple[int, ...]) -> npt.NDArray[np.uint8] | None:
        if case.mask is None:
            bare = self._patient(case.name) in self.split.unmasked
            return None if bare else np.full(shape, IGNORED, np.uint8)
        found = read_mask(case.mask)
        values = placed(found.channels[0], found.place, place, case.name)
        mask = self._classes(labels_of(Cut(self.plan.axis).apply(values), case.name), case)
        if case.name in self.plan.partly:
            unknown = np.ones(len(mask), bool)
            unknown[list(self.plan.partly[case.name])] = False
            mask[unknown] = IGNORED
        return mask

    def _classes(self, values: npt.NDArray[np.uint8], case: ListedCase) -> npt.NDArray[np.uint8]:
        """Return the class of each label value; DataError for a value that the plan doesn't name."""
        known = {0: 0, **{value: number for number, value in enumerate(self.plan.labels.values(), 1)}}
        if self.plan.ignored is not None:
            known[self.plan.ignored] = IGNORED
        unknown = sorted({*np.unique(values).tolist()} - {*known})
        if unknown:
            names = ", ".join(f"{value} {name}" for name, value in self.plan.labels.items())
            raise DataError(
                f"case {case.name}: {case.mask} holds label value {unknown[0]}; known are 0 background, {names}; name "
                f"it under labels in {self.root}, or mend the mask"
            )
        table = np.zeros(256, np.uint8)
        table[list(known)] = list(known.values())
        return table[values]

    def _window(self, number: int, labeled: Sequence[str]) -> Window | None:
        channel = self.plan.channels[number]
        if channel.intensity != "ct" or channel.window is not None:
            return channel.window
        inside = [
            case.channels[number][(case.mask > 0) & (case.mask != IGNORED)]
            for case in self.cases(labeled)
            if case.mask is not None
        ]
        values = np.concatenate(inside)
        if not values.size:
            raise DataError(
                f"{self.dataset}: the labelled {self.split.unit}s hold no structure to take the CT window of channel "
                f"{channel.name} from; state it: python -m data.plan {self.plan.folder} --window -200 250"
            )
        low, high = (float(value) for value in np.percentile(values, PERCENTILES))
        return (low, high) if low < high else (low, low + 1)
