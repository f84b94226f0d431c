"""An export that is written only where it gives what the network gives, on real slices."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmark.errors import RunError
from benchmark.exporting.formats import FORMATS, Words, plain
from benchmark.predicting.ensemble import form_of, label_values
from benchmark.running.finished import Finished
from benchmark.training.pools import grid_of
from data.case import Case
from data.pool import build_pool
from data.writing import whole

MOST = 32  # slices that are compared


@dataclass(frozen=True)
class Agreement:
    """By how much outputs differ at most, on how many slices; and by how much they may, and how large they are."""

    difference: float
    allowed: float
    largest: float
    slices: int

    def __str__(self) -> str:
        """Return it in words."""
        counted = f"{self.slices} slice{'s' * (self.slices != 1)}"
        return (
            f"largest difference {self.difference:.2g} on {counted}, of logits up to {self.largest:.3g}; "
            f"allowed {self.allowed:.2g}"
        )


def export(run: Finished, form: str, case: Case, target: Path) -> Agreement:
    """Write a run's network whole or not at all; RunError where it can't be, or where outputs differ by too much.

    case: real slices, of which up to MOST are compared.
    """
    chosen, network, images = FORMATS[form], plain(run.network), slices_of(run, case)
    try:
        with whole(target) as file:
            try:
                chosen.write(network, images[:2], words_of(run), file)
                found = _compared(network, chosen.read(file, network)(images), images, chosen.share)
            except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
                why = (str(error).splitlines() or [type(error).__name__])[0][:160]
                raise RunError(f"{run.cell.id} can't be written as {form} ({why}); choose another format") from None
            if not found.difference <= found.allowed:  # nan is in no range
                raise RunError(f"{target} is not left: what was written as {form} answers otherwise; {found}")
    except OSError as error:
        raise RunError(f"{target} cannot be written ({error.strerror or error}); name another with --out") from None
    return found


def slices_of(run: Finished, case: Case) -> Tensor:
    """Return slices (n, channels, S, S) as the network is given them, spread over a case."""
    images = build_pool([case], grid_of(run.cell, run.cell.schedule.test_resizing), torch.device("cpu")).images
    chosen = torch.linspace(0, len(images) - 1, min(MOST, len(images))).round().long()
    return images[chosen].contiguous()


def words_of(run: Finished) -> Words:
    """Return what whoever runs the file must know, as texts by name."""
    schedule = run.cell.schedule
    grid = grid_of(run.cell, schedule.test_resizing)
    return {
        "run": run.cell.id,
        "predictor": run.predictor,
        "rule": run.rule,
        "labels": json.dumps({"background": 0, **label_values(run)}),
        "channels": json.dumps(form_of(run).channels),
        "size": str(schedule.size),
        "scaling": schedule.scaling,
        "windows": json.dumps(grid.windows),
        "resizing": schedule.test_resizing,
        "fit": schedule.fit,
        "use": "research only; not a medical device",
    }


def _compared(network: nn.Module, theirs: Tensor, images: Tensor, share: float) -> Agreement:
    with torch.no_grad():
        mine = network(images)
    largest = float(mine.abs().max())
    difference = float((mine - theirs).abs().max()) if mine.shape == theirs.shape else float("inf")
    return Agreement(difference, share * largest, largest, len(images))
