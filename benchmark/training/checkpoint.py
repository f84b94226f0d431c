"""The file a run can be resumed from: whole or absent, and loaded without executing anything."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from benchmark.errors import PassingError, RunError
from results.writing import write_atomic

WORD = b"sha256 "
DIGITS = 64
COMMENT = len(WORD) + DIGITS
SEAL = 2 + COMMENT


def nothing() -> Mapping[str, str]:
    """Return that nothing is kept beside a checkpoint."""
    return {}


class OtherRunError(RunError):
    """A checkpoint is of another run. mark: in what it differs."""

    def __init__(self, message: str, path: Path, mark: str) -> None:
        super().__init__(message)
        self.path, self.mark = path, mark


class Checkpoint:
    """One file; ``None`` as its path keeps nothing.

    marks: what the run is, its cell's id for one; a file with other marks is refused. beside: returns the checksums of
    the files that the state needs beside it, when it is saved. Without marks, and in older versions' files, is neither.
    """

    def __init__(
        self,
        path: Path | None,
        marks: Mapping[str, str | int] | None = None,
        beside: Callable[[], Mapping[str, str]] = nothing,
    ) -> None:
        self.path, self.marks, self.beside = path, dict(marks or {}), beside

    def save(self, state: Mapping[str, Any]) -> None:
        """Write the state in place of the last one, whole or not at all."""
        if self.path is None:
            return
        buffer = io.BytesIO()
        stamp = {"marks": self.marks, "beside": dict(self.beside())} if self.marks else {}
        torch.save({**state, **stamp}, buffer)
        body = buffer.getbuffer()[:-2]
        write_atomic(self.path, lambda file: file.writelines((body, _seal(body))))

    def load(self, device: torch.device) -> Mapping[str, Any] | None:
        """Return the state, or None where there is none; RunError where the file is damaged or another run's."""
        if self.path is None or not self.path.exists():
            return None
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise PassingError(f"{self.path} cannot be read ({error.strerror}); mend that, or delete it") from None
        if checksum(content) is None:
            raise RunError(f"{self.path} is damaged (not what its checksum says); delete it and the run starts anew")
        try:
            state: Mapping[str, Any] = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise RunError(f"{self.path} is damaged ({reason}); delete it and the run starts anew") from None
        self._check_marks(state.get("marks", {}))
        return state

    def _check_marks(self, found: Mapping[str, str | int]) -> None:
        for name, mine in self.marks.items():
            if found.get(name, mine) != mine:
                assert self.path is not None
                words = f"{self.path} is of a run with {name} {found[name]}, and this one has {mine}"
                advice = "go on with that one, or delete the file and this one starts anew"
                raise OtherRunError(f"{words}; {advice}", self.path, name)


def is_finished(state: Mapping[str, Any] | None) -> bool:
    """Return whether a state is of a training that ended: the chosen weights themselves."""
    return state is not None and "chosen" in state


def checksum(content: bytes) -> str | None:
    """Return the checksum that a checkpoint's content ends with; None where the content is not what it says."""
    whole = content[-SEAL:] == _seal(memoryview(content)[:-SEAL])
    return content[-DIGITS:].decode() if whole else None


def _seal(body: memoryview) -> bytes:
    """Return what ends the file: the checksum of all before it as the archive's comment, after the comment's length.

    torch writes zip archives, whose last field is the length of a comment, 0; torch.load reads one with a comment too.
    """
    return struct.pack("<H", COMMENT) + WORD + hashlib.sha256(body).hexdigest().encode()
