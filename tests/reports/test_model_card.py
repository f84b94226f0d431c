"""A card says what weights are and what they scored, from their records alone."""

from pathlib import Path

import pytest

from reports.model_card import Weights, card_rows, write_card
from results.store import LoadedRecord, Store
from results.writing import write_json
from tests.results.made import cases, record, save

KEPT = Path(__file__).resolve().parents[2] / "results" / "kept"
SEEDS = [f"acdc-3-action-unet-quick-s{rest}" for rest in ("0-fa031400", "1-ce637fc4", "2-b9af56e5")]

FLOOR = "acdc-3-supervised-unet-quick-s0-05958807"


def kept(*names: str) -> list[LoadedRecord]:
    return [Store(KEPT).load(name) for name in names]


def test_a_card_says_what_the_record_does(tmp_path: Path) -> None:
    (loaded,) = kept(SEEDS[0])
    one = loaded.record
    write_card([loaded], [Weights(one.headline.predictor, one.headline.rule)], tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text()
    for word in (
        "**Not a medical device.**",
        f"- Method: ACTION ({one.cell.paper})",
        "- Structures: RV, Myo, LV",
        f"- Preset quick: {one.updates:,} updates",
        f"`{one.cell.id}`, seed 0, code {(one.commit or '')[:12]}",
        f"- Split {one.split_fingerprint}: 70 train, 10 validate, 20 test",
        f"- Labelled, 3 (canonical draw): {', '.join(one.labeled_patients)}",
        "- Licence of the data: CC BY-NC-SA 4.0: non-commercial use only, given after registration",
        "## What it is for, and its limits",
    ):
        assert word in text
    head = (one.headline.predictor, one.headline.rule)
    dice = {row.structure: row.dice for row in one.summary if (row.predictor, row.rule) == head}
    for structure, name in (("RV", "RV"), ("LV", "LV"), ("avg", "mean")):
        assert f"| {name} | {100 * (dice[structure] or 0):.1f} | " in text
    assert "Trained on generated images" not in text
    assert "From outside this repository" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_the_interval_holds_the_mean_and_is_wider_over_runs_too(tmp_path: Path) -> None:
    loaded = kept(*SEEDS)
    weights = Weights(loaded[0].record.headline.predictor, "last")
    for records, least in ((loaded[:1], 1.0), (loaded, 1.0)):
        for row in card_rows(records, [weights] * len(records)):
            low, high = (float(end) for end in row.interval.split("–"))
            assert low < float(row.dice) < high
            assert high - low > least
    write_card(loaded, [weights] * 3, tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text()
    assert "- Runs, 3, whose probabilities are averaged:" in text
    assert "Each run was scored alone; their mean probabilities were not." in text


def test_runs_of_several_methods_are_each_told_and_all_of_them_scored(tmp_path: Path) -> None:
    loaded = kept(SEEDS[0], FLOOR)
    weights = [Weights(one.record.headline.predictor, "last") for one in loaded]
    assert weights[0] != weights[1]
    own = [
        {row.structure: row.dice for row in one.record.summary if (row.predictor, row.rule) == (mine.predictor, "last")}
        for one, mine in zip(loaded, weights, strict=True)
    ]
    for row, name in zip(card_rows(loaded, weights), ("RV", "Myo", "LV", "avg"), strict=True):
        low, high = (float(end) for end in row.interval.split("–"))
        mean = sum(100 * (dice[name] or 0) for dice in own) / 2
        assert float(row.dice) == pytest.approx(mean, abs=0.051) and low < mean < high
    write_card(loaded, weights, tmp_path / "card.md")
    lines = (tmp_path / "card.md").read_text().splitlines()
    assert lines[0] == "# ACTION and Supervised on acdc"
    said = [line.split(" (")[0] for line in lines if line.startswith("- Method: ")]
    assert said == ["- Method: ACTION", "- Method: Supervised"]
    for one, mine in zip(loaded, weights, strict=True):
        assert f"- Weights: {mine.predictor}, last, as the record reports them" in lines
        (line,) = (line for line in lines if one.record.cell.id in line)
        assert line.endswith(f"; its {mine.predictor}, last")
    assert sum(line.startswith("- Split ") for line in lines) == 1  # which both have in common


def test_a_rule_that_was_not_scored_has_dashes_and_one_structure_no_mean() -> None:
    (loaded,) = kept(SEEDS[0])
    rows = card_rows([loaded], [Weights("nobody", "last")])
    assert [(row.structure, row.dice, row.interval) for row in rows] == [
        (name, "–", "–") for name in ("RV", "Myo", "LV", "mean")
    ]
    alone = loaded.record.model_copy(update={"structures": ("RV",)})
    rows = card_rows([LoadedRecord(alone, loaded.folder)], [Weights(alone.headline.predictor, "last")])
    assert [row.structure for row in rows] == ["RV"]


def test_a_phantoms_card_says_that_its_images_are_generated(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one = record(cases(), dataset="phantom")
    store.save(one.cell.id, one, {"cases": cases()}, {})
    loaded = store.load(one.cell.id)
    write_card([loaded], [Weights(one.headline.predictor, one.headline.rule)], tmp_path / "card.md")
    assert "**Trained on generated images**" in (tmp_path / "card.md").read_text()


def test_a_card_names_the_files_from_outside_and_the_licences_they_and_the_data_state(tmp_path: Path) -> None:
    outside = {
        "method": {"name": "mine.py", "digest": "ab" * 8},
        "backbone-tiny": {"name": "nets 1.0", "digest": "cd" * 8},
    }
    loaded = save(tmp_path, id="toy", dataset="hearts", outside=outside)
    copy = loaded.folder / "outside" / "method" / "mine.py"
    copy.parent.mkdir(parents=True)
    copy.write_text("# SPDX-License-Identifier: MIT\n")
    told = {"licence": "CC BY-NC 4.0"}
    entries = {"method": {"entry": "mine.py"}, "backbone-tiny": {"entry": "nets/__init__.py"}}
    write_json(loaded.folder / "cell.json", {"told": told, "outside": entries})
    write_card([loaded], [Weights("network", "last")], tmp_path / "card.md")
    lines = (tmp_path / "card.md").read_text().splitlines()
    method = lines.index("- From outside this repository, method: mine.py (abababababababab), licence MIT")
    assert lines[method - 1].startswith("- Method: Supervised (Ronneberger 2015)")
    assert lines[method + 1] == (
        "- From outside this repository, backbone tiny: nets 1.0 (cdcdcdcdcdcdcdcd), licence not stated"
    )
    assert "- Licence of the data: CC BY-NC 4.0, non-commercial use only" in lines
    write_json(loaded.folder / "cell.json", {})
    write_card([loaded], [Weights("network", "last")], tmp_path / "card.md")
    assert "- Licence of the data: not told; ask who gave them" in (tmp_path / "card.md").read_text()


def test_runs_that_are_not_alike_are_told_each_with_its_own_weights(tmp_path: Path) -> None:
    one = save(tmp_path, 0.5, id="one")
    table = cases(0.8)[lambda found: found["case"] != "c3"].assign(predictor="teacher")
    made = record(table, id="two", method="em", title="EM", labeled=7)
    made = made.model_copy(update={"labeled_patients": ("p7", "p8")})
    Store(tmp_path).save("two", made, {"cases": table}, {})
    other = Store(tmp_path).load("two")
    both = [Weights("network", "last"), Weights("teacher", "val_best")]
    mean = card_rows([one, other], both)[-1]
    heads = [("network", "last"), ("teacher", "val_best")]
    dice = [
        next(row.dice for row in found.record.summary if (row.predictor, row.rule, row.structure) == (*head, "avg"))
        for found, head in zip((one, other), heads, strict=True)
    ]
    assert mean.dice == f"{50 * sum(value or 0 for value in dice):.1f}" and mean.cases == "9 to 11 a run"
    low, high = (float(end) for end in mean.interval.split("–"))
    assert low < float(mean.dice) < high
    write_card([one, other], both, tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text()
    for line in (
        "- Method: Supervised (Ronneberger 2015), fidelity fixed",
        "- Method: EM (Ronneberger 2015), fidelity fixed",
        "- Weights: network, last, as the record reports them",
        "- Weights: teacher, val_best, which the record does not report first",
        "- Labelled, 1 (canonical draw): p9",
        "- Labelled, 2 (canonical draw): p7, p8",
    ):
        assert f"{line}\n" in text
    assert text.count("- Split ") == 1
