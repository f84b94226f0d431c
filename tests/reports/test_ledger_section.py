"""The page's section on choosing by the test set."""

from pathlib import Path

import pandas as pd
import pytest

from reports.ledger import gains
from reports.page import build_page
from reports.summary import group
from results.store import LoadedRecord, Store
from tests.reports.pages import read_page
from tests.results.made import save, with_table


def with_ledger(root: Path, seed: int, lifts: list[float]) -> LoadedRecord:
    """Save a run whose kept points lie so many points of Dice above its last weights."""
    loaded = save(root, 0.5, id=f"s{seed}", seed=seed)
    last = next(row.dice for row in loaded.record.summary if row.structure == "avg" and row.rule == "last")
    rows = [(update, 0.5, last + lift / 100) for update, lift in enumerate(lifts, 1)]
    return with_table(loaded, ledger=pd.DataFrame(rows, columns=["update", "val_dice", "test_dice"]))


def test_the_gain_is_of_the_best_point_over_each_rule(tmp_path: Path) -> None:
    with_ledger(tmp_path, 0, [-3, 20, 0])
    (one,) = gains(group(Store(tmp_path).records())[0])
    assert one.over_last == (pytest.approx(20),)
    assert one.points == 3


def test_a_rule_that_chose_best_gains_nothing(tmp_path: Path) -> None:
    with_ledger(tmp_path, 0, [-3, -20])
    (one,) = gains(group(Store(tmp_path).records())[0])
    assert min(*one.over_last, *one.over_val_best) == 0


def test_an_average_of_weights_is_no_point_that_a_script_could_have_chosen(tmp_path: Path) -> None:
    loaded = with_ledger(tmp_path, 0, [2.0])
    averaged = [
        row.model_copy(update={"rule": "ema_last", "dice": 0.99})
        for row in loaded.record.summary
        if row.rule == "last" and row.structure == "avg"
    ]
    record = loaded.record.model_copy(update={"summary": (*loaded.record.summary, *averaged)})
    (one,) = gains(group([LoadedRecord(record, loaded.folder)])[0])
    assert one.over_last == (pytest.approx(2.0),)


def test_the_page_shows_means_and_seeds_and_names_older_records(tmp_path: Path) -> None:
    for seed, lift in ((0, 20.0), (1, 10.0)):
        with_ledger(tmp_path / "runs", seed, [lift])
    save(tmp_path / "runs", 0.6, id="old", method="mean_teacher", title="Mean teacher")
    html = read_page(build_page(Store(tmp_path / "runs").records(), tmp_path / "page", "A title"))
    assert "What choosing on the test set would have gained" in html
    assert "<td>+15.0</td>" in html
    assert "since their records are older: Mean teacher" in html


def test_records_without_a_ledger_have_no_section(tmp_path: Path) -> None:
    html = read_page(build_page([save(tmp_path / "runs")], tmp_path / "page", "A title"))
    assert "What choosing on the test set" not in html
