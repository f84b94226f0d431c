"""A table's answer is made by rule: distances with intervals, letters, the claim, what a reader stumbles over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.answer import Answer, answer
from reports.answer_words import against_floor
from reports.comparison import Pair, compare_lines
from reports.findings import find
from reports.main_table import main_table
from reports.page import build_page
from reports.section import Scene
from reports.summary import group
from results.record import StageInfo
from results.store import LoadedRecord
from results.writing import write_json
from tests.reports.pages import read_page
from tests.results.made import save

VARIED = {"action": (0.0, 0.04, 0.01), "em": (0.0, 0.01, 0.02), "": (0.01, 0.0, 0.02)}
"""What seeds add to a method's Dice: of ACTION's they add more than of others."""


def answered(records: list[LoadedRecord]) -> Answer:
    (one,) = group(records)
    return answer(Scene(find(one, ("last", "val_best")), {}, "table-1"))


def seeds(root: Path, dice: float, count: int = 3, **cell: object) -> list[LoadedRecord]:
    return [
        save(
            root,
            dice + VARIED[str(cell.get("method", ""))][seed],
            id=f"{cell.get('method', 'sup')}-{seed}",
            seed=seed,
            **cell,
        )
        for seed in range(count)
    ]


def action(root: Path, dice: float, count: int = 3) -> list[LoadedRecord]:
    return seeds(root, dice, count, method="action", title="ACTION")


def mean(records: list[LoadedRecord]) -> float:
    rows = [next(row for row in one.record.summary if row.structure == "avg") for one in records]
    return 100 * sum(row.dice for row in rows) / len(rows)


def test_the_first_sentence_is_of_action_over_supervised_training_with_its_interval(tmp_path: Path) -> None:
    mine, floor = action(tmp_path, 0.6), seeds(tmp_path, 0.5)
    (sentence, *_) = answered([*mine, *floor]).sentences
    gap = mean(mine) - mean(floor)
    assert sentence.startswith(f"With 3 labelled patients ACTION is {gap:.1f} Dice above Supervised (95 % ")
    low, high = (float(end) for end in sentence.split("95 % ")[1].split(")")[0].split(" to "))
    assert low < gap < high and sentence.endswith(("): shown.", " over patients."))


def test_below_is_said_as_below_with_an_interval_of_the_same_sign(tmp_path: Path) -> None:
    mine, floor = action(tmp_path, 0.5), seeds(tmp_path, 0.6)
    (sentence, *_) = answered([*mine, *floor]).sentences
    gap = mean(floor) - mean(mine)
    assert f"ACTION is {gap:.1f} Dice below Supervised (95 % " in sentence
    low, high = (float(end) for end in sentence.split("95 % ")[1].split(")")[0].split(" to "))
    assert low < gap < high


def test_where_an_interval_leaves_out_zero_and_nothing_is_shown_it_is_said_by_which_test(tmp_path: Path) -> None:
    made = [*action(tmp_path, 0.6), *seeds(tmp_path, 0.5), *seeds(tmp_path, 0.4, method="em", title="EM")]
    (one,) = group(made)
    found = find(one)
    compared = compare_lines(found)
    assert compared is not None

    def said(p_patients: float = 0.02, effect: float = 1.0) -> str:
        changed = [replace(pair.found, p_patients=p_patients, effect=effect) for pair in compared.pairs]
        pairs = [replace(pair, p_holm=0.06, found=one) for pair, one in zip(compared.pairs, changed, strict=True)]
        return against_floor(found, replace(compared, pairs=tuple(pairs)))

    assert said().endswith("): not shown, p = 0.060 as one of 3 pairs (Holm).")
    assert said(p_patients=0.07).endswith("): not shown, p = 0.070 over patients.")
    assert said(effect=-1.0).endswith("): not shown, since differences a patient point the other way.")


def test_one_seed_shows_nothing_of_methods_and_has_one_phrase_and_none_is_marked_highest(tmp_path: Path) -> None:
    found = answered([*action(tmp_path, 0.6, 1), *seeds(tmp_path, 0.5), *seeds(tmp_path, 0.7, 1, method="em")])
    assert found.sentences[0].endswith("on these test patients: runs of one seed tell networks apart, and no methods.")
    words = f"{found.rows[0].label}, 75.6, is of one seed, which tells no methods apart."
    assert found.highest == f"None is shown to be the highest: {words}"
    assert {len(row.line.records): row.standing for row in found.rows} == {1: "one seed", 3: ""}  # alone with seeds


def test_rows_fall_by_dice_with_the_ceiling_last_and_equal_methods_share_a_letter(tmp_path: Path) -> None:
    ceiling = save(tmp_path, 0.9, id="full", labeled=70)
    found = answered([*seeds(tmp_path, 0.5), *action(tmp_path, 0.5), *seeds(tmp_path, 0.55, method="em"), ceiling])
    assert [row.line.first.cell.method for row in found.rows] == ["em", "action", "supervised", "supervised"]
    assert found.rows[-1].line.is_ceiling and found.rows[-1].standing == ""
    assert found.has_letters and all(row.standing[0].isalpha() for row in found.rows[:-1])


def test_the_claim_stands_beside_its_verdict(tmp_path: Path) -> None:
    found = answered([*action(tmp_path, 0.6), *seeds(tmp_path, 0.5)])
    assert found.sentences[-1] == "At the paper's schedule and network: no run."
    assert found.claim.startswith("Printed: ACTION ") and "UNet-L 51.7" in found.claim
    assert found.claim.endswith(": not at the paper's schedule.")
    row = next(row for row in found.rows if row.line.first.cell.method == "supervised")
    assert row.in_print.endswith("51.7") and row.printed is not None and row.printed[1] == pytest.approx(51.7)


def test_a_phantom_has_no_claim_and_no_column_of_print(tmp_path: Path) -> None:
    found = answered([save(tmp_path, id="p", dataset="phantom"), save(tmp_path, id="q", dataset="phantom", seed=1)])
    assert (found.claim, found.has_print, found.sentences) == ("", False, ())


def test_what_a_reader_stumbles_over_is_told_where_it_is_so_and_only_there(tmp_path: Path) -> None:
    stages = tuple(StageInfo(name=name, updates=count) for name, count in (("i", 1), ("ii", 1), ("iii", 998)))
    mine = [LoadedRecord(one.record.model_copy(update={"stages": stages}), one.folder) for one in action(tmp_path, 0.6)]
    found = answered([*mine, *seeds(tmp_path, 0.72), save(tmp_path, 0.7, id="full", labeled=70)])
    stages_cut, above, near = found.notes
    assert stages_cut.startswith("Updates such as 1 + 1 + 998 are those of a method's stages: preset quick cuts")
    assert " in print, so a method has less to gain here" in above and "at 51.7 in print" in above
    assert near.startswith("All labels reach 7")
    assert answered([*action(tmp_path / "b", 0.5), *seeds(tmp_path / "b", 0.5)]).notes == ()


def test_a_floor_near_one_of_its_printed_numbers_is_not_far_above_print(tmp_path: Path) -> None:
    near = answered([*action(tmp_path / "near", 0.53), *seeds(tmp_path / "near", 0.53)])
    assert near.notes == ()  # 59.0, where 51.7 and 47.8 are printed
    other = save(tmp_path / "two", 0.72, id="mri", overrides={"lr": 0.1})
    notes = answered([*action(tmp_path / "two", 0.5), *seeds(tmp_path / "two", 0.5), other]).notes
    assert not any(" in print, " in note for note in notes)


def test_every_score_is_a_choice_of_the_browser(tmp_path: Path) -> None:
    (row, *_) = answered(seeds(tmp_path, 0.5)).rows
    records = row.line.records
    for rule, structure, metric in (("last", "avg", "dice"), ("val_best", "LV", "hd95"), ("last", "Myo", "jaccard")):
        values = [
            getattr(summary, metric)
            for one in records
            for summary in one.record.summary
            if (summary.rule, summary.structure) == (rule, structure)
        ]
        value, text, interval = row.choices["scores"][rule][structure][metric]  # type: ignore[index]
        assert value == pytest.approx(sum(values) / 3) and "±" in text and "–" in interval
    assert len(row.patients) == 2 and list(row.patients) == sorted(row.patients)


def all_scores(records: list[LoadedRecord]) -> dict[str, str]:
    (one,) = group(records)
    found = find(one, ("last",))
    return {row.line.label: row.standing for row in main_table(found, compare_lines(found)).rows}


def test_the_folded_table_says_of_a_row_what_the_first_one_says(tmp_path: Path) -> None:
    made = [*action(tmp_path, 0.6), *seeds(tmp_path, 0.5), *seeds(tmp_path, 0.7, 1, method="em", title="EM")]
    made += [save(tmp_path, 0.6, id="t", method="em", title="EM", twin=True), save(tmp_path, 0.9, id="f", labeled=70)]
    said = all_scores(made)
    assert said == {row.label: row.standing for row in answered(made).rows}
    assert said["EM"] == "one seed" and said["ACTION"][0] == "a"
    assert said["EM, twin without unlabelled terms"] == said["Supervised, all 70 labelled"] == ""
    html = read_page(build_page(made, tmp_path / "page", "T"))
    for words in ("highest mean", "can't tell methods", "can&#39;t tell methods"):
        assert words not in html


def test_of_equal_means_none_is_the_highest(tmp_path: Path) -> None:
    made = [save(tmp_path, 0.6, id=name, method=name, title=name.upper()) for name in ("em", "cps", "dan")]
    tied = answered([*made[:2], save(tmp_path, 0.5, id="low", method="uamt", title="UA-MT")])
    value = f"{mean(made[:1]):.1f}"
    assert tied.sentences == (f"None is the highest: CPS and EM have the same mean, {value}.", *tied.sentences[1:])
    assert tied.highest == ""  # it is the answer, where nothing is known of a gain
    floor = save(tmp_path, 0.6, id="action", method="action", title="ACTION"), save(tmp_path, 0.6, id="sup")
    assert "ACTION is level with Supervised on these test patients" in answered(list(floor)).sentences[0]


def test_the_highest_is_said_where_it_is_told_from_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [*action(tmp_path, 0.9), *seeds(tmp_path, 0.5), *seeds(tmp_path, 0.4, method="em", title="EM")]
    first = answered(made).highest
    assert first.startswith("None is shown to be the highest: ACTION, ") and "from 2 of the 2 others." in first
    monkeypatch.setattr(Pair, "apart", property(lambda self: True))
    found = answered(made)
    assert found.highest.startswith("The highest is ACTION, ")
    assert found.highest.endswith("over 3 seeds, told from all 2 others.")
    assert sorted(row.standing for row in found.rows) == ["a", "b", "c"]


def test_rows_have_families_and_a_reader_may_choose_one(tmp_path: Path) -> None:
    made = [save(tmp_path, id=name, method=name, title=name) for name in ("supervised", "em", "gone")]
    made.append(save(tmp_path, id="mine", method="em", title="Mine", outside={"method": {"name": "f", "digest": "d"}}))
    made.append(save(tmp_path, id="own", method="own", title="Own", family="diffusion <b>"))
    found = answered(made)
    assert {row.label: row.family for row in found.rows} == {
        "supervised": "supervised", "em": "entropy", "gone": "not stated", "Mine": "not stated", "Own": "diffusion <b>"
    }  # fmt: skip
    assert found.families == ("diffusion <b>", "entropy", "supervised", "not stated")
    assert {str(row["family"]) for row in found.choices["rows"]} == set(found.families)  # type: ignore[attr-defined]
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert "<option>diffusion &lt;b&gt;</option>" in html
    alone = read_page(build_page(made[:1], tmp_path / "one", "T"))
    assert 'name="family"' not in alone


def test_rows_that_learn_by_other_values_say_so_below_the_table(tmp_path: Path) -> None:
    made = [save(tmp_path, id=name, method=name, title=name.upper(), size=64) for name in ("em", "cps", "dan")]
    for one, rate in zip(made, (0.03, 0.03, 0.001), strict=True):
        write_json(one.folder / "cell.json", {"schedule": {"tuned": {"lr": 0.03}}, "config": {"lr": rate}})
    assert answered(made).notes[-1] == (
        "Rows do not learn by the same: lr 0.03 (the preset's, in place of the methods' own) for 2 rows; 0.001 for DAN."
    )
