"""A generated short-axis cardiac data set: always there, deterministic, and hard where MRI is hard."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from data.case import Case, checked
from data.content import Content
from data.errors import DataError
from data.held_out import SEAL
from data.published import Published
from data.sources.phantom_anatomy import Heart, Scene, draw_heart, label_map
from data.sources.phantom_signal import Scan, acquire
from data.split import Split
from data.task import Task

TASK = Task("phantom", ("RV", "Myo", "LV"))
VERSION = 2  # of the generator: a change of its pictures changes the fingerprint
FRAMES = ("ED", "ES")


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
    task = TASK

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        counts = (parameters.train, parameters.val, parameters.test)
        names = [f"phantom{number:03d}" for number in range(1, sum(counts) + 1)]
        ends = np.cumsum((0, *counts)).tolist()
        parts = (tuple(names[a:b]) for a, b in itertools.pairwise(ends))
        self.split = Split("phantom", "patient", f"generated, seed {parameters.seed}", *parts)
        self._made: dict[str, Sequence[Case]] = {}  # a process that runs many cells draws each heart once
        self.origin = f"generated cardiac phantom, version {VERSION}, seed {parameters.seed}; not data of patients"

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients, in their order, end-diastole before end-systole."""
        return [case for patient in patients for case in self._cases_of(patient, masks)]

    def fingerprint(self) -> str:
        """Return sixteen hex digits over the generator's version and parameters."""
        text = json.dumps({"version": VERSION, **asdict(self.parameters)}, sort_keys=True)
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
            cases.append(checked(Case(f"{patient}_{frame}", patient, image, labels, _spacing(heart)), TASK))
        return cases

    def _rng(self, *names: str) -> np.random.Generator:
        text = "\x1f".join((str(self.parameters.seed), *names))
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def _spacing(heart: Heart) -> tuple[float, float, float]:
    return (heart.thickness_mm, heart.pixel_mm, heart.pixel_mm)
