"""An average over fewer structures than its neighbour's says so."""

from __future__ import annotations

from pathlib import Path

from reports.answer import answer
from reports.findings import find
from reports.formatting import shown
from reports.page import build_page
from reports.section import Scene
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


def test_it_is_told_in_the_answer_the_gain_over_a_twin_and_the_steps(tmp_path: Path) -> None:
    mine = {"method": "action", "title": "ACTION"}
    records = [save(tmp_path, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    records += [save(tmp_path, 0.6, id=f"a{seed}", seed=seed, **mine) for seed in (0, 1)]
    records += [without(tmp_path, "RV", id=f"t{seed}", seed=seed, twin=True, **mine) for seed in (0, 1)]
    (one,) = group(records)
    scene = Scene(find(one), {}, "table-1")
    found = answer(scene)
    assert "ACTION is " in found.sentences[0] and "structures" not in found.sentences[0]
    assert next(row.gain for row in found.rows if row.label == "ACTION").endswith(" (2 of 3 structures)")
    html = read_page(build_page(records, tmp_path / "page", "T"))
    assert html.count('<span class="sub">2 of 3 structures</span>') == 2  # the twin's step and the term's


def test_the_answer_tells_it_of_the_subject_the_floor_and_what_is_tied(tmp_path: Path) -> None:
    mine = {"method": "action", "title": "ACTION"}
    records = [save(tmp_path, 0.5, id="a", **mine), without(tmp_path, "RV", id="s")]
    (one,) = group(records)
    (sentence, *_) = answer(Scene(find(one), {}, "table-1")).sentences
    assert " Supervised (2 of 3 structures) on these test patients" in sentence
    records = [without(tmp_path / "b", "RV", id="a", **mine), save(tmp_path / "b", 0.5, id="s")]
    (one,) = group(records)
    (sentence, *_) = answer(Scene(find(one), {}, "table-1")).sentences
    assert sentence.startswith("With 3 labelled patients ACTION (2 of 3 structures) is ")
