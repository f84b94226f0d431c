"""An average over fewer structures than its neighbour's says so."""

from __future__ import annotations

from pathlib import Path

from reports.findings import find
from reports.formatting import shown
from reports.page import build_page
from reports.summary import group
from results.store import LoadedRecord, Store
from tests.reports.pages import read_page
from tests.results.made import cases, history, record, save


def without(root: Path, structure: str, **cell: object) -> LoadedRecord:
    """Save a run in which no case of a structure counts."""
    table = cases(0.5)
    lacks = table["structure"] == structure
    table["counted"] &= ~lacks
    table.loc[lacks, ["dice", "jaccard", "hd95", "asd", "asd_pred"]] = float("nan")
    table.loc[lacks, ["missed", "false_alarm"]] = False
    made, store = record(table, **cell), Store(root)
    store.save(made.cell.id, made, {"cases": table, "history": history()}, {})
    return store.load(made.cell.id)


def test_it_is_told_in_the_cell_of_the_row_that_has_fewer(tmp_path: Path) -> None:
    records = [save(tmp_path, id="a", method="em", title="EM"), without(tmp_path, "RV", id="b")]
    (one,) = group(records)
    found = find(one)
    texts = {one.lines[n].first.cell.id: shown(found.spreads[n, "last", "avg", "dice"], "dice") for n in (0, 1)}
    assert texts["b"].endswith(" (2 of 3 structures)") and "structures" not in texts["a"]
    assert "(2 of 3 structures)" in read_page(build_page(records, tmp_path / "page", "T"))


def test_what_no_row_has_is_lacking_in_none(tmp_path: Path) -> None:
    records = [without(tmp_path, "RV", id="a", method="em", title="EM"), without(tmp_path, "RV", id="b")]
    assert "of 3 structures" not in read_page(build_page(records, tmp_path / "page", "T"))


def test_a_seed_that_has_fewer_is_told_beside_others_that_have_all(tmp_path: Path) -> None:
    records = [save(tmp_path, id="a"), without(tmp_path, "RV", id="b", seed=1)]
    records += [save(tmp_path, id=f"c{seed}", seed=seed, method="em", title="EM") for seed in (0, 1)]
    (one,) = group(records)
    found = find(one)
    number = next(n for n, line in enumerate(one.lines) if line.first.cell.method == "supervised")
    assert found.spreads[number, "last", "avg", "dice"].partly == "2 of 3 structures"
