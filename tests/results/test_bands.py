"""Bands: their limits, their least width, their files, and which cell they are of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from results.bands import Band, Point, file_of, nearest, read_bands, settled, write_bands
from results.errors import ResultError

CELL = {
    "dataset": "phantom", "labeled_patients": ["a", "b"], "method": "em", "backbone": "unet", "preset": "demo",
    "config": {"lr": 0.03}, "twin": False,
}  # fmt: skip


def band(*points: tuple[str, int, tuple[float, ...]], cell: dict[str, Any] | None = None, **fields: Any) -> Band:
    made = [Point(stage="train", term=term, update=at, since=0, values=values) for term, at, values in points]
    seeds = tuple(range(len(points[0][2])))
    told = {"seeds": seeds, "code": "c-d", "commits": ("commit 1",), "machines": ("x",), **fields}
    return Band(cell=cell or CELL, points=tuple(made), **told)


def test_limits_are_those_of_scipy_at_the_level_of_a_whole_run() -> None:
    losses, dices = (1.0, 1.2, 0.9, 1.1, 1.3), (0.40, 0.44, 0.38, 0.46, 0.42)
    found = list(band(("total", 20, losses), ("val_dice", 50, dices)).limits().values())
    for (low, high), values in zip(found, (losses, dices), strict=True):
        half = stats.t.ppf(1 - 0.01 / 4, 4) * np.std(values, ddof=1) * np.sqrt(6 / 5)
        assert (low, high) == (pytest.approx(np.mean(values) - half), pytest.approx(np.mean(values) + half))
    assert found[0] == (pytest.approx(0.13047, abs=1e-5), pytest.approx(2.06953, abs=1e-5))


@pytest.mark.parametrize(
    ("term", "value", "low", "high"),
    [
        ("total", 0.5, 0.475, 0.525),
        ("total", 0.0, -0.01, 0.01),
        ("val_dice", 0.3, 0.28, 0.32),
        ("val_dice", 0.0, 0, 0.02),
    ],
)
def test_equal_seeds_make_a_band_of_its_least_width(term: str, value: float, low: float, high: float) -> None:
    (found,) = band((term, 20, (value,) * 3)).limits().values()
    assert found == (pytest.approx(low), pytest.approx(high))


def test_dice_stays_within_0_and_1_and_one_seed_has_no_limits() -> None:
    (found,) = band(("val_dice", 20, (0.1, 0.9))).limits().values()
    assert found == (0.0, 1.0)
    assert band(("total", 20, (0.5,))).limits() == {}


def test_a_seed_is_left_out() -> None:
    rest = band(("total", 20, (1.0, 2.0, 3.0))).without(1)
    assert (rest.seeds, rest.points[0].values) == ((0, 2), (1.0, 3.0))
    assert band(("total", 20, (1.0,))).without(0).seeds == ()


def test_a_file_holds_what_was_written_and_equal_bands_the_same_bytes(tmp_path: Path) -> None:
    first = band(("total", 20, (1.0, 2.0)), later=("twin",))
    second = band(("total", 20, (1.0, 2.0)), cell={**CELL, "method": "ict"})
    write_bands(file_of("demo", tmp_path), [first, second])
    before = (tmp_path / "demo.json").read_bytes()
    assert read_bands(tmp_path / "demo.json") == [first, second]
    write_bands(file_of("demo", tmp_path), [second, first])
    assert (tmp_path / "demo.json").read_bytes() == before
    assert read_bands(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1.5", b"NaN"),
        (b"1.5, 2.0", b"1.5"),
        (b'"seeds": [0, 1]', b'"seeds": [0, 0]'),
        (b'"seeds"', b'"sides"'),
        (b"]\n}\n]", b""),
        (b"[\n{", b"\xff"),
    ],
)
def test_a_damaged_file_is_one_sentence(old: bytes, new: bytes, tmp_path: Path) -> None:
    write_bands(tmp_path / "demo.json", [band(("total", 20, (1.5, 2.0)))])
    content = (tmp_path / "demo.json").read_bytes()
    assert old in content
    (tmp_path / "demo.json").write_bytes(content.replace(old, new))
    with pytest.raises(
        ResultError, match=r"demo\.json is damaged or changed by hand \(.*\); git checkout it, or remove"
    ):
        read_bands(tmp_path / "demo.json")


def test_a_cell_is_settled_without_its_seeds_and_without_what_is_told_of_it() -> None:
    values = {**CELL, "seed": 3, "init_seed": None, "overrides": {"lr": 0.03}, "content": {}, "told": {}}
    values |= {"schedule": {"size": 64, "tuned": {"lr": 1}}, "outside": {"method": {"digest": "d", "place": "/here"}}}
    assert settled(values) == {**CELL, "schedule": {"size": 64}, "outside": {"method": "d"}}
    assert settled(settled(values)) == settled(values)


def test_fields_that_differ_are_named_but_those_that_came_after_the_run() -> None:
    made = band(("total", 20, (1.0, 2.0)), later=("twin",))
    older = {**CELL, "config": {"lr": 0.9}}
    del older["twin"]
    assert made.differing(older) == {"config.lr": (0.9, 0.03)}
    assert made.differing({**CELL, "twin": True}) == {"twin": (True, False)}
    assert made.differing({**CELL, "more": 1}) == {"more": (1, None)}
    assert made.differing({**CELL, "labeled_patients": ("a", "b")}) == {}


def test_the_nearest_band_is_of_the_method_and_differs_in_the_fewest_fields() -> None:
    other = band(("total", 20, (1.0, 2.0)), cell={**CELL, "config": {"lr": 0.1}, "preset": "quick"})
    near = band(("total", 20, (1.0, 2.0)), cell={**CELL, "config": {"lr": 0.1}})
    more = band(("total", 20, (1.0, 2.0, 3.0)), cell={**CELL, "config": {"lr": 0.2}})
    ict = band(("total", 20, (1.0, 2.0, 3.0)), cell={**CELL, "method": "ict"})
    assert nearest([other, near, ict], CELL) is near
    assert nearest([near, more], CELL) is more
    assert nearest([ict], CELL) is ict
    assert nearest([], CELL) is None
