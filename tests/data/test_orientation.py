"""Two grids hold the same voxels only where whole axes, exchanged or turned round, make one of the other."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from data.errors import DataError
from data.orientation import Place, brought, difference, doubtful_axes, placed, say_once, says_nothing, unlikely_axes

VALUES = np.arange(4 * 6 * 8).reshape(4, 6, 8)
SIZES = (10.0, 1.5, 1.25)
TILTED = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])  # a rotation


def affine(sides=SIZES, turn: np.ndarray | None = None, origin=(5.0, -7.0, 30.0)) -> np.ndarray:
    found = np.eye(4)
    found[:3, :3] = (np.fliplr(np.eye(3)) if turn is None else turn) * np.array(sides)
    found[:3, 3] = origin
    return found


def place(values: np.ndarray, where: np.ndarray | None, spacing: tuple[float, ...] | None = None) -> Place:
    sizes = spacing or tuple(np.linalg.norm(where[:3, :3], axis=0).tolist())
    return Place(values.shape, sizes, where)


def turned(values: np.ndarray, where: np.ndarray, order, flips) -> tuple[np.ndarray, np.ndarray]:
    """Return the same voxels with axes exchanged, then some turned round, and the affine that says so."""
    matrix = where[:, [*order, 3]].copy()
    found = values.transpose(order)
    for axis, flip in enumerate(flips):
        if flip:
            matrix[:3, 3] += matrix[:3, axis] * (found.shape[axis] - 1)
            matrix[:3, axis] *= -1
            found = np.flip(found, axis)
    return found, matrix


@pytest.mark.parametrize("turn", [None, TILTED])
def test_all_48_ways_to_store_a_volume_are_the_same_voxels(turn: np.ndarray | None) -> None:
    where = affine(turn=turn)
    for order, flips in itertools.product(itertools.permutations(range(3)), itertools.product((0, 1), repeat=3)):
        found, matrix = turned(VALUES, where, order, flips)
        back = brought(found, place(found, matrix), place(VALUES, where))
        np.testing.assert_array_equal(back, VALUES)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (affine((5.0, 1.5, 1.25)), "the mask has spacing 5 x 1.5 x 1.25 mm, the image 10 x 1.5 x 1.25"),
        (affine((10.0, 1.25, 1.5)), "the mask has spacing 10 x 1.25 x 1.5 mm, the image 10 x 1.5 x 1.25"),
        (affine(origin=(5.0, -7.0, 31.5)), "first voxel lies at (5, -7, 31.5) mm, the image's at (5, -7, 30) mm"),
        (affine(turn=np.fliplr(np.diag([-1, 1, 1]))), "the mask's axes go LAS, the image's RAS"),
        (affine(turn=np.fliplr(np.eye(3)) @ TILTED), "the mask is turned by 50.2 degrees against the image"),
    ],
)
def test_other_voxels_are_none_and_the_difference_is_named_with_both_values(other: np.ndarray, words: str) -> None:
    mine, theirs = place(VALUES, other), place(VALUES, affine())
    assert brought(VALUES, mine, theirs) is None
    assert words in difference(mine, theirs, ("mask", "image"))
    with pytest.raises(DataError, match="case a: the mask"):
        placed(VALUES, mine, theirs, "a")


def test_a_small_turn_is_named_where_it_moves_a_corner_by_a_tenth_of_a_voxel() -> None:
    where = affine((10.0, 1.0, 1.0))
    for degrees, same in ((0.01, True), (2.0, False)):
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        other = where.copy()
        other[:3, :3] = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ where[:3, :3]
        big = np.zeros((4, 60, 80))
        found = brought(big, place(big, other), place(big, where))
        assert (found is not None) is same
    assert "turned by 2 degrees" in difference(place(big, other), place(big, where), ("mask", "image"))


def test_a_turn_too_small_to_move_the_first_voxel_is_named_by_its_angle() -> None:
    where, big = affine((10.0, 1.0, 1.0)), np.zeros((4, 512, 512), np.uint8)
    cos, sin = np.cos(np.radians(0.03)), np.sin(np.radians(0.03))
    other = where.copy()
    other[:3, :3] = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ where[:3, :3]
    assert brought(big, place(big, other), place(big, where)) is None
    assert "is turned by 0.03 degrees" in difference(place(big, other), place(big, where), ("mask", "image"))


def test_rounded_headers_are_the_same_voxels() -> None:
    big = np.zeros((4, 512, 512), np.uint8)
    exact, rounded = affine((5.0, 0.9765625, 0.9765625)), affine((5.0, 0.977, 0.977), origin=(5.03, -7.03, 30.1))
    assert brought(big, place(big, rounded), place(big, exact)) is not None


def test_another_shape_is_named() -> None:
    other = np.zeros((4, 6, 7))
    mine, theirs = place(other, affine()), place(VALUES, affine())
    assert brought(other, mine, theirs) is None
    assert difference(mine, theirs, ("mask", "image")) == "the mask has shape (4, 6, 7), the image (4, 6, 8)"


def test_a_grid_that_does_not_say_how_it_lies_is_compared_by_shape_and_sizes() -> None:
    silent, unsaid = place(VALUES, None, SIZES), place(VALUES, None, (1.0, 1.0, 1.0))
    assert brought(VALUES, silent, place(VALUES, affine())) is VALUES
    assert brought(VALUES, unsaid, place(VALUES, affine())) is VALUES
    other = place(VALUES, None, (5.0, 1.5, 1.25))
    assert brought(VALUES, other, place(VALUES, affine())) is None
    assert "spacing 5 x 1.5 x 1.25 mm" in difference(other, silent, ("mask", "image"))


@pytest.mark.parametrize(
    ("where", "nothing"),
    [
        (np.fliplr(np.eye(3)), True),
        (np.fliplr(np.diag([1.0, -1, -1])), True),
        (np.fliplr(np.eye(3)) * [10, 1, 1], True),
        (np.fliplr(np.eye(3)) * [1, 10, 1], False),
        (np.fliplr(np.eye(3)) * [10, 1.5, 1.5], False),
        (np.eye(3), False),
    ],
)
def test_headers_that_nobody_filled_in_are_those_of_test_scripts(where: np.ndarray, nothing: bool) -> None:
    assert says_nothing(place(VALUES, np.pad(where, (0, 1)) + np.diag([0, 0, 0, 1.0]))) is nothing
    if nothing:
        assert not says_nothing(place(VALUES, affine(np.linalg.norm(where, axis=0))))  # another origin is a word


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [
        ((10, 256, 216), None),
        ((18, 512, 428), (5.0, 0.7, 0.7)),
        ((6, 154, 224), None),
        ((35, 51, 35), None),
        ((47, 59, 31), (1.0, 1.0, 1.0)),
        ((182, 218, 182), (1.0, 1.0, 1.0)),
        ((256, 256, 176), None),
        ((155, 240, 240), None),
        ((60, 512, 512), (5.0, 0.8, 0.8)),
        ((1000, 512, 512), None),
        ((1000, 512, 512), (0.6, 0.98, 0.98)),
        ((40, 32, 12), (10.0, 1.5, 1.5)),
        ((3, 8, 10), None),
        ((4, 8), None),
    ],
)
def test_axes_of_real_volumes_are_likely(shape: tuple[int, ...], spacing) -> None:
    assert unlikely_axes(shape, spacing) is None


@pytest.mark.parametrize(
    ("shape", "spacing", "words"),
    [
        ((32, 40, 4), None, "read as 32 slices of 40 x 4 voxels, while its slices seem to be the 4 along axis 2"),
        ((256, 216, 10), None, "the 10 along axis 2"),
        (
            (256, 10, 216),
            None,
            "read as 256 slices of 10 x 216 voxels, while its slices seem to be the 10 along axis 1",
        ),
        ((512, 512, 60), (1.0, 1.0, 1.0), "of 1 x 1 x 1 mm, while its slices seem to be the 60 along axis 2"),
        ((30, 32, 28), (1.5, 1.5, 10.0), "of 1.5 x 1.5 x 10 mm, while its slices seem to be the 28 along axis 2"),
    ],
)
def test_slices_that_lie_elsewhere_are_told(shape: tuple[int, ...], spacing, words: str) -> None:
    assert words in (unlikely_axes(shape, spacing) or "")


@pytest.mark.parametrize(
    ("shape", "spacing", "doubtful"),
    [
        ((20, 24, 6), (10.0, 1.5, 1.25), True),
        ((256, 10, 216), (10.0, 1.5, 1.25), True),
        ((10, 256, 216), (10.0, 1.5, 1.5), False),
        ((18, 512, 428), (5.0, 0.7, 0.7), False),
        ((256, 216, 10), (1.5, 1.5, 10.0), False),  # both say the same, and it is said as unlikely
        ((20, 24, 6), None, False),
        ((24, 6), (1.5, 1.25), False),
    ],
)
def test_sizes_and_shape_that_say_different_slices_are_told(shape, spacing, doubtful: bool) -> None:
    assert (doubtful_axes(shape, spacing) is not None) is doubtful


def test_a_remark_is_made_once_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for _ in range(3):
        say_once(tmp_path, "a remark")
    assert capsys.readouterr().err == f"{tmp_path}: a remark\n"
