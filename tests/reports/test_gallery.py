"""Pictures of test cases: one drawing, slices where they belong, outlines around what they outline."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from reports import gallery
from reports.gallery import PLACES

SHAPES = {"best": (3, 20, 16), "median": (1, 12, 30), "worst": (9, 8, 8)}


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is drawn: a square of the first structure on each slice, which the prediction does not find."""
    return drawn_axes(monkeypatch, ("RV",))


def drawn_axes(monkeypatch: pytest.MonkeyPatch, structures: tuple[str, ...], dice: float = 0.5) -> Any:
    """Return what is drawn of a square of the last structure."""
    drawn: list[Any] = []

    def encoded(figure: Any) -> str:
        drawn.append(figure)
        return "data:"

    monkeypatch.setattr(gallery, "encoded", encoded)
    pictures: dict[str, Any] = {}
    for place, shape in SHAPES.items():
        reference = np.zeros(shape, np.uint8)
        reference[:, 2:6, 3:7] = len(structures)
        masks = {"reference": reference, "prediction": np.zeros_like(reference)}
        values = {"image": np.full(shape, 90, np.uint8), **masks, "name": np.array(place.upper()), "dice": dice}
        pictures |= {f"{place}/{name}": np.asarray(value) for name, value in values.items()}
    line = SimpleNamespace(
        records=[SimpleNamespace(gallery=lambda: pictures)], first=SimpleNamespace(structures=structures)
    )
    assert gallery.gallery(line) == "data:"  # type: ignore[arg-type]  # of a line, what a gallery asks for
    (figure,) = drawn
    (axes,) = figure.axes
    return axes


def test_a_row_is_one_picture_and_its_outlines_lie_on_the_edges_of_what_they_outline(axes: Any) -> None:
    outlines = [one for one in axes.collections if len(one.get_paths()[0].vertices)]
    assert len(axes.images) == len(outlines) == len(PLACES)
    for image, outline, (slices, height, width) in zip(axes.images, outlines, SHAPES.values(), strict=True):
        left, right, bottom, top = image.get_extent()
        dots = image.get_array()
        pitch = dots.shape[1] // min(slices, 5)
        assert dots.shape[0] == height and pitch > width
        vertices = outline.get_paths()[0].vertices
        across = (vertices[:, 0] - left) / (right - left) * dots.shape[1]
        down = (top - vertices[:, 1]) / (top - bottom) * height
        assert across.min() == pytest.approx(3) and across.max() == pytest.approx(dots.shape[1] - pitch + 7)
        assert (down.min(), down.max()) == (pytest.approx(2), pytest.approx(6))


def test_pictures_are_not_distorted_and_lie_within_the_drawing_one_row_below_the_other(axes: Any) -> None:
    last = axes.get_ylim()[1]
    for image in axes.images:
        left, right, bottom, top = image.get_extent()
        rows, columns = image.get_array().shape
        assert (right - left) / columns == pytest.approx((top - bottom) / rows)
        assert 0 < bottom < top < last and axes.get_xlim()[0] < left
        last = bottom


def test_between_slices_it_is_white(axes: Any) -> None:
    dots = np.asarray(axes.images[0].get_array())
    gap = np.all(dots == 255, axis=0)
    assert np.array_equal(
        np.flatnonzero(np.diff(gap.astype(int)) == 1) + 1, [16, 16 + dots.shape[1] // 3, 16 + 2 * (dots.shape[1] // 3)]
    )
    assert np.all(dots[:, ~gap] == 90)


def test_titles_and_slices_are_named(axes: Any) -> None:
    words = [text.get_text() for text in axes.texts]
    assert [word for word in words if "mean Dice" in word] == [
        f"{place}: {place.upper()}, mean Dice 50.0 %" for place in PLACES
    ]
    assert [word for word in words if word.startswith("slice")] == [
        f"slice {number}" for number in (1, 2, 3, 1, 1, 3, 5, 7, 9)
    ]


@pytest.mark.parametrize("count", [4, 8])
def test_every_structure_is_outlined_in_the_colour_of_the_legend(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    axes = drawn_axes(monkeypatch, tuple(f"organ {number}" for number in range(1, count + 1)))
    outlines = [one for one in axes.collections if len(one.get_paths()[0].vertices)]
    assert len(outlines) == len(PLACES)
    named = {text.get_text(): line for text, line in zip(*_legend_of(axes), strict=True)}
    assert len(named) == count + 2  # reference and prediction too
    assert to_hex(outlines[0].get_edgecolor()[0]) == to_hex(named[f"organ {count}"].get_color())


def test_a_case_in_which_nothing_counts_has_no_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [text.get_text() for text in drawn_axes(monkeypatch, ("RV",), float("nan")).texts]
    assert "best: BEST, nothing counts" in words and not any("nan" in word for word in words)


def _legend_of(axes: Any) -> tuple[Any, Any]:
    (legend,) = axes.figure.legends
    return legend.get_texts(), legend.get_lines()
