"""Distances between the surfaces of two masks, computed once; every surface metric derives from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from benchmark.metrics.boxes import box_of
from benchmark.metrics.overlap import BoolArray

Distances = npt.NDArray[np.float64]
Steps = tuple[float, ...]

LEAF = 32  # the fastest of 8, 16 and 32 on the surfaces of ACDC predictions


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """From each surface voxel of one mask to the nearest of the other, both ways, in the spacing's unit."""

    prediction_to_reference: Distances
    reference_to_prediction: Distances


def surface_distances(
    prediction: BoolArray, reference: BoolArray, spacing: Sequence[float] | None = None
) -> SurfaceDistances:
    """Return the distances between two masks of equal shape, 2-D or 3-D; ValueError for an empty one.

    spacing: the step along each axis, 1 where None. A voxel is on the surface if one of its face neighbours is not
    in the mask; beyond the image nothing is, as in MedPy.
    """
    if prediction.shape != reference.shape:
        raise ValueError(f"prediction has shape {prediction.shape}, the reference {reference.shape}: not equal")
    if not prediction.any() or not reference.any():
        raise ValueError("surface distances need two non-empty masks")
    box = box_of(prediction | reference)
    steps = (1.0,) * reference.ndim if spacing is None else tuple(float(step) for step in spacing)
    return between(surface(prediction[box]), surface(reference[box]), steps)


def between(predicted: BoolArray, true: BoolArray, steps: Steps) -> SurfaceDistances:
    """Return the distances between two surfaces that are known already, neither of them empty."""
    apart = np.array(steps)
    return SurfaceDistances(_distances(predicted, true, apart), _distances(true, predicted, apart))


def hd95(distances: SurfaceDistances) -> float:
    """Return the 95th percentile of both directed sets pooled (MedPy's hd95), linear between ranks."""
    return float(np.percentile(_pooled(distances), 95))


def hd95_larger(distances: SurfaceDistances) -> float:
    """Return the larger of the two directed 95th percentiles (MONAI's), linear between ranks."""
    return max(float(np.percentile(directed, 95)) for directed in _directed(distances))


def hd95_larger_rank(distances: SurfaceDistances) -> float:
    """Return the larger of the two directed values at rank floor(0.95 n), without interpolation (PyMIC's)."""
    ranked = ((directed, int(0.95 * len(directed))) for directed in _directed(distances))
    return max(float(np.partition(directed, rank)[rank]) for directed, rank in ranked)


def asd(distances: SurfaceDistances) -> float:
    """Return the mean from prediction to reference: one-directional, as MedPy's asd and as published tables hold it."""
    return float(distances.prediction_to_reference.mean())


def assd(distances: SurfaceDistances) -> float:
    """Return the mean of both directed sets pooled (MedPy's assd since 0.5; before, the mean of the two means)."""
    return float(_pooled(distances).mean())


def surface(mask: BoolArray) -> BoolArray:
    """Return the voxels of a mask that have a face neighbour outside it or outside the array."""
    inner = mask.copy()
    for axis in range(mask.ndim):
        forth, back = np.moveaxis(mask, axis, 0), np.moveaxis(inner, axis, 0)
        back[1:] &= forth[:-1]
        back[:-1] &= forth[1:]
        back[0] = back[-1] = False
    found: BoolArray = mask & ~inner
    return found


def _directed(distances: SurfaceDistances) -> tuple[Distances, Distances]:
    return distances.prediction_to_reference, distances.reference_to_prediction


def _pooled(distances: SurfaceDistances) -> Distances:
    return np.concatenate(_directed(distances))


def _distances(start: BoolArray, goal: BoolArray, steps: Distances) -> Distances:
    """Return the distance of each start voxel to its nearest goal voxel, (starts,), row by row.

    Most voxels of two good surfaces coincide; a tree of the goal is asked for the others, where a distance transform
    would visit the whole box. The tree only names the nearest voxel: the distance is made of whole steps, as exact as
    the transform's.
    """
    places, goals = np.argwhere(start & ~goal), np.argwhere(goal)
    tree = KDTree(goals * steps, leafsize=LEAF, balanced_tree=False, compact_nodes=False)
    _, nearest = tree.query(places * steps)
    ways = (goals[nearest] - places) * steps
    lengths = np.zeros(np.count_nonzero(start))
    lengths[~goal[start]] = np.sqrt((ways**2).sum(axis=1))
    return lengths
