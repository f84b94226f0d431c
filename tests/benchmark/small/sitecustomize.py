"""Python runs this as it starts where this folder is on its path: few patients in coarse voxels, for short runs.

Where the process that starts it has thin networks, this one has them, too.
"""

import os
import runpy
from dataclasses import replace
from functools import partial
from pathlib import Path

from data.case import Case
from data.sources import phantom

DRAWN = phantom.Phantom._drawn


def drawn(source: phantom.Phantom, patient: str) -> list[Case]:
    """Return a patient's frames in coarse voxels."""
    return [coarse(case) for case in DRAWN(source, patient)]


def coarse(case: Case) -> Case:
    """Return every second row and column of a case, the voxels twice as large."""
    thickness, height, width = case.spacing
    image, mask = case.image[:, ::2, ::2].copy(), case.mask[:, ::2, ::2].copy()
    return replace(case, image=image, mask=mask, spacing=(thickness, 2 * height, 2 * width))


if __name__ == "sitecustomize" and os.environ.get("ACTION_BENCH_TEST_THIN"):
    for module, name, value in runpy.run_path(str(Path(__file__).parents[2] / "thinned.py"))["thinned"]():
        setattr(module, name, value)

vars(phantom)["Parameters"] = partial(phantom.Parameters, train=4, val=1, test=2)
phantom.Phantom._drawn = drawn
