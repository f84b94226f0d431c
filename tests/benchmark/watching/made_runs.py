"""Runs that were never trained: a cell's values, a history and a code, done or under way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.bands import command as bands
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.training.history import COLUMNS
from benchmark.training.progress import PROGRESS
from benchmark.training.trail import TRAIL
from data.catalog import find
from results.code import CODE, Code, code_of
from results.logged import Row
from results.store import Store
from results.writing import write_json
from tests.results.made import cases, record

PARTS = {"method": {"methods/supervised.py": "aa"}, "training": {"b.py": "bb"}, "scoring": {"c.py": "cc"}}
MINE = code_of(PARTS)
LOSSES, DICES = (1.0, 1.1, 0.9, 1.2, 0.8), (0.40, 0.44, 0.38, 0.46, 0.42)


def cell(seed: int = 0, **wish: Any) -> Cell:
    asked = {"method": "supervised", "preset": "smoke", "labeled": 2, **wish}
    return resolve_cell(Wish(seed=seed, **asked), find("phantom"), "cpu")


def rows(loss: float, dice: float, until: int = 40, every: int = 20) -> list[Row]:
    """Return a history whose loss falls to a half and a quarter, and whose Dice is told at the end."""
    found: list[Row] = []
    for update in range(every, until + 1, every):
        found += [("train", update, term, loss * 10 / update) for term in ("total", "supervised")]
        found.append(("train", update, "encoder_gradient", 0.3))
    return [*found, ("train", 40, "val_dice", dice)] if until >= 40 else found


def done(root: Path, one: Cell, history: Sequence[Row], code: Code | None = MINE, **environment: str) -> Path:
    """Save a run that is done, and return its folder."""
    told = {name: getattr(one, name) for name in ("method", "preset", "seed", "init_seed", "data_seed", "dataset")}
    made = record(table := cases(), id=one.id, **told)
    machine = {"hardware": "x86_64", "precision": "bf16", "torch": "2", **environment}
    made = made.model_copy(update={"code": code, "environment": machine})
    write_json(root / one.id / "cell.json", one.model_dump(mode="json"))
    tables = {"cases": table, "history": pd.DataFrame(history, columns=COLUMNS)}
    Store(root).save(one.id, made, tables, {})
    return root / one.id


def under_way(root: Path, one: Cell, history: Sequence[Row]) -> Path:
    """Leave what a run has written in its folder by some update, and return the folder."""
    folder = root / one.id
    write_json(folder / "cell.json", one.model_dump(mode="json"))
    write_json(folder / CODE, PARTS)
    (folder / TRAIL).write_text("".join(f"{json.dumps(row)}\n" for row in history))
    last = history[-1][1] if history else 0
    write_json(folder / PROGRESS, {"stage": "train", "update": last, "total": 40, "rate": 2.0})
    return folder


def five_seeds(root: Path, **wish: Any) -> Path:
    """Make the bands of five seeds, and return their folder."""
    for seed, (loss, dice) in enumerate(zip(LOSSES, DICES, strict=True)):
        done(root / "seeds", cell(seed, **wish), rows(loss, dice))
    assert bands([str(root / "seeds"), "--into", str(root / "bands")]) == 0
    return root / "bands"
