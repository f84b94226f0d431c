"""Distances between the surfaces of two masks, computed once; every surface metric derives from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from benchmark.metrics.overlap import BoolArray

Distances = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """From each surface voxel of one mask to the nearest of the other, both ways, in the spacing's unit."""

    prediction_to_reference: Distances
    reference_to_prediction: Distances


def surface_distances(
    prediction: BoolArray, reference: BoolArray, spacing: Sequence[float] | None = None
) -> SurfaceDistances:
    """Return the distances between two non-empty masks of equal shape, 2-D or 3-D; ValueError where one is empty.

    A voxel is on the surface if one of its face neighbours is outside the mask; beyond the image is outside, as in
    MedPy. Everything happens in the box that holds both masks.
    """
    if not prediction.any() or not reference.any():
        raise ValueError("surface distances need two non-empty masks")
    box = ndimage.find_objects((prediction | reference).astype(np.uint8))[0]
    surfaces = [_surface(mask[box]) for mask in (prediction, reference)]
    to_prediction, to_reference = (ndimage.distance_transform_edt(~surface, sampling=spacing) for surface in surfaces)
    return SurfaceDistances(to_reference[surfaces[0]], to_prediction[surfaces[1]])


def hd95(distances: SurfaceDistances) -> float:
    """Return the 95th percentile of both directed sets pooled (MedPy's definition), linear between ranks."""
    pooled = np.concatenate([distances.prediction_to_reference, distances.reference_to_prediction])
    return float(np.percentile(pooled, 95))


def asd(distances: SurfaceDistances) -> float:
    """Return the mean from prediction to reference: one-directional, as MedPy's asd and as published tables hold it."""
    return float(distances.prediction_to_reference.mean())


def assd(distances: SurfaceDistances) -> float:
    """Return the mean of the two directed means (MedPy's assd)."""
    return (asd(distances) + float(distances.reference_to_prediction.mean())) / 2


def _surface(mask: BoolArray) -> BoolArray:
    surface: BoolArray = mask & ~ndimage.binary_erosion(mask)
    return surface
