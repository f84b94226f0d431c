"""What a convention is: the unit, what an empty mask costs, and which of several definitions a script computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Percentile = Literal["pooled", "larger", "larger_rank"]
"""HD95 of both directions pooled, or the larger of the two directed ones, by interpolation or by rank."""
Direction = Literal["symmetric", "prediction"]
"""A script's ASD: over both directions, or from prediction to reference only."""
Resize = Literal["logits", "labels"]
"""How a prediction comes back to its volume's size: bilinear logits, then argmax; or argmax, then nearest labels."""

METRICS = ("dice", "jaccard", "hd95", "asd")


@dataclass(frozen=True)
class Cost:
    """What a pair with an empty mask scores; NaN is left out of the mean.

    overlap: Dice and Jaccard. diagonals: HD95 and ASD as a multiple of the image's diagonal. hd95, asd: instead of
    that, in the convention's unit.
    """

    overlap: float
    diagonals: float = 0.0
    hd95: float | None = None
    asd: float | None = None


@dataclass(frozen=True)
class Convention:
    """How a pair of masks becomes numbers.

    missed: only the prediction is empty; false_alarm: only the reference is. A pair without a cost is not counted.
    millimetres: whether spacing is used where it is known. hd95_limit, asd_limit: larger distances in mm count as this;
    one in voxels has no limit, since a voxel is no length.
    prints: the metrics that the script reports. source: where this was read; unverified: what of it was not.
    """

    name: str
    both_empty: Cost | None
    missed: Cost | None
    false_alarm: Cost | None
    millimetres: bool
    percentile: Percentile = "pooled"
    asd: Direction = "symmetric"
    hd95_limit: float | None = None
    asd_limit: float | None = None
    resize: Resize = "logits"
    prints: tuple[str, ...] = METRICS
    source: str = ""
    unverified: str = ""


WORST = Cost(overlap=0.0, diagonals=1.0)
DEFAULT = Convention(
    "default", both_empty=None, missed=WORST, false_alarm=WORST, millimetres=True, source="docs/DESIGN.md"
)
