"""The runs of an advice as a protocol that sweeps read, and what each of its cells is for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmark.advising.ladder import ALONE, Step
from benchmark.cells.cell import Cell, resolve_cell
from benchmark.cells.protocol import read_protocol
from data.source import Source
from results.writing import write_text

RATIOS: Mapping[str, float] = {"all": 1.0, "half": 0.5}
"""The share of a fold's labels by setting."""

VALIDATED: Mapping[str, int] = {"validations": 1}
"""Once, at the end: the last weights are what is compared, and each look at validation patients also makes a point of
the ledger, which is a pass over all that is held out."""


@dataclass(frozen=True)
class Run:
    """A cell and what it is for. fold: from 1 on."""

    cell: Cell
    setting: str
    fold: int

    def told(self) -> Mapping[str, object]:
        """Return what a page needs to know of it."""
        told = {"id": self.cell.id, "method": self.cell.method, "twin": self.cell.twin, "seed": self.cell.seed}
        return {**told, "setting": self.setting, "fold": self.fold}


@dataclass(frozen=True)
class Grid:
    """What is run: a step with the settings of labels and the methods."""

    title: str
    step: Step
    settings: Sequence[str]
    methods: Sequence[str]

    def values(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {"title": self.title, "step": asdict(self.step), "settings": self.settings, "methods": self.methods}


def grid_of(values: Mapping[str, object]) -> Grid:
    """Return what ``values`` gave."""
    step = values["step"]
    assert isinstance(step, dict)
    return Grid(**{**values, "step": Step(**step)})  # type: ignore[arg-type]


def write_protocol(grid: Grid, datasets: Sequence[str], path: Path) -> None:
    """Write the protocol of a grid on folds as data sets."""
    step = grid.step
    values = {**VALIDATED, **({} if step.updates is None else {"updates": step.updates})}
    assigned = ", ".join(f"{name} = {value}" for name, value in values.items())
    lines = [f"title = {json.dumps(grid.title)}", f"set = {{ {assigned} }}"]
    shared = {
        "datasets": list(datasets),
        "ratios": [RATIOS[name] for name in grid.settings],
        "presets": [step.preset],
        "seeds": list(range(step.seeds)),
    }
    for methods, twins in ((list(ALONE), False), (list(grid.methods), True)):
        lines += ["", "[[cells]]", f"methods = {json.dumps(methods)}"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in shared.items()]
        lines += ["twins = true"] * twins
    write_text(path, "\n".join(lines) + "\n")


def runs_of(protocol: Path, sources: Mapping[str, Source], device: str) -> list[Run]:
    """Return the runs of a protocol on folds, which are numbered in their order."""
    settings, numbers = {ratio: name for name, ratio in RATIOS.items()}, {name: n for n, name in enumerate(sources, 1)}
    return [
        Run(resolve_cell(wish, sources[wish.dataset], device), settings[wish.ratio or 1.0], numbers[wish.dataset])
        for wish in read_protocol(protocol).wishes()
    ]
