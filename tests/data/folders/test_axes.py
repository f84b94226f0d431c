"""All volumes of a folder are cut across one axis of the body, and what was cut is put back exactly."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import DataError
from data.folders.axes import Cut, coarsest, cuts_of
from data.orientation import Affine, Place, directions

RAS = np.array([[0, 0, 1.0], [0, 1, 0], [1, 0, 0]])  # directions of slices, rows and columns as columns


def place(spacing: tuple[float, ...] | None, sides: np.ndarray | None = RAS, shape=(4, 5, 6)) -> Place:
    affine: Affine | None = None
    if sides is not None and spacing is not None:
        affine = np.eye(4)
        affine[:3, :3] = sides * spacing
    return Place(shape, spacing, affine)


def turned(degrees: float) -> np.ndarray:
    """Return the directions of RAS, turned about the patient's right."""
    angle = np.radians(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    return turn @ RAS


@given(st.integers(0, 5), st.lists(st.integers(0, 2), unique=True, max_size=3))
def test_what_was_cut_is_put_back_exactly(number: int, turns: list[int]) -> None:
    order = list(permutations(range(3)))[number]
    cut, values = Cut(order[0], order[1:], tuple(turns)), np.arange(120).reshape(4, 5, 6)
    np.testing.assert_array_equal(cut.undo(cut.apply(values)), values)
    assert cut.apply(values).shape == tuple(values.shape[axis] for axis in order)


@pytest.mark.parametrize(("axis", "shape"), [(0, (4, 5, 6)), (1, (5, 4, 6)), (2, (6, 4, 5))])
def test_a_cut_brings_its_axis_to_the_front_and_leaves_the_others(axis: int, shape: tuple[int, ...]) -> None:
    values = np.arange(120).reshape(4, 5, 6)
    cut = Cut(axis)
    assert cut.apply(values).shape == cut.place(place((10, 2, 1))).shape == shape
    np.testing.assert_array_equal(cut.apply(values)[1], values.take(1, axis))
    assert cut.place(place((10.0, 2.0, 1.0))).spacing == tuple((10.0, 2.0, 1.0)[k] for k in cut.order)


def test_the_place_of_a_cut_follows_its_voxels() -> None:
    one = place((10.0, 2.0, 1.0), turned(20))
    for order, turns in product(permutations(range(3)), [(), (0,), (1, 2), (0, 1, 2)]):
        cut = Cut(order[0], order[1:], turns)
        moved = cut.place(one)
        index = np.stack(np.indices(one.shape))
        assert one.affine is not None and moved.affine is not None
        before = np.einsum("ij,jabc->iabc", one.affine[:3, :3], index) + one.affine[:3, 3, None, None, None]
        after = np.einsum("ij,jabc->iabc", moved.affine[:3, :3], np.stack(np.indices(moved.shape)))
        after += moved.affine[:3, 3, None, None, None]
        for k in range(3):
            np.testing.assert_allclose(cut.apply(before[k]), after[k], atol=1e-9)


@pytest.mark.parametrize(
    ("spacing", "sides", "axis"),
    [
        ((10, 1, 1), RAS, 0),
        ((1, 10, 1), RAS, 1),
        ((1, 1, 1.6), RAS, 2),
        ((1, 1, 1.4), RAS, 0),
        ((1, 1, 1), RAS[:, [2, 0, 1]], 1),  # from feet to head run the rows
        ((1, 1, 1), RAS[:, [1, 2, 0]], 2),
        ((1, 1, 1), None, 0),
        ((1, 1, 1.6), None, 2),
        (None, None, 0),
    ],
)
def test_the_cut_goes_across_the_coarsest_axis_or_from_feet_to_head(spacing, sides, axis: int) -> None:
    assert coarsest(place(spacing, sides)) == axis


def test_a_volume_that_lies_otherwise_is_brought_to_the_others() -> None:
    values = np.arange(120).reshape(4, 5, 6)
    for order, turns in product(permutations(range(3)), [(), (0,), (1, 2), (0, 1, 2)]):
        other = Cut(order[0], order[1:], turns)
        axial = place((5.0, 1.0, 2.0))
        places = {"a": axial, "b": axial, "c": other.place(axial)}
        cuts = cuts_of(places)
        assert cuts.of["a"] == Cut(0)
        np.testing.assert_array_equal(cuts.of["c"].apply(other.apply(values)), values)
        found = cuts.of["c"].place(places["c"])
        assert found.affine is not None and axial.affine is not None
        np.testing.assert_allclose(found.affine, axial.affine, atol=1e-9)
        assert ("brought to the others, such as c" in str(cuts.told)) is (order != (0, 1, 2) or bool(turns))


def test_one_axis_of_the_body_is_the_majoritys() -> None:
    coronal = place((1.0, 5.0, 1.0))
    cuts = cuts_of({"a": place((5.0, 1.0, 1.0)), "b": coronal, "c": place((5.0, 1.0, 1.0))})
    assert [cut.axis for cut in cuts.of.values()] == [0, 0, 0]
    cuts = cuts_of({"a": place((5.0, 1.0, 1.0)), "b": coronal, "c": coronal})
    assert [cut.axis for cut in cuts.of.values()] == [1, 1, 1]
    axial = [
        Cut(0, rest, turns).place(place((5.0, 1.0, 1.0)))
        for rest, turns in (((1, 2), ()), ((2, 1), ()), ((1, 2), (1,)))
    ]
    found = cuts_of({**dict(zip("abc", axial, strict=True)), "d": coronal, "e": coronal}).of
    assert [cut.axis for cut in found.values()] == [0, 0, 0, 0, 0]  # though no two of the three lie alike in the slice
    assert cuts.told[0].startswith("cut across the files' rows, which go A; voxels of 1 x 5 x 1 mm in b")


def test_hearts_whose_short_axis_leans_more_or_less_are_all_cut_across_it() -> None:
    leaning = {f"p{degrees}": place((10.0, 1.4, 1.4), turned(degrees)) for degrees in (35, 40, 44, 46, 50, 55, 70)}
    assert set(cuts_of(leaning).of.values()) == {Cut(0)}
    affines = [one.affine for one in leaning.values() if one.affine is not None]
    assert (
        len({directions(affine) for affine in affines}) == 2
    )  # by the nearest axis of the body alone they would differ


def test_without_an_affine_sizes_must_agree() -> None:
    alike = {name: place((10.0, 1.0, 1.0), None) for name in "ab"}
    assert set(cuts_of(alike).of.values()) == {Cut(0)}
    with pytest.raises(DataError, match="case c: its voxels are longest along its columns, those of most, such as a"):
        cuts_of({**alike, "c": place((1.0, 1.0, 10.0), None)})
    assert set(cuts_of({**alike, "c": place((1.0, 1.0, 10.0), None)}, axis=0).of.values()) == {Cut(0)}


def test_what_says_nothing_among_those_that_do_is_told() -> None:
    told = cuts_of({"a": place((5.0, 1.0, 1.0)), "b": place((5.0, 1.0, 1.0)), "c": place((5.0, 1.0, 1.0), None)}).told
    assert told[1] == "1 of 3 don't say how they lie and are taken to lie so, such as c"
    assert len(cuts_of({name: place((5.0, 1.0, 1.0), None) for name in "ab"}).told) == 1


def test_slices_alone_are_left_as_they_are() -> None:
    flat = {name: Place((1, 5, 6), None) for name in "ab"}
    assert set(cuts_of(flat).of.values()) == {Cut(0)}
