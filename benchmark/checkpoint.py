"""The file a run can be resumed from: whole or absent, and loaded without executing anything."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmark.errors import RunError
from results.store import write_atomic

WORD = b"sha256 "
COMMENT = len(WORD) + 64
SEAL = 2 + COMMENT


class Checkpoint:
    """One file; ``None`` as its path keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def save(self, state: Mapping[str, Any]) -> None:
        """Write the state in place of the last one, whole or not at all."""
        if self.path is None:
            return
        buffer = io.BytesIO()
        torch.save(dict(state), buffer)
        body = buffer.getbuffer()[:-2]
        write_atomic(self.path, lambda file: file.writelines((body, _seal(body))))

    def load(self, device: torch.device) -> Mapping[str, Any] | None:
        """Return the state, or None where there is none; RunError where the file is damaged."""
        if self.path is None or not self.path.exists():
            return None
        content = self.path.read_bytes()
        if content[-SEAL:] != _seal(memoryview(content)[:-SEAL]):
            raise RunError(f"{self.path} is damaged (not what its checksum says); delete it and the run starts anew")
        try:
            state: Mapping[str, Any] = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise RunError(f"{self.path} is damaged ({reason}); delete it and the run starts anew") from None
        return state


def _seal(body: memoryview) -> bytes:
    """Return what ends the file: the checksum of all before it as the archive's comment, after the comment's length.

    torch writes zip archives, whose last field is the length of a comment, 0; torch.load reads one with a comment too.
    """
    return struct.pack("<H", COMMENT) + WORD + hashlib.sha256(body).hexdigest().encode()
