"""Whose images are asked about: the labelled patients that may be held out, and their folds as data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmark.errors import UsageError
from data.catalog import find, names_folder
from data.errors import DataError
from data.folders.listing import list_folder
from data.folders.plan import Plan, validating, write_plan
from data.folders.planning import Choices, planned
from data.folders.source import Folder
from data.published import Published
from data.source import Source
from data.sources.fold import FEWEST, Fold

LEAST = 2
"""Labelled patients: one trains while the other is held out."""


@dataclass(frozen=True)
class Subject:
    """A data set with its patients that have masks and may be held out, in the order of their folds.

    aside: patients that the data set itself keeps for testing, which nothing here reads.
    """

    source: Source
    patients: tuple[str, ...]
    aside: tuple[str, ...]

    @property
    def has_unlabeled(self) -> bool:
        """Whether there are images that nobody labelled, whole ones or slices."""
        return bool(self.source.split.unmasked) or self.source.task.partial

    @cached_property
    def fold(self) -> Source:
        """Return a fold, which holds all that an advice may read; nothing of test patients of a folder's own."""
        return folds_at(self, self.count(3), None)[0]

    def count(self, wanted: int) -> int:
        """Return the number of folds, as wanted or each patient one where they are few."""
        few = len(self.patients) < FEWEST
        return len(self.patients) if few else min(wanted, len(self.patients))

    def settings(self, folds: int) -> tuple[str, ...]:
        """Return which shares of a fold's labels can be tried: ``all`` needs unlabelled images, ``half`` two patients.

        UsageError where neither can.
        """
        found = (*["all"] * self.has_unlabeled, *["half"] * (min(self.trained(folds)) >= 2))
        if not found:
            raise UsageError(
                f"{self.source.dataset}: nothing would be unlabelled: it has no image without a mask, and a fold "
                f"trains on 1 of its {len(self.patients)} labelled {self.source.split.unit}s; add images without masks"
            )
        return found

    def trained(self, folds: int) -> list[int]:
        """Return how many labelled patients each fold trains on."""
        others = [len(self.patients) - len(self.patients[number::folds]) for number in range(folds)]
        return [count - validating(count, self.share) for count in others]

    @property
    def share(self) -> float:
        """The share of those not held out that validates, as the data set's; none where they are few."""
        split = self.source.split
        if len(self.patients) < FEWEST:
            return 0.0
        return len(split.val) / (len(split.val) + len(split.masked))


def subject_of(dataset: str, data_root: Path | None) -> Subject:
    """Return what is asked about; DataError or UsageError where it is not there or has too few labelled patients."""
    source = _found(dataset, data_root)
    if isinstance(source, Fold) or (isinstance(source, Folder) and source.dataset != source.plan.dataset):
        raise UsageError(f"{dataset} is a fold; name the data set that it is of, whose folds are made here")
    split = source.split
    aside = _own_tests(source) if isinstance(source, Folder) else split.test
    kept = {*aside}
    patients = tuple(name for name in (*split.masked, *split.val, *split.test) if name not in kept)
    if len(patients) < LEAST:
        raise UsageError(
            f"{dataset}: {len(patients)} labelled {split.unit} can't show anything; at least {LEAST} are needed, so "
            "that one is trained on while another is held out"
        )
    return Subject(source, patients, aside)


def folds_of(subject: Subject, count: int, file: Path) -> Mapping[str, Source]:
    """Return the folds as data sets by what ``--dataset`` takes; a folder's are those of a plan written to ``file``."""
    source = subject.source
    if isinstance(source, Published):
        before, behind = f"{source.dataset}:fold", f"of{count}"
    else:
        assert isinstance(source, Folder)
        before, behind = f"{file}:fold", ""
        write_plan(cut(source.plan, subject, count), file)
    return {f"{before}{number}{behind}": fold for number, fold in enumerate(folds_at(subject, count, file), 1)}


def folds_at(subject: Subject, count: int, file: Path | None) -> list[Source]:
    """Return the folds as data sets; a folder's are of a plan that lies, or will, in ``file``."""
    source, numbers = subject.source, range(1, count + 1)
    if isinstance(source, Published):
        return [Fold(source, number, count) for number in numbers]
    assert isinstance(source, Folder)
    plan, listing = cut(source.plan, subject, count), list_folder(Path(source.plan.folder), broken=source.plan.broken)
    return [Folder(listing, plan, file, number) for number in numbers]


def cut(plan: Plan, subject: Subject, count: int) -> Plan:
    """Return a folder's plan with its patients in so many folds, and its own test patients left alone."""
    folds = tuple(subject.patients[number::count] for number in range(count))
    others = [name for name in subject.patients if name not in folds[0]]
    validated = validating(len(others), subject.share)
    parts = {"train": others[validated:], "val": others[:validated], "test": folds[0], "folds": folds}
    return made(plan, f"{plan.dataset}-advice", {**parts, "aside": subject.aside})


def everything(plan: Plan, subject: Subject) -> Plan:
    """Return a folder's plan that trains on all it can: one patient validates and one tests, which a run needs.

    A folder's own test patients test; where patients are few none validates.
    """
    others = list(subject.patients)
    tested = subject.aside or (others.pop(),)
    validated = tuple(others.pop() for _ in range(len(subject.patients) >= FEWEST))
    parts = {"train": others, "val": validated, "test": tested, "folds": (), "aside": ()}
    return made(plan, f"{plan.dataset}-everything", parts)


def made(plan: Plan, dataset: str, parts: Mapping[str, object]) -> Plan:
    """Return a plan with another name and other parts, checked."""
    return Plan.model_validate({**plan.model_dump(), "dataset": dataset, **parts})


def _found(dataset: str, data_root: Path | None) -> Source:
    """Return a data set; a folder with two labelled patients, which no run takes by itself, without a plan of its own.

    A folder that is named like a data set lies there by its path.
    """
    try:
        return find(dataset, data_root)
    except DataError:
        if not names_folder(dataset) or not Path(dataset).is_dir():
            raise
        listing, plan = planned(Path(dataset), Choices(val=0))
        return Folder(listing, plan, None)


def _own_tests(source: Folder) -> tuple[str, ...]:
    """Return the patients that a folder itself keeps for testing; those that its plan drew are none."""
    listing = list_folder(Path(source.plan.folder), broken=source.plan.broken)
    return tuple(sorted({source.plan.patients.get(case.name, case.name) for case in listing.of("test")}))
