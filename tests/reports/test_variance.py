"""The page's components of variance: from a full crossing only, and from the runs that crossed seeds."""

import itertools
from pathlib import Path

import pytest

from reports.page import build_page
from reports.summary import group
from reports.variance import crossings
from results.checksums import SUMS
from results.store import LoadedRecord, Store, write_json
from tests.results.made import save


def crossed(root: Path, drop: int = 0) -> list[LoadedRecord]:
    """Save runs in which initialisation moves Dice by 10 points and the order of the data by none."""
    places = list(itertools.product((1, 2, 3), (1, 2)))
    for init, data in places[: len(places) - drop]:
        save(root, 0.4 + 0.1 * init, id=f"i{init}d{data}", init_seed=init, data_seed=data)
    return Store(root).records()


def test_a_planted_component_is_found_and_an_absent_one_is_not(tmp_path: Path) -> None:
    (one,) = group(crossed(tmp_path))
    (crossing,) = crossings(one, "last")
    assert dict(crossing.levels) == {"initialisation": 3, "data order": 2}
    found = {part.name: part for part in crossing.components}
    assert found["initialisation"].variance == pytest.approx(100, rel=1e-6)
    assert found["data order"].variance == pytest.approx(0, abs=1e-9)
    assert sum(crossing.share(part) for part in crossing.components) == pytest.approx(1)


def test_missing_runs_leave_no_components_and_are_counted(tmp_path: Path) -> None:
    (one,) = group(crossed(tmp_path, drop=1))
    (crossing,) = crossings(one, "last")
    assert (crossing.done, crossing.wanted, crossing.components) == (5, 6, ())


def test_the_page_names_every_label_draw(tmp_path: Path) -> None:
    for seed, patient in enumerate("abb"):
        made = save(tmp_path / "runs", id=f"s{seed}", seed=seed, label_draw="random")
        record = made.record.model_copy(update={"labeled_patients": (f"patient {patient}",)})
        write_json(made.folder / "record.json", record.model_dump(mode="json"))
        (made.folder / SUMS).unlink()
    html = build_page(Store(tmp_path / "runs").records(), tmp_path / "page", "A title").read_text()
    assert "random draw: patient a; random draw: patient b</dd>" in html


def test_ordinary_runs_have_no_crossing(tmp_path: Path) -> None:
    for seed in range(3):
        save(tmp_path, 0.5, id=f"s{seed}", seed=seed)
    (one,) = group(Store(tmp_path).records())
    assert crossings(one, "last") == []


def test_the_page_shows_components_with_intervals(tmp_path: Path) -> None:
    html = build_page(crossed(tmp_path / "runs"), tmp_path / "page", "A title").read_text()
    assert "Where the variance is" in html
    assert "3 levels of initialisation" in html
