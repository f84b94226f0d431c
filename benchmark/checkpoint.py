"""The file a run can be resumed from: whole or absent, and loaded without executing anything."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmark.errors import RunError
from results.store import write_atomic


class Checkpoint:
    """One file; ``None`` as its path keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def save(self, state: Mapping[str, Any]) -> None:
        """Write the state in place of the last one, whole or not at all."""
        if self.path is not None:
            write_atomic(self.path, lambda file: torch.save(dict(state), file))

    def load(self, device: torch.device) -> Mapping[str, Any] | None:
        """Return the state, or None where there is none; RunError where the file is damaged."""
        if self.path is None or not self.path.exists():
            return None
        try:
            state: Mapping[str, Any] = torch.load(self.path, map_location=device, weights_only=True)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise RunError(f"{self.path} is damaged ({reason}); delete it and the run starts anew") from None
        return state
