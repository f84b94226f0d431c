"""What keeps the test patients from being read but through the gate: one seal a process, whatever holds a source."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from data.errors import DataError


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
