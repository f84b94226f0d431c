"""Which slices are wanted: those that a run at a preset reads, with the same values replaced."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from data.errors import DataUsageError
from data.grid import Fit, Resizing, Scaling
from data.preparing.preparation import Grids
from data.presets import PRESETS, Slices, grid_of, size_for
from data.split import RATIO, Split, labeled_count


@dataclass(frozen=True)
class Wanted:
    """What a user says of slices; None where the preset, or the data set, does. Labels are said as of a run."""

    preset: str = "auto"
    size: int | None = None
    scaling: Scaling | None = None
    resizing: Resizing | None = None
    test_resizing: Resizing | None = None
    fit: Fit | None = None
    ratio: float | None = None
    labeled: int | None = None
    label_draw: str = "canonical"
    label_seed: int = 0

    def slices(self) -> Slices:
        """Return how slices are made; DataUsageError for a preset that there is none of."""
        name = _default() if self.preset == "auto" else self.preset
        if name not in PRESETS:
            near = difflib.get_close_matches(name, PRESETS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(PRESETS)}"
            raise DataUsageError(f"--preset: there is no preset {name!r}; {hint}")
        said = {field: getattr(self, field) for field in ("size", "scaling", "resizing", "test_resizing")}
        return replace(PRESETS[name], **{field: value for field, value in said.items() if value is not None})

    def labeled_of(self, split: Split) -> tuple[str, ...]:
        """Return the patients that are labelled in a run that says so; DataUsageError as of a run."""
        if self.labeled is not None and self.ratio is not None:
            raise DataUsageError("--labeled and --ratio both say how many patients are labelled; give one")
        ratio = RATIO if self.ratio is None else str(self.ratio)
        count = labeled_count(ratio, len(split.masked)) if self.labeled is None else self.labeled
        return split.labeled(count, self.label_draw, self.label_seed)

    def grids(self, reading: Mapping[str, Any] | None) -> Grids:
        """Return the grids of a data set that is read so."""
        slices = self.slices()
        size = size_for(slices.size, reading) if self.size is None else slices.size
        usual: Fit = "stretch" if reading is None else reading["fit"]
        train, val = (
            grid_of(size, slices.scaling, resizing, self.fit or usual, reading)
            for resizing in (slices.resizing, slices.test_resizing)
        )
        return Grids(train, val)


def _default() -> str:
    """Return the preset that a run takes where none is named."""
    import torch

    return "paper" if torch.cuda.is_available() else "quick"
