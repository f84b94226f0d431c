"""What a page says of a line is of that line as it is, and what is exported tells lines apart."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from reports.answer import answer
from reports.exports import long_table
from reports.findings import find
from reports.gain import Gains
from reports.section import Scene
from reports.summary import group
from results.store import LoadedRecord, Store
from tests.results.made import cases, history, record, save

ACTION = {"method": "action", "title": "ACTION"}


def test_the_answer_is_of_the_method_as_meant_though_another_fidelity_scores_higher(tmp_path: Path) -> None:
    records = [save(tmp_path, 0.5, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    records += [save(tmp_path, 0.6, id=f"f{seed}", seed=seed, **ACTION) for seed in (0, 1)]
    records += [save(tmp_path, 0.7, id=f"o{seed}", seed=seed, fidelity="official", **ACTION) for seed in (0, 1)]
    (one,) = group(records)
    (sentence, *_) = answer(Scene(find(one), {}, "table-1")).sentences
    assert "ACTION, fixed is 10.0 Dice above" in sentence.replace("ACTION, fidelity fixed", "ACTION, fixed")


def test_rows_of_the_long_table_differ_in_what_sets_lines_apart(tmp_path: Path) -> None:
    records = [save(tmp_path, id="a", **ACTION), save(tmp_path, id="b", twin=True, **ACTION)]
    records += [save(tmp_path, id="c", overrides={"weight": 0.5}, **ACTION), save(tmp_path, id="d", labeled=70)]
    table = long_table([find(one) for one in group(records)])
    named = ["table_labeled", "line", "rule", "structure"]
    assert not table.duplicated(named).any()
    mine = table[(table["structure"] == "avg") & (table["method"] == "action")]
    assert sorted(zip(mine["twin"], mine["overrides"], strict=True)) == [
        (False, '{"weight": 0.5}'), (False, "{}"), (True, "{}"),
    ]  # fmt: skip


def of_one_patient(root: Path, dice: float, **cell: object) -> LoadedRecord:
    table = cases(dice, int(str(cell.get("seed", 0))))
    table = pd.concat([table[table["patient"] == "p0"]], ignore_index=True)
    made, store = record(table, **cell), Store(root)
    store.save(made.cell.id, made, {"cases": table, "history": history()}, {})
    return store.load(made.cell.id)


def test_one_test_patient_has_no_interval_whoever_asks(tmp_path: Path) -> None:
    records = [of_one_patient(tmp_path, 0.5, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    records += [of_one_patient(tmp_path, 0.6, id=f"t{seed}", seed=seed, twin=True, **ACTION) for seed in (0, 1)]
    records += [of_one_patient(tmp_path, 0.7, id=f"a{seed}", seed=seed, **ACTION) for seed in (0, 1)]
    (one,) = group(records)
    gain = Gains(find(one)).over(0, 1)
    assert (gain.low, gain.high, gain.alone) == (None, None, "one patient")
