"""Distances between the surfaces of two masks, computed once; every surface metric derives from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from benchmark.metrics.boxes import box_of
from benchmark.metrics.overlap import BoolArray

Distances = npt.NDArray[np.float64]
Places = npt.NDArray[np.integer]
Steps = tuple[float, ...]
Search = Callable[[Places, BoolArray, Distances], Places]

LEAF = 32  # the fastest of 8, 16 and 32 on the surfaces of ACDC predictions

# What the two searches cost, in ns of a CPU's time: measured on an ACDC validation volume under a fair, a moved, a
# salted, a blocky and a random prediction, with spacing 10, 1.5, 1.5 and 1, 1, 1 (scipy 1.17). Only ratios decide.
GOAL_NS = 150  # to put a goal into the tree: 100 to 300
QUERY_NS = 950  # to ask it for a place: 430 to 1,840; to 11,400 in the middle between flat faces
VOXEL_NS = 90  # to transform a voxel of the box: 29 to 110 with few goals, to 172 with many


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

    Most voxels of two good surfaces coincide; only the others are searched for. A search names the nearest voxel and no
    more, and the distance is made of whole steps: where two goals are equally near searches may differ, by rounding.
    """
    places = places_of(start & ~goal)
    lengths = np.zeros(np.count_nonzero(start))
    if len(places):
        nearest = _search(len(places), int(np.count_nonzero(goal)), goal.size)
        ways = (nearest(places, goal, steps) - places) * steps
        lengths[~goal[start]] = np.sqrt((ways**2).sum(axis=1))
    return lengths


def _search(queries: int, goals: int, voxels: int) -> Search:
    """Return the cheaper search by estimate: a tree costs by goals and queries, a transform by the whole box."""
    return nearest_by_transform if VOXEL_NS * voxels < GOAL_NS * goals + QUERY_NS * queries else nearest_by_tree


def places_of(mask: BoolArray) -> Places:
    """Return the index of each voxel of a mask, (voxels, axes), row by row: argwhere, which is slow on sparse masks."""
    return np.array(np.unravel_index(np.flatnonzero(mask), mask.shape)).T


def nearest_by_tree(places: Places, goal: BoolArray, steps: Distances) -> Places:
    """Return the index of the goal voxel nearest to each place; both (places, axes)."""
    from scipy.spatial import KDTree

    goals = places_of(goal)
    tree = KDTree(goals * steps, leafsize=LEAF, balanced_tree=False, compact_nodes=False)
    _, nearest = tree.query(places * steps)
    found: Places = goals[nearest]
    return found


def nearest_by_transform(places: Places, goal: BoolArray, steps: Distances) -> Places:
    """Return the same, read from the nearest goal of every voxel in the box."""
    nearest = ndimage.distance_transform_edt(~goal, sampling=steps, return_distances=False, return_indices=True)
    found: Places = nearest[(slice(None), *places.T)].T
    return found
