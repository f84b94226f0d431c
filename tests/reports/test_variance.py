"""The page's components of variance: from a full crossing only, and from the runs that crossed seeds."""

import itertools
import re
from pathlib import Path

import pandas as pd
import pytest

from reports.exports import write_tables
from reports.findings import find
from reports.page import build_page
from reports.summary import group
from reports.variance import crossings
from results.checksums import SUMS
from results.errors import ResultError
from results.store import LoadedRecord, Store
from results.writing import write_json
from tests.reports.pages import read_page
from tests.results.made import save


def crossed(root: Path, drop: int = 0) -> list[LoadedRecord]:
    """Save runs in which initialisation moves Dice by 10 points and the order of the data by none."""
    places = list(itertools.product((1, 2, 3), (1, 2)))
    for init, data in places[: len(places) - drop]:
        save(root, 0.4 + 0.1 * init, id=f"i{init}d{data}", init_seed=init, data_seed=data)
    return Store(root).records()


def ordinary(root: Path) -> list[LoadedRecord]:
    """Save runs of another method with two seeds."""
    return [save(root, 0.5, id=f"em{seed}", seed=seed, method="em", title="EM") for seed in (0, 1)]


def crossed_draws(root: Path) -> list[LoadedRecord]:
    """Save runs of two label draws with two data seeds each, of which no order is the better one."""
    for label, data in itertools.product((1, 2), (1, 2)):
        made = save(
            root, 0.4 + 0.2 * (label == data), id=f"l{label}d{data}", label_draw="random", label_seed=label,
            data_seed=data,
        )  # fmt: skip
        record = made.record.model_copy(update={"labeled_patients": (f"patient {label}",)})
        write_json(made.folder / "record.json", record.model_dump(mode="json"))
        (made.folder / SUMS).unlink()
    return Store(root).records()


def test_a_planted_component_is_found_and_an_absent_one_is_not(tmp_path: Path) -> None:
    (one,) = group(crossed(tmp_path))
    (crossing,) = crossings(find(one))
    assert dict(crossing.levels) == {"initialisation": 3, "data order": 2}
    found = {part.name: part for part in crossing.components}
    assert found["initialisation"].variance == pytest.approx(100, rel=1e-6)
    assert found["data order"].variance == pytest.approx(0, abs=1e-9)
    assert sum(crossing.share(part) for part in crossing.components) == pytest.approx(1)


def test_orders_count_within_a_label_draw_where_draws_are_crossed_and_as_crossed_where_not(tmp_path: Path) -> None:
    """At one draw the first order of the data is better by 20 points, at the other the second."""
    (one,) = group(crossed_draws(tmp_path / "draws"))
    (crossing,) = crossings(find(one))
    assert dict(crossing.levels) == {"label draw": 2, "data order": 2}
    found = {part.name: part for part in crossing.components}
    assert found["data order within a label draw"].variance == pytest.approx(200, rel=1e-6)
    assert "data order" not in found and found["label draw"].variance == 0
    assert crossing.run_deviation == pytest.approx((200 - 100) ** 0.5, rel=1e-6)  # equal draws: one estimate is -100
    (other,) = group(crossed(tmp_path / "seeds"))
    names = [part.name for part in crossings(find(other))[0].components]
    assert names[:3] == ["initialisation", "data order", "initialisation x data order"]


def test_files_of_tables_count_runs_and_no_seeds_where_these_are_crossed(tmp_path: Path) -> None:
    tables = [find(one, ["last"]) for one in group([*crossed(tmp_path / "runs"), *ordinary(tmp_path / "plain")])]
    write_tables(tables, tmp_path)
    table = pd.read_csv(tmp_path / "tables.csv", dtype=str).query("structure == 'avg'")
    assert dict(zip(table["runs"], table["seeds"].fillna("none"), strict=True)) == {"6": "none", "2": "2"}


def test_missing_runs_leave_no_components_and_are_counted(tmp_path: Path) -> None:
    (one,) = group(crossed(tmp_path, drop=1))
    (crossing,) = crossings(find(one))
    assert (crossing.done, crossing.wanted, crossing.components) == (5, 6, ())


def at_origin(root: Path, name: str, **values: object) -> None:
    """Save an ordinary run at the place of seeds 0 and 0, whose cell resolved to values."""
    write_json(save(root, 0.5, id=name).folder / "cell.json", {"config": {"lr": 0.01}, **values})


def around_origin(root: Path) -> None:
    """Save the other three of two by two crossed runs."""
    for init, data in ((0, 1), (1, 0), (1, 1)):
        loaded = save(root, 0.4, id=f"i{init}d{data}", init_seed=init, data_seed=data)
        write_json(loaded.folder / "cell.json", {"config": {"lr": 0.01}})


def test_an_ordinary_run_with_other_values_stands_at_no_place_of_the_crossing(tmp_path: Path) -> None:
    around_origin(tmp_path)
    at_origin(tmp_path, "other", config={"lr": 0.02})
    at_origin(tmp_path, "new", policy={"weak": None})
    (crossing,) = crossings(find(*group(Store(tmp_path).records())))
    assert (crossing.done, crossing.wanted, crossing.components) == (3, 4, ())
    at_origin(tmp_path, "same")
    (crossing,) = crossings(find(*group(Store(tmp_path).records())))
    assert (crossing.done, crossing.wanted) == (4, 4) and crossing.components


def test_two_runs_at_one_place_of_a_crossing_are_an_error_that_names_both(tmp_path: Path) -> None:
    around_origin(tmp_path)
    at_origin(tmp_path, "same")
    at_origin(tmp_path, "twice", schedule={"size": 64})  # which the others' cells don't say
    with pytest.raises(ResultError, match=r"(same and twice|twice and same) have the same initialisation, data order"):
        crossings(find(*group(Store(tmp_path).records())))


def test_the_page_names_every_label_draw(tmp_path: Path) -> None:
    for seed, patient in enumerate("abb"):
        made = save(tmp_path / "runs", id=f"s{seed}", seed=seed, label_draw="random")
        record = made.record.model_copy(update={"labeled_patients": (f"patient {patient}",)})
        write_json(made.folder / "record.json", record.model_dump(mode="json"))
        (made.folder / SUMS).unlink()
    html = read_page(build_page(Store(tmp_path / "runs").records(), tmp_path / "page", "A title"))
    assert "random draw: patient a; random draw: patient b</dd>" in html


def test_ordinary_runs_have_no_crossing(tmp_path: Path) -> None:
    for seed in range(3):
        save(tmp_path, 0.5, id=f"s{seed}", seed=seed)
    (one,) = group(Store(tmp_path).records())
    assert crossings(find(one)) == []


def test_the_page_shows_components_with_intervals(tmp_path: Path) -> None:
    html = read_page(build_page(crossed(tmp_path / "runs"), tmp_path / "page", "A title"))
    assert "Where the variance is" in html
    assert "3 levels of initialisation" in html
    assert ">initialisation × data order</th>" in html and "counts within a draw" not in html


def test_the_page_says_what_is_nested_and_what_was_held_fixed(tmp_path: Path) -> None:
    html = read_page(build_page(crossed_draws(tmp_path / "runs"), tmp_path / "page", "A title"))
    assert "2 levels of data order within a label draw" in html and "counts within a draw" in html
    assert re.search(r"<th scope=.row.>label draw</th><td>2</td><td>0</td><td>0\.0–[1-9]", html)
    assert "follow <code>seed</code>, which is held fixed here" in html
