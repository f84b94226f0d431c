"""The masks of one case as pairs, one a structure, each cropped to where it lies; what is derived is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.metrics.boxes import foreground_box, label_boxes
from benchmark.metrics.errors import MetricError
from benchmark.metrics.overlap import BoolArray
from benchmark.metrics.surface import Steps, SurfaceDistances, between, surface

Mask = npt.NDArray[np.uint8]


@dataclass(eq=False)
class Pair:
    """One structure in prediction and reference, in the box that holds both; either may be empty."""

    predicted: BoolArray
    true: BoolArray
    _distances: dict[Steps, SurfaceDistances] = field(default_factory=dict)

    @cached_property
    def has_prediction(self) -> bool:
        """Whether the prediction holds the structure."""
        return bool(self.predicted.any())

    @cached_property
    def has_reference(self) -> bool:
        """Whether the reference holds it."""
        return bool(self.true.any())

    @cached_property
    def surfaces(self) -> tuple[BoolArray, BoolArray]:
        """Return the surface of the prediction and of the reference."""
        return surface(self.predicted), surface(self.true)

    def distances(self, steps: Steps) -> SurfaceDistances:
        """Return the distances between the surfaces, neither of which may be empty; once for each unit."""
        if steps not in self._distances:
            self._distances[steps] = between(*self.surfaces, steps)
        return self._distances[steps]


def pairs(prediction: Mask, reference: Mask, structures: Sequence[str]) -> dict[str, Pair]:
    """Return the pair of each structure; label k of both masks (2-D or 3-D, equal shapes) is ``structures[k - 1]``.

    MetricError for masks that don't fit.
    """
    _check_kinds(prediction, reference)
    box = foreground_box(prediction, reference)
    prediction, reference = prediction[box], reference[box]
    for name, mask in (("prediction", prediction), ("reference", reference)):
        _check_labels(name, mask, structures)
    kind = np.min_scalar_type(len(structures))
    prediction, reference = prediction.astype(kind, copy=False), reference.astype(kind, copy=False)
    boxes = label_boxes(prediction, reference, len(structures))
    return {
        name: Pair(prediction[box] == label, reference[box] == label)
        for label, (name, box) in enumerate(zip(structures, boxes, strict=True), 1)
    }


def _check_kinds(prediction: Mask, reference: Mask) -> None:
    if reference.ndim not in (2, 3) or prediction.shape != reference.shape:
        raise MetricError(
            f"prediction has shape {prediction.shape}, the reference {reference.shape}; "
            "both must have the same 2-D or 3-D shape"
        )
    for name, mask in (("prediction", prediction), ("reference", reference)):
        if not np.issubdtype(mask.dtype, np.integer):
            raise MetricError(f"{name} holds {mask.dtype} values; a mask holds whole numbers, one a structure")


def _check_labels(name: str, mask: npt.NDArray[Any], structures: Sequence[str]) -> None:
    for value in (mask.min(initial=0), mask.max(initial=0)):
        if not 0 <= value <= len(structures):
            known = f"0 to {len(structures)} ({', '.join(structures)})"
            raise MetricError(f"{name} holds label value {value}; known are {known}")
