"""The test patients: sealed in every source, and given out through one gate, after training and written down.

A source refuses a test patient by itself: it asks the process's one seal, which only the gate lifts, for one reading,
and which nobody can lift while anything trains. So a source found anew is sealed as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from data.case import Case
from data.content import Content, Digests, Known
from data.errors import DataError
from data.source import Source
from data.split import Split


class Seal:
    """Closed unless the gate lifts it for one reading, and not to be lifted while anything trains."""

    def __init__(self) -> None:
        self._lifted = 0
        self._training = 0

    def check(self, patient: str, test: Collection[str]) -> None:
        """Raise DataError for a test patient unless the seal is lifted."""
        if not self._lifted and patient in test:
            raise DataError(f"test patient {patient} was asked for outside the gate; only scoring may read it")

    @contextmanager
    def training(self) -> Iterator[None]:
        """Refuse to be lifted meanwhile, whoever asks."""
        self._training += 1
        try:
            yield
        finally:
            self._training -= 1

    @contextmanager
    def lifted(self, purpose: str) -> Iterator[None]:
        """Let the test patients be read meanwhile; DataError while anything trains in this process."""
        if self._training:
            raise DataError(f"the test patients were asked for ({purpose}) while training; they are scored after it")
        self._lifted += 1
        try:
            yield
        finally:
            self._lifted -= 1


SEAL = Seal()
"""The process's own: sources ask it before they read a patient, so that a source found anew is sealed as well."""


def known_of(digests: Digests, named: Mapping[str, str], split: Split) -> list[Known]:
    """Return what cases hold, given by name with their patients; DataError for a test patient while the seal holds."""
    for patient in named.values():
        SEAL.check(patient, split.test)
    return [Known(name, patient, digests.of(name), digests.reading) for name, patient in named.items()]


@dataclass(frozen=True)
class Opening:
    """What the test patients were read for, and after how many updates of training."""

    purpose: str
    updates: int


class Outside:
    """A source without its test patients, whose names alone are in its split."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.dataset, self.task, self.split, self.origin = source.dataset, source.task, source.split, source.origin
        self.root = source.root

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return cases as the source does; DataError for a test patient."""
        for patient in patients:  # of a source that doesn't ask the seal itself, too
            SEAL.check(patient, self.split.test)
        return self._source.cases(patients, masks)

    def known(self, patients: Sequence[str]) -> Sequence[Known] | None:
        """Return what the cases of patients hold, as the source does; DataError for a test patient."""
        for patient in patients:
            SEAL.check(patient, self.split.test)
        return self._source.known(patients)

    def fingerprint(self) -> str:
        """Return the source's fingerprint."""
        return self._source.fingerprint()

    def content(self) -> Content | None:
        """Return the source's content."""
        return self._source.content()

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any] | None:
        """Return how the source is read where these patients are labelled."""
        return self._source.reading(labeled)

    def told(self) -> Mapping[str, str]:
        """Return what was decided of the source."""
        return self._source.told()

    def former_fingerprint(self) -> str:
        """Return the source's fingerprint as it was before it was of the content."""
        return self._source.former_fingerprint()


HELD = 2**28
"""Bytes of test cases from which on no further one is held beside them. ACDC's 40 have a third of it, as a volume of
LiTS has alone."""


class HeldOut:
    """The test cases behind a gate that was opened, in parts that memory holds; one part alone is read once.

    Where it ends depends on the cases' sizes, not on the machine: on what is held together last digits may depend.
    """

    def __init__(self, source: Source, purpose: str) -> None:
        self._source, self._purpose = source, purpose
        self._whole: Sequence[Case] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all cases are held, which they may be once they were read."""
        return self._whole is not None

    def parts(self) -> Iterator[Sequence[Case]]:
        """Yield the cases with their masks, patient after patient; what is beyond HELD is read anew each time."""
        if self._whole is not None:
            yield self._whole
            return
        part, patients = list[Case](), self._source.split.test
        for number, patient in enumerate(patients, 1):
            part += self.of([patient])
            if number == len(patients) or sum(map(_bytes, part)) >= HELD:
                self._whole = part if number == len(patients) and part[0].patient == patients[0] else None
                yield part
                part = []

    def of(self, patients: Sequence[str]) -> list[Case]:
        """Return the cases of some test patients."""
        if self._whole is not None:
            return [case for patient in patients for case in self._whole if case.patient == patient]
        with SEAL.lifted(self._purpose):
            return self._source.cases(patients)


def _bytes(case: Case) -> int:
    return sum(channel.nbytes for channel in case.channels) + (0 if case.mask is None else case.mask.nbytes)


class Gate:
    """Gives out the test cases of a source; ``outside`` is the source for everyone else.

    log: a file that gets a line of JSON an opening, and keeps those of runs that were cut off.
    """

    def __init__(self, source: Source, log: Path | None = None) -> None:
        self.outside = Outside(source)
        self.log = log
        self.openings: list[Opening] = []
        self._source = source

    @contextmanager
    def shut(self) -> Iterator[Outside]:
        """Give what is outside, and let no gate of this process open meanwhile."""
        with SEAL.training():
            yield self.outside

    def open(self, purpose: str, updates: int) -> list[Case]:
        """Return the test cases with their masks and log it.

        DataError while a gate of this process is shut, or where the log can't be written.
        """
        with SEAL.lifted(purpose):
            self._write_down(Opening(purpose, updates))
            return self._source.cases(self._source.split.test)

    def unlocked(self, purpose: str, updates: int) -> HeldOut:
        """Return the test cases to be read a part after the other, and log it as one opening; DataError as ``open``."""
        with SEAL.lifted(purpose):
            self._write_down(Opening(purpose, updates))
        return HeldOut(self._source, purpose)

    def _write_down(self, opening: Opening) -> None:
        if self.log is not None:
            self._log(self.log, opening)
        self.openings.append(opening)

    @staticmethod
    def _log(log: Path, opening: Opening) -> None:
        line = {"when": datetime.now(timezone.utc).isoformat(timespec="seconds"), **asdict(opening)}
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise DataError(
                f"{log} cannot be written ({error.strerror}), and test patients are read only where that is "
                "written down; make it writable"
            ) from None
