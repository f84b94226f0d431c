"""Words stand beside what they name, and none over another."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from reports.labels import Box, End, at_ends, beside, spread
from reports.panels import Panel, Scale, widest
from reports.svg import Drawing, Look
from tests.reports.figures import Figure


def overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    return max(0.0, across) * max(0.0, min(one[3], other[3]) - max(one[1], other[1]))


def test_labels_that_would_overlap_move_by_as_little_as_can_be() -> None:
    assert spread([10, 50], [14, 14], 0, 100) == [10, 50]
    assert spread([50, 50], [14, 14], 0, 100) == [43, 57]
    assert spread([50, 50, 50], [10, 10, 10], 0, 100) == [40, 50, 60]
    assert spread([58, 50], [10, 20], 0, 100) == pytest.approx([61.5, 46.5])  # in the order of places, 15 apart
    assert spread([0, 99], [20, 20], 0, 100) == [10, 90]
    assert spread([], [], 0, 100) == []


@pytest.mark.parametrize("seed", range(20))
def test_no_two_labels_of_one_height_are_nearer_than_that(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = [float(one) for one in rng.choice((rng.uniform(0, 300), *rng.uniform(0, 300, 15)), 1 + seed % 15)]
    found = spread(wanted, [14.0] * len(wanted), 0, 300)
    assert all(after - before >= 14 - 1e-9 for before, after in pairwise(sorted(found)))
    order = np.argsort(wanted, kind="stable")
    assert list(np.array(found)[order]) == sorted(found)
    assert min(found) >= 7 - 1e-9 and max(found) <= 300 - 7 + 1e-9


def test_eighteen_curves_that_end_in_one_place_have_eighteen_names_below_each_other() -> None:
    drawing = Drawing(600, 400)
    panel = Panel(drawing, 50, 20, 300, 340, Scale(0, 1), Scale(0, 1))
    at_ends(panel, [End(350, 190, f"Method {number}", Look("#000000")) for number in range(18)], 200)
    feet = sorted(y for _, y in Figure.of(drawing.plot("n", "t")).texts())
    assert len(feet) == 18 and min(after - before for before, after in pairwise(feet)) == 16
    assert sum(feet) / 18 == pytest.approx(190 + 4)  # around where they end, by the foot of the letters


@pytest.mark.parametrize("seed", range(4))
def test_names_beside_thirty_dots_cover_neither_dots_nor_names_nor_what_is_kept_free(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in rng.uniform((60, 40), (900, 400), (30, 2))]
    labels = [["A name of some", "lines"][: 1 + number % 2] for number in range(30)]
    kept = [(0.0, 200.0, 1000.0, 202.0)]
    found = beside(points, labels, (0, 0, 1000, 440), kept)
    dots = [(x - 3, y - 3, x + 3, y + 3) for x, y in points]
    assert sum(overlap(one, other) for one, other in combinations(found, 2)) == 0
    assert sum(overlap(one, other) for one in found for other in (*dots, *kept)) == 0
    assert all(one[2] - one[0] == pytest.approx(widest(lines) + 2) for one, lines in zip(found, labels, strict=True))


def test_a_name_alone_stands_at_the_right_of_its_dot_and_at_the_left_where_there_is_no_room() -> None:
    (one,) = beside([(100, 100)], [["A"]], (0, 0, 1000, 400))
    assert one[0] == 109 and (one[1] + one[3]) / 2 == pytest.approx(100)
    (other,) = beside([(995, 100)], [["A"]], (0, 0, 1000, 400))
    assert other[2] == 995 - 9
