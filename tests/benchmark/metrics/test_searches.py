"""The tree and the transform name voxels equally near, and the cheaper one is asked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmark.metrics import surface
from benchmark.metrics.surface import Search, nearest_by_transform, nearest_by_tree, surface_distances

SEARCHES = (nearest_by_tree, nearest_by_transform)
DYADIC = st.sampled_from([0.5, 1.0, 1.25, 1.5, 10.0])  # sums of their squares are exact, ties too

Masks = tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]


@st.composite
def masks(draw: st.DrawFn) -> Masks:
    """Return two masks of one shape, neither empty, from single voxels to full."""
    shape = tuple(draw(st.lists(st.integers(1, 10), min_size=2, max_size=3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    pair = [rng.random(shape) < draw(st.sampled_from([0.02, 0.1, 0.4, 0.9])) for _ in range(2)]
    assume(all(mask.any() for mask in pair))
    return pair[0], pair[1]


def both_ways(pair: Masks, steps: list[float]) -> list[list[npt.NDArray[np.float64]]]:
    """Return the directed distances by each search, forced."""
    found = []
    for search in SEARCHES:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(surface, "_search", lambda *counts, search=search: search)
            distances = surface_distances(*pair, steps)
        found.append([distances.prediction_to_reference, distances.reference_to_prediction])
    return found


@given(masks(), st.data())
@settings(max_examples=300, deadline=None)
def test_both_searches_give_the_same_distances(pair: Masks, data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.floats(0.3, 10), min_size=pair[0].ndim, max_size=pair[0].ndim))
    for one, other in zip(*both_ways(pair, steps), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@given(masks(), st.data())
@settings(max_examples=300, deadline=None)
def test_both_give_the_same_bits_where_squares_are_exact(pair: Masks, data: st.DataObject) -> None:
    steps = data.draw(st.lists(DYADIC, min_size=pair[0].ndim, max_size=pair[0].ndim))
    for one, other in zip(*both_ways(pair, steps), strict=True):
        assert one.tolist() == other.tolist()


@given(masks(), st.data())
@settings(max_examples=100, deadline=None)
def test_distances_are_those_of_every_pair_of_surface_voxels(pair: Masks, data: st.DataObject) -> None:
    steps = data.draw(st.lists(DYADIC, min_size=pair[0].ndim, max_size=pair[0].ndim))
    predicted, true = (np.argwhere(surface.surface(mask)) * steps for mask in pair)
    wanted = np.sqrt(((predicted[:, None] - true[None]) ** 2).sum(axis=-1))
    for one, other in both_ways(pair, steps):
        assert (one.tolist(), other.tolist()) == (wanted.min(axis=1).tolist(), wanted.min(axis=0).tolist())


@pytest.mark.parametrize(
    ("queries", "goals", "voxels", "search"),
    [
        (1_268, 3_380, 231_840, nearest_by_tree),  # one structure of the bench's ACDC volume, a fair prediction
        (60_000, 60_000, 3_200_000, nearest_by_tree),  # a liver of LiTS' size, moved by a few voxels
        (1_409, 143_505, 573_440, nearest_by_tree),  # from a reference to random labels
        (142_862, 3_380, 573_440, nearest_by_transform),  # and back
        (24_005, 3_380, 107_520, nearest_by_transform),  # from a large block
        (2_930, 3_380, 26_703, nearest_by_transform),  # the reference moved by a few voxels
    ],
)
def test_the_search_follows_from_the_counts(queries: int, goals: int, voxels: int, search: Search) -> None:
    assert surface._search(queries, goals, voxels) is search


@pytest.mark.parametrize("search", SEARCHES)
def test_a_goal_is_nearest_to_itself_whatever_the_memory_order(search: Search) -> None:
    goal = np.asfortranarray(np.random.default_rng(0).random((4, 5, 6)) < 0.3)
    places = surface.places_of(goal)
    assert places.tolist() == np.argwhere(goal).tolist() == search(places, goal, np.array([10, 1.5, 1.5])).tolist()


def test_masks_that_coincide_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(surface, "_search")
    block = np.ones((3, 4, 5), bool)
    assert surface_distances(block, block).prediction_to_reference.tolist() == [0.0] * 54
