"""A run whose tables are not what runs write, or whose record has other numbers than its scores, stands aside."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from reports import build
from reports.gathering import gather
from results.record import Headline, Record
from results.store import LoadedRecord, Store
from results.summary import summarize
from tests.results.made import cases, history, record, save

VOLUMES = pd.DataFrame(
    {"case": ["c0"], "structure": ["RV"], "unit": ["ml"], "predicted": [math.nan], "reference": [1.0]}
)


def put(root: Path, name: str, table: pd.DataFrame, made: Record | None = None, **tables: pd.DataFrame) -> LoadedRecord:
    """Save a run of a table, whose record is made of it where it is not given."""
    made = made or record(table, id=name, method="em", title="EM", seed=2)
    Store(root).save(name, made, {"cases": table, "history": history(), **tables}, {})
    return Store(root).load(name)


def at(table: pd.DataFrame, column: str, value: object, row: int = 0) -> pd.DataFrame:
    table = table.copy()
    table.loc[row, column] = value
    return table


def told(**values: object) -> Callable[[Path, str], LoadedRecord]:
    """Return what saves whole scores with a record that says something else of them."""

    def make(root: Path, name: str) -> LoadedRecord:
        made = record(cases(), id=name)
        return put(root, name, cases(), made.model_copy(update=values))

    return make


def of(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path, str], LoadedRecord]:
    """Return what saves scores that were changed, with the record of scores that were not."""
    return lambda root, name: put(root, name, change(cases()), record(cases(), id=name))


def higher(root: Path, name: str) -> LoadedRecord:
    rows = [row.model_copy(update={"dice": 0.95}) for row in record(cases()).summary]
    return told(summary=tuple(rows))(root, name)


def with_avg(root: Path, name: str) -> LoadedRecord:
    names = ("avg", "Myo", "LV")
    table = cases().replace({"structure": {"RV": "avg"}})
    made = record(cases(), id=name).model_copy(update={"structures": names, "summary": tuple(summarize(table, names))})
    return put(root, name, table, made)


def with_empty_volumes(root: Path, name: str) -> LoadedRecord:
    return put(root, name, cases(), record(cases(), id=name), volumes=VOLUMES)


def endless(root: Path, name: str) -> LoadedRecord:
    seconds = record(cases()).seconds.model_copy(update={"train": math.inf})
    return told(seconds=seconds)(root, name)


WRONG = {
    "foreign: cases.parquet has no names in its column patient": of(
        lambda table: table.assign(patient=table["patient"].str[1:].astype(int))
    ),
    "foreign: cases.parquet has no names in its column patient;": of(lambda table: at(table, "patient", "")),
    "foreign: cases.parquet has no names in its column patient; ": of(lambda table: at(table, "patient", None)),
    "foreign: cases.parquet has no yes or no in its column counted": of(
        lambda table: table.assign(counted=table["counted"].astype(int))
    ),
    "foreign: volumes.parquet has no finite numbers in its column predicted": with_empty_volumes,
    "damaged: cases.parquet holds hd95 inf of RV of case c0": of(lambda table: at(table, "hd95", math.inf)),
    "damaged: cases.parquet holds dice nan of RV of case c0": of(lambda table: at(table, "dice", math.nan)),
    "damaged: cases.parquet holds dice 1.5 of RV of case c0": of(lambda table: at(table, "dice", 1.5)),
    "damaged: cases.parquet holds asd -1.0 of RV of case c0": of(lambda table: at(table, "asd", -1.0)),
    "damaged: cases.parquet holds scores of 0 patients, and its record counts 2": of(lambda table: table.iloc[:0]),
    "damaged: cases.parquet holds scores of 3 patients, and its record counts 2": of(
        lambda table: table.assign(patient=table["patient"].where(table["case"] != "c3", "p9"))
    ),
    "damaged: cases.parquet holds 0 rows of RV of case c0 by network under last": of(
        lambda table: table[(table["rule"] != "last") | (table["patient"] != "p0")]
    ),
    "damaged: cases.parquet holds 2 rows of RV of case c0 by network under last": of(
        lambda table: pd.concat([table, table[table["patient"] == "p0"]], ignore_index=True)
    ),
    "damaged: cases.parquet holds scores of case c0 by two patients, p1 and p0": of(
        lambda table: at(table, "patient", "p1")
    ),
    "damaged: cases.parquet holds scores of a structure that its record does not name": of(
        lambda table: at(table, "structure", "LA")
    ),
    "damaged: record.json: summary: its 0 rows are not one a predictor, rule and structure": told(summary=()),
    "damaged: record.json: summary: dice of RV by network under last is 0.95, and 0.5": higher,
    "damaged: record.json: headline: student under last has no scores": told(
        headline=Headline(predictor="student", rule="last")
    ),
    "damaged: record.json: seconds.train: inf is no finite number": endless,
    "foreign: record.json: structures: avg is the name of the average": with_avg,
}


@pytest.mark.parametrize(("words", "make"), WRONG.items(), ids=range(len(WRONG)))
def test_it_is_said_in_one_sentence_what_is_wrong_with_a_run(
    tmp_path: Path, words: str, make: Callable[[Path, str], LoadedRecord]
) -> None:
    save(tmp_path, id="whole")
    make(tmp_path, "wrong")
    found = gather([tmp_path], None)
    (aside,) = found.aside
    said = aside.why.removeprefix(f"{tmp_path / 'wrong'}/")
    assert f"{aside.kind}: {said} ".startswith(words) and aside.id == "wrong"
    assert [one.record.cell.id for one in found.records] == ["whole"]


def test_a_page_is_built_of_the_other_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (0, 1):
        save(tmp_path / "runs", id=f"whole-{seed}", seed=seed)
        table = at(cases(), "hd95", math.inf)
        put(tmp_path / "runs", f"far-{seed}", table, record(table, id=f"far-{seed}", seed=seed, method="em"))
    told(summary=())(tmp_path / "runs", "empty")
    assert build.command(["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "page")]) == 0
    assert capsys.readouterr().err.count("left out: damaged: ") == 3
    assert set(pd.read_csv(tmp_path / "page/tables.csv")["method"]) == {"supervised"}


def test_several_predictors_and_rules_and_structures_that_nowhere_count_are_as_runs_write_them(tmp_path: Path) -> None:
    table = pd.concat([cases(0.4).assign(predictor=name) for name in ("network", "teacher")], ignore_index=True)
    table = pd.concat([table, table[table["rule"] == "last"].assign(rule="ema_last")], ignore_index=True)
    table.loc[table["structure"] == "LV", ["counted", "missed"]] = False
    table.loc[table["structure"] == "LV", ["dice", "jaccard", "hd95", "asd", "asd_pred"]] = math.nan
    table.loc[0, ["hd95", "asd", "asd_pred"]] = math.nan
    put(tmp_path, "one", table.sample(frac=1, random_state=0))
    assert gather([tmp_path], None).aside == ()
