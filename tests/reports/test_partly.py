"""A table or curve that some of a line's runs lack something for says of how many runs it is."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path
from statistics import fmean

import pandas as pd
import pytest

from benchmark.metrics.conventions import CONVENTIONS
from reports.diagnosis import looked_into
from reports.exports import write_tables
from reports.findings import find
from reports.formatting import shown
from reports.learning_network import followed
from reports.page import build_page
from reports.plots import mean_at_common, named
from reports.published import published_rows
from reports.replication import verdicts
from reports.restated import restated
from reports.spread import Spread, partly
from reports.summary import Group, group
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.results.made import save, with_table


def three(root: Path, **cell: object) -> list[LoadedRecord]:
    return [save(root, 0.5 + seed / 20, id=f"s{seed}", seed=seed, **cell) for seed in range(3)]


def only(records: list[LoadedRecord]) -> Group:
    (found,) = group(records)
    return found


def without(loaded: LoadedRecord, rule: str = "last", structure: str | None = None) -> LoadedRecord:
    """Return a record without a rule's rows, or one in whose row of a structure nothing counts."""
    rows = [
        row
        if structure is None or row.rule != rule or row.structure != structure
        else row.model_copy(update={"dice": None})
        for row in loaded.record.summary
        if structure is not None or row.rule != rule
    ]
    changed = replace(loaded, record=loaded.record.model_copy(update={"summary": tuple(rows)}))
    table = loaded.cases()
    return changed if structure else with_table(changed, cases=table[table["rule"] != rule])


def dice(loaded: LoadedRecord, rule: str, structure: str = "avg") -> float:
    found = next(row.dice for row in loaded.record.summary if (row.rule, row.structure) == (rule, structure))
    assert found is not None
    return found


def with_conventions(loaded: LoadedRecord, asd: float, names: tuple[str, ...] = tuple(CONVENTIONS)) -> LoadedRecord:
    rows = [
        {"convention": name, "case": "c", "patient": "c", "structure": "RV", "dice": 0.5, "jaccard": 0.4, "hd95": 4.0,
         "asd": asd, "unit": "voxel", "missed": False, "false_alarm": False}
        for name in names
    ]  # fmt: skip
    return with_table(loaded, conventions=pd.DataFrame(rows))


@pytest.mark.parametrize(("runs", "words"), [(0, ""), (1, "1 of 3 runs"), (2, "2 of 3 runs"), (3, "")])
def test_what_is_of_fewer_runs_says_so(runs: int, words: str) -> None:
    assert partly(runs, 3) == words
    assert shown(Spread.of([0.5] * runs, 3), "dice").endswith(
        f" ({words})" if words else ("50.0 ± 0.0" if runs else "–")
    )


def test_a_mean_over_runs_that_lack_a_rule_says_of_how_many_in_page_and_exports(tmp_path: Path) -> None:
    made = three(tmp_path / "runs")
    made[1:] = [without(one, "val_best") for one in made[1:]]
    found = only(made)
    spread = found.lines[0].spread("val_best", "avg", "dice")
    assert (spread.mean, spread.runs, spread.wanted) == (dice(made[0], "val_best"), 1, 3)
    words = f"{100 * dice(made[0], 'val_best'):.1f} (1 of 3 runs)"
    assert words in read_page(build_page(made, tmp_path / "page", "T"))
    write_tables([find(found, ["val_best"])], tmp_path)
    assert words in (tmp_path / "tables.md").read_text()
    assert words.replace("(1 of 3 runs)", "{(1 of 3 runs)}") in (tmp_path / "tables.tex").read_text()
    row = pd.read_csv(tmp_path / "tables.csv").query("structure == 'avg'").iloc[0]
    assert (row["seeds"], row["dice_runs"]) == (3, 1)


def test_a_structure_that_nowhere_counts_in_a_run_is_said(tmp_path: Path) -> None:
    made = three(tmp_path)
    made[2] = without(made[2], "last", "LV")
    spread = only(made).lines[0].spread("last", "LV", "dice")
    assert spread.mean == pytest.approx(fmean(dice(one, "last", "LV") for one in made[:2]))
    assert shown(spread, "dice").endswith(" (2 of 3 runs)")


def test_a_gain_over_a_twin_of_fewer_seeds_says_so(tmp_path: Path) -> None:
    made = three(tmp_path / "runs", method="em", title="EM")
    twin = save(tmp_path / "runs", 0.4, id="t", seed=1, method="em", title="EM", twin=True)
    found = only([*made, twin])
    line, control = sorted(found.lines, key=lambda one: one.first.cell.twin)
    gain = line.gain_over(control, "last")
    assert (gain.mean, gain.partly) == (pytest.approx(dice(made[1], "last") - dice(twin, "last")), "1 of 3 runs")
    text = read_page(build_page([*made, twin], tmp_path / "page", "T"))
    assert f"<td>{100 * gain.mean:+.1f} (1 of 3 runs)</td>" in text


def test_a_table_of_another_convention_says_how_many_runs_hold_it(tmp_path: Path) -> None:
    made = three(tmp_path / "runs")
    made[0] = with_conventions(made[0], 2.0)
    found = restated(only(made))
    assert found is not None
    (asd,) = [table for table in found["tables"] if table.title == "ASD"]
    assert asd.partly == ("1 of 3 runs",)
    assert asd.rows[0][1][0].text == "2.00"
    text = read_page(build_page(made, tmp_path / "page", "T"))
    assert '<th scope="row">Supervised (1 of 3 runs)</th>' in text
    whole = [with_conventions(one, 2.0) for one in made]
    assert "1 of 3 runs" not in read_page(build_page(whole, tmp_path / "whole", "T"))


def test_a_convention_that_came_later_has_no_rank_among_means_of_other_runs(tmp_path: Path) -> None:
    names = tuple(CONVENTIONS)
    made = [*three(tmp_path), save(tmp_path, id="mt", method="mean_teacher", title="Mean teacher")]
    made[:2] = [with_conventions(one, 2.0, names[:-1]) for one in made[:2]]
    made[2], made[3] = with_conventions(made[2], 5.0), with_conventions(made[3], 4.0)
    found = restated(only(made))
    assert found is not None
    (asd,) = [table for table in found["tables"] if table.title == "ASD"]
    cells = {line.label: (said[0], said[-1]) for line, said in asd.rows}
    first, last = cells["Supervised"]
    assert (first.text, first.rank, first.partly) == ("3.00", 1, "")
    if last.text != "–":  # the last convention prints an ASD
        assert (last.text, last.rank, last.moved, last.partly) == ("5.00", None, False, "1 of 3 runs")
    assert not cells["Mean teacher"][1].moved or cells["Mean teacher"][1].rank == 1


def test_a_look_inside_says_how_many_runs_were_looked_into(tmp_path: Path) -> None:
    made = three(tmp_path)
    rows = [(5, "pseudo_dice", "RV", "", 0.5)]
    table = pd.DataFrame(rows, columns=["update", "quantity", "structure", "other", "value"])
    made[0] = with_table(made[0], diagnosis=table)
    (line,) = only(made).lines
    assert looked_into(line) == "1 of 3 runs"
    assert "mean over seeds (1 of 3 runs)." in read_page(build_page(made, tmp_path / "page", "T"))


def test_ranks_and_gradients_say_how_many_runs_hold_them(tmp_path: Path) -> None:
    made = three(tmp_path)
    rows = [("train", 0, "effective_rank", 30.0), ("train", 20, "effective_rank", 3.0)]
    followed_in = pd.DataFrame(rows, columns=["stage", "update", "term", "value"])
    made[0] = with_table(made[0], history=followed_in)
    found = followed(only(made))
    assert found is not None
    (stage,) = found.stages
    assert (stage.mean("rank_after"), stage.runs("rank_after"), stage.runs("first_gradient")) == (
        3.0,
        "1 of 3 runs",
        "",
    )
    assert found.short == ("Supervised: stage train collapsed in 1 of 1 seeds (2 of 3 not looked at)",)


def test_a_curve_is_a_mean_at_updates_that_all_its_runs_have() -> None:
    one = [("a", 10, 1.0), ("a", 20, 2.0), ("b", 30, 3.0)]
    other = [("a", 20, 4.0), ("b", 30, 5.0), ("b", 40, 6.0)]
    assert mean_at_common([one, other]) == {("", 20): 3.0, ("", 30): 4.0}
    assert mean_at_common([one, other], by_stage=True) == {("a", 20): 3.0, ("b", 30): 4.0}
    assert mean_at_common([]) == {}


def test_a_curve_leaves_out_what_is_no_number_and_averages_what_an_update_logged_twice() -> None:
    one = [("a", 10, 1.0), ("b", 10, 3.0), ("b", 20, nan)]
    other = [("a", 10, 4.0), ("b", 20, 6.0)]
    assert mean_at_common([one, other]) == {("", 10): 3.0, ("", 20): 6.0}


def test_a_curve_s_name_says_of_how_many_runs_it_is(tmp_path: Path) -> None:
    (line,) = only(three(tmp_path)).lines
    assert (named(line, 1), named(line, 3)) == ("Supervised (1 of 3 runs)", "Supervised")


def test_a_verdict_says_of_how_many_of_its_line_s_runs_it_is(tmp_path: Path) -> None:
    made = three(tmp_path, method="mean_teacher", title="Mean teacher")
    made[2] = without(made[2], "last", "avg")
    found = [one for one in verdicts(only(made), "last") if one.structure == "avg"]
    assert found and {one.runs for one in found} == {"2 of 3"}


def test_a_published_number_stands_beside_each_line_that_is_its_counterpart(tmp_path: Path) -> None:
    given = {"method": "mean_teacher", "title": "Mean teacher"}
    made = [save(tmp_path, 0.5, id="a", **given), save(tmp_path, 0.6, id="b", fidelity="official", **given)]
    beside = [row["ours"] for row in published_rows(find(only(made))) if row["ours"]]
    assert {one["dice"] for one in beside} == {f"{100 * dice(one, 'last'):.1f}" for one in made}
    assert all(one["bar"].startswith("Mean teacher") for one in beside)
