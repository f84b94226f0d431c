"""The one way to the test patients, shut while anything trains; it writes down who asked and when.

Sources refuse a test patient by themselves (`seal.py`); only the gate lifts that, for one reading.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from data.case import Case
from data.catalog import Source
from data.errors import DataError
from data.held_out.seal import SEAL


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

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return cases as the source does; DataError for a test patient."""
        for patient in patients:  # of a source that doesn't ask the seal itself, too
            SEAL.check(patient, self.split.test)
        return self._source.cases(patients, masks)

    def fingerprint(self) -> str:
        """Return the source's fingerprint."""
        return self._source.fingerprint()


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

    def _write_down(self, opening: Opening) -> None:
        if self.log is not None:
            self._log(self.log, opening)
        self.openings.append(opening)

    @staticmethod
    def _log(log: Path, opening: Opening) -> None:
        line = {"when": datetime.now(timezone.utc).isoformat(timespec="seconds"), **asdict(opening)}
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise DataError(
                f"{log} cannot be written ({error.strerror}), and test patients are read only where that is "
                "written down; make it writable"
            ) from None
