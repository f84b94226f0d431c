"""Which patients train, validate and test, and which of them are labelled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np

from data.errors import DataError, DataUsageError

FOLDER = Path(__file__).resolve().parent / "splits"
DRAWS = ("canonical", "random")
RATIO = "0.05"
"""Share of the training patients that is labelled where nothing is said."""


@dataclass(frozen=True)
class Split:
    """Patients of a data set (or volumes, where a patient has one), disjoint, training ones in labelling order.

    unmasked: those training patients, last in their order, whose masks nobody has; they are never labelled.
    """

    dataset: str
    unit: str
    source: str
    train: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]
    unmasked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        everyone = [*self.train, *self.val, *self.test]
        twice = sorted({patient for patient in everyone if everyone.count(patient) > 1})
        if twice:
            raise DataError(
                f"split of {self.dataset}: {twice[0]} is listed twice; each {self.unit} belongs to one part"
            )
        if self.unmasked != self.train[len(self.train) - len(self.unmasked) :]:
            raise DataError(f"split of {self.dataset}: {self.unit}s without masks come last in the training part")

    @property
    def masked(self) -> tuple[str, ...]:
        """Training patients that can be labelled, in labelling order."""
        return self.train[: len(self.train) - len(self.unmasked)]

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with any patient or the order of any part."""
        values = asdict(self)
        if not self.unmasked:  # as it was before there were such
            del values["unmasked"]
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def labeled(self, count: int, draw: str, seed: int) -> tuple[str, ...]:
        """Return the labelled patients: the first of the list, or as many drawn by the seed, in the list's order."""
        if not 1 <= count <= len(self.masked):
            known = f"the {self.unit}s that {self.dataset} trains on" + " and that have masks" * bool(self.unmasked)
            raise DataUsageError(f"--labeled {count}: expected 1 to {len(self.masked)}, {known}")
        if draw == "canonical":
            return self.train[:count]
        if draw != "random":
            raise DataUsageError(f"--label-draw: there is no label draw {draw!r}; known are {', '.join(DRAWS)}")
        text = "\x1f".join(("labels", self.dataset, str(count), str(seed)))
        rng = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))
        chosen = set(rng.choice(len(self.masked), count, replace=False).tolist())
        return tuple(patient for k, patient in enumerate(self.masked) if k in chosen)

    def unlabeled(self, labeled: Sequence[str]) -> tuple[str, ...]:
        """Return the other training patients, in order."""
        known = set(labeled)
        return tuple(patient for patient in self.train if patient not in known)


def labeled_count(ratio: str | float, patients: int) -> int:
    """Return max(1, floor(ratio * patients)), exact for a decimal ratio in (0, 1]."""
    try:
        share = Fraction(str(ratio))
    except (ValueError, ZeroDivisionError):
        raise DataUsageError(f"--ratio {ratio}: expected a number above 0 and up to 1, such as 0.05") from None
    if not 0 < share <= 1:
        raise DataUsageError(f"--ratio {ratio}: expected a number above 0 and up to 1, such as 0.05")
    return max(1, floor(share * patients))


def read_split(dataset: str) -> Split:
    """Return the packaged split of a data set."""
    path = FOLDER / f"{dataset}.json"
    if not path.exists():
        raise DataError(
            f"there is no split for {dataset!r}; known are {', '.join(sorted(p.stem for p in FOLDER.glob('*.json')))}"
        )
    values = json.loads(path.read_text(encoding="utf-8"))
    parts = (tuple(values[part]) for part in ("train", "val", "test"))
    return Split(values["dataset"], values["unit"], values["source"], *parts)
