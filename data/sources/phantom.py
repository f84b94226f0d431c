"""A generated short-axis cardiac data set: always there, deterministic, and hard where MRI is hard."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from data.case import Case, checked
from data.content import Content
from data.errors import DataError
from data.held_out import SEAL
from data.published import Published
from data.sources.phantom_anatomy import Heart, Scene, draw_heart, label_map
from data.sources.phantom_signal import Scan, acquire
from data.split import Split
from data.task import Task

STRUCTURES = ("RV", "Myo", "LV")
VERSION = 2  # of the generator: a change of its pictures changes the fingerprint
FRAMES = ("ED", "ES")
CLOSE = 80  # pixels of a side, of an image of 112 to 144: most hearts lie in it whole


@dataclass(frozen=True)
class Parameters:
    """Size and seed of the data set; every patient is generated from (seed, patient) alone."""

    seed: int = 0
    train: int = 40
    val: int = 6
    test: int = 12


class Phantom(Published):
    """Patients with two frames each, generated when asked for."""

    dataset = "phantom"
    version: Mapping[str, int] = {"version": VERSION}
    called = f"generated cardiac phantom, version {VERSION}"

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.task = Task(self.dataset, STRUCTURES)
        counts = (parameters.train, parameters.val, parameters.test)
        names = [f"phantom{number:03d}" for number in range(1, sum(counts) + 1)]
        ends = np.cumsum((0, *counts)).tolist()
        parts = (tuple(names[a:b]) for a, b in itertools.pairwise(ends))
        self.split = Split(self.dataset, "patient", f"generated, seed {parameters.seed}", *parts)
        self._made: dict[str, Sequence[Case]] = {}  # a process that runs many cells draws each heart once
        self.origin = f"{self.called}, seed {parameters.seed}; not data of patients"

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients, in their order, end-diastole before end-systole."""
        return [case for patient in patients for case in self._cases_of(patient, masks)]

    def fingerprint(self) -> str:
        """Return sixteen hex digits over the generator's version and parameters."""
        text = json.dumps({**self.version, **asdict(self.parameters)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def content(self) -> Content | None:
        """Return None: version and parameters of the generator say all but the last bits, which are a machine's."""
        return None

    def former_fingerprint(self) -> str:
        """Return the fingerprint, which is as it was."""
        return self.fingerprint()

    def _cases_of(self, patient: str, masks: bool) -> list[Case]:
        if patient not in {*self.split.train, *self.split.val, *self.split.test}:
            raise DataError(
                f"the phantom has no patient {patient!r}; it has {self.split.train[0]} to {self.split.test[-1]}"
            )
        SEAL.check(patient, self.split.test)
        if patient not in self._made:
            self._made[patient] = self._drawn(patient)
        return [made if masks else replace(made, mask=None) for made in self._made[patient]]

    def _drawn(self, patient: str) -> list[Case]:
        """Return both frames, of one scene and one scan, since only the heart and the noise differ."""
        hearts = {frame: draw_heart(self._rng(patient, "anatomy"), systole=frame == "ES") for frame in FRAMES}
        scene, scan = Scene.of(hearts["ED"]), Scan.of(hearts["ED"], self._rng(patient, "signal"))
        cases = []
        for frame, heart in hearts.items():
            labels = label_map(heart, scene)
            image = acquire(heart, scene, labels, scan, self._rng(patient, frame))
            cases.append(checked(Case(f"{patient}_{frame}", patient, image, labels, _spacing(heart)), self.task))
        return cases

    def _rng(self, *names: str) -> np.random.Generator:
        text = "\x1f".join((str(self.parameters.seed), *names))
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


class PhantomClose(Phantom):
    """The same hearts, each cut out of its image: larger in what a network sees, and so sooner learnt."""

    dataset = "phantom_close"
    version: Mapping[str, int] = {"version": VERSION, "close": CLOSE}
    called = f"{Phantom.called}, cut to {CLOSE} x {CLOSE} pixels around the heart"

    def _drawn(self, patient: str) -> list[Case]:
        """Return both frames in one square, around what end-diastole has of the heart."""
        cases = super()._drawn(patient)
        seen = (slice(None), _middle(cases[0], 1), _middle(cases[0], 2))
        return [replace(case, image=case.image[seen], mask=_masks(case)[seen]) for case in cases]


def _middle(case: Case, axis: int) -> slice:
    """Return CLOSE pixels of an axis around the heart, inside the image."""
    mask = _masks(case)
    found = np.flatnonzero(mask.any(tuple({0, 1, 2} - {axis})))
    begin = (found[0] + found[-1] + 1 - CLOSE) // 2
    begin = int(np.clip(begin, 0, mask.shape[axis] - CLOSE))
    return slice(begin, begin + CLOSE)


def _masks(case: Case) -> npt.NDArray[np.uint8]:
    assert case.mask is not None  # what is drawn has one
    return case.mask


def _spacing(heart: Heart) -> tuple[float, float, float]:
    return (heart.thickness_mm, heart.pixel_mm, heart.pixel_mm)
