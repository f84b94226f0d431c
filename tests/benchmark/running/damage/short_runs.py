"""A run of a second, killed where a test wants it, and what may become of its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training.progress import Progress
from data.catalog import find
from results.store import Store

CPU = torch.device("cpu")
TABLES = ("cases", "history", "ledger", "conventions", "volumes")
UPDATES = 4
Harm = Callable[[Path, np.random.Generator], None]


def the_cell(method: str = "supervised") -> Cell:
    wish = Wish(method=method, preset="smoke", labeled=2, set={"updates": UPDATES, "validations": 2})
    return resolve_cell(wish, find("phantom"), "cpu")


def made(out: Path, **options: Any) -> Path:
    return run_cell(the_cell(), find("phantom"), Store(out), Options(CPU, log_every=1, save_seconds=0, **options))


class KilledError(Exception):
    """Stands for the end of the process."""


def killed_at(update: int, out: Path, **options: Any) -> None:
    """Run the cell until it shows an update."""

    def show(self: Progress, stage: str, done: int, terms: object) -> None:
        if done == update:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Progress, "show", show)
        with pytest.raises(KilledError):
            made(out, **options)


def content(folder: Path) -> list[bytes]:
    return [(folder / f"{name}.parquet").read_bytes() for name in TABLES]


def flipped(path: Path, rng: np.random.Generator) -> None:
    found = bytearray(path.read_bytes())
    found[rng.integers(len(found))] ^= 1 << int(rng.integers(8))
    path.write_bytes(found)


def cut(path: Path, rng: np.random.Generator) -> None:
    path.write_bytes(path.read_bytes()[: int(rng.integers(path.stat().st_size))])


def emptied(path: Path, rng: np.random.Generator) -> None:
    path.write_bytes(b"")


def deleted(path: Path, rng: np.random.Generator) -> None:
    path.unlink()


HARMS = (flipped, cut, emptied, deleted)
