"""The page: self-contained, every number from a record, no spread for one seed, generated data said loudly."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from reports import build
from reports.formatting import p_equals, p_value
from reports.page import build_page
from reports.summary import group
from results.errors import ResultError
from results.record import Opening, StageInfo
from results.store import LoadedRecord
from shell.errors import UsageError
from tests.reports.pages import read_page
from tests.results.made import save, with_table


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[LoadedRecord]:
    root = tmp_path_factory.mktemp("runs")
    made = [save(root, 0.5 + seed / 50, id=f"sup-s{seed}", seed=seed) for seed in range(3)]
    made.append(save(root, 0.6, id="mt-s0", method="mean_teacher", title="Mean teacher", pictures=False))
    made.append(save(root, 0.8, id="full-s0", labeled=70))
    return made


@pytest.fixture(scope="module")
def html(records: list[LoadedRecord], tmp_path_factory: pytest.TempPathFactory) -> str:
    return read_page(build_page(records, tmp_path_factory.mktemp("page"), "A title"))


def test_the_page_needs_nothing_but_itself(html: str) -> None:
    assert not re.search(r"<(link|iframe)\b", html)
    assert not re.search(r"<script[^>]*\bsrc\b", html) and "fetch(" not in html and "XMLHttpRequest" not in html
    kinds = "data:image/webp;base64,", "data:image/svg+xml;base64,"
    assert all(source.startswith(kinds) for source in re.findall(r'src="([^"]*)', html))
    assert "url(" not in html and "@import" not in html


def test_means_and_deviations_are_those_of_the_records(html: str, records: list[LoadedRecord]) -> None:
    values = pd.Series([100 * next(r for r in one.record.summary if r.structure == "avg").dice for one in records[:3]])
    assert f"{values.mean():.1f} ± {values.std():.1f}" in html


def test_one_seed_shows_no_spread(html: str) -> None:
    row = re.search(r'<tr id="table-1-row-mt-s0">.*?</tr>', html, re.DOTALL)
    assert row is not None
    assert "±" not in row[0]
    assert "1 seed" in row[0]


def test_it_says_how_often_test_masks_were_opened_and_which_records_never_counted(tmp_path: Path) -> None:
    old, counted = save(tmp_path, id="old"), save(tmp_path, id="counted", method="em", title="EM")
    openings = tuple(Opening(purpose=words, updates=20) for words in ("scoring", "benchmark.score"))
    counted = replace(counted, record=counted.record.model_copy(update={"test_openings": openings}))
    shown = read_page(build_page([old, counted], tmp_path / "page", "A title"))
    assert "2 in 1 run, none of them before the run&#39;s last update; 1 older record did not count" in shown


def test_it_says_whose_stages_start_from_weights_that_validation_patients_chose(tmp_path: Path) -> None:
    plain, chosen = save(tmp_path, id="plain"), save(tmp_path, id="b", method="bcp", title="BCP", fidelity="official")
    stages = (StageInfo(name="pretrain", updates=5, chosen_from=150), StageInfo(name="self_train", updates=15))
    chosen = replace(chosen, record=chosen.record.model_copy(update={"stages": stages}))
    sentence = "BCP (official): its stage self_train starts from the best of 150 validations of its stage pretrain"
    assert sentence in read_page(build_page([plain, chosen], tmp_path / "page", "A title"))
    assert "starts from the best of" not in read_page(build_page([plain], tmp_path / "other", "A title"))


def test_it_says_of_older_bcp_that_validation_chose_and_of_other_older_records_that_they_do_not_say(
    tmp_path: Path,
) -> None:
    stages = tuple(StageInfo(name=name, updates=10) for name in ("pretrain", "self_train"))
    made = [save(tmp_path, id=name, method=name, title=name.upper()) for name in ("bcp", "scs", "em")]
    made[:2] = [replace(one, record=one.record.model_copy(update={"stages": stages})) for one in made[:2]]
    shown = read_page(build_page(made, tmp_path / "page", "A title")).replace("&#39;", "'")
    words = (
        "BCP (fixed): its stage self_train starts from the best of the validations of its stage pretrain (as in every "
        "run before 2026-11-27; the older record does not say)"
    )
    assert words in shown
    assert "older records of SCS (fixed) don't say whether validation chose where a later stage starts" in shown


def test_a_record_that_says_no_validation_chose_is_not_called_older(tmp_path: Path) -> None:
    stages = tuple(StageInfo(name=name, updates=10, chosen_from=0) for name in ("pretrain", "self_train"))
    one = save(tmp_path, id="b", method="bcp", title="BCP")
    one = replace(one, record=one.record.model_copy(update={"stages": stages}))
    assert "Chosen before the end" not in read_page(build_page([one], tmp_path / "page", "A title"))


def test_the_ceiling_joins_the_table_marked(html: str) -> None:
    row = '<tr class="ceiling" id="table-1-row-full-s0"><th scope="row"><a href="#table-1-of-full-s0">'
    assert f"{row}Supervised, all 70 labelled" in html


def test_every_record_is_linked_and_shown(html: str, records: list[LoadedRecord]) -> None:
    for loaded in records:
        assert f'id="{loaded.record.cell.id}"' in html
    assert len(re.findall(r'href="[^"]*record\.json"', html)) == 2 * len(records)  # by itself, and behind its row


def test_published_numbers_carry_source_and_evidence_and_no_claim(html: str) -> None:
    assert "arXiv 2302.01735" in html and "read in the paper" in html
    assert "not at the paper&#39;s schedule" in html or "not at the paper's schedule" in html
    assert "reproduced" not in html


def test_pictures_that_are_not_kept_are_said_to_be(html: str) -> None:
    assert "Mean teacher: pictures are not kept with published records" in html


def test_no_p_value_is_printed_as_0() -> None:
    assert [p_value(p) for p in (0.0, 0.0004, 0.0005, 0.05, 1.0)] == ["< 0.001", "< 0.001", "0.001", "0.050", "1.000"]
    assert [p_equals(p) for p in (0.0004, 0.0005)] == ["< 0.001", "= 0.001"]


def test_nothing_is_marked_best(html: str) -> None:
    assert "<b>" not in html
    assert not re.search(r"<td>\s*<strong>", html)


def test_a_phantom_page_says_first_that_its_data_are_generated(tmp_path: Path) -> None:
    made = [save(tmp_path / "runs", id="p", dataset="phantom")]
    text = read_page(build_page(made, tmp_path, "Phantom"))
    assert "Generated data." in text
    assert text.index("Generated data.") < text.index("<table")
    assert "Beside published numbers" not in text


def test_tables_hold_the_plain_numbers_and_their_cells(records: list[LoadedRecord], tmp_path: Path) -> None:
    build_page(records, tmp_path, "T")
    table = pd.read_csv(tmp_path / "tables.csv")
    row = table[(table["method"] == "supervised") & (table["labeled"] == 3)].query("rule=='last' and structure=='avg'")
    assert row["cells"].item() == "sup-s0 sup-s1 sup-s2"
    assert row["dice_sd"].item() > 0
    assert table[table["method"] == "mean_teacher"]["dice_sd"].isna().all()
    assert r" \pm " in (tmp_path / "tables.tex").read_text()
    assert "| Supervised | 3 |" in (tmp_path / "tables.md").read_text()


def test_the_command_builds_from_folders_and_names_what_is_missing(
    records: list[LoadedRecord], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = records[0].folder.parent
    assert build.command(["--runs", str(root), "--out", str(tmp_path / "page")]) == 0
    assert (tmp_path / "page" / "index.html").exists()
    with pytest.raises(ResultError, match="there is no record in"):
        build.command(["--runs", str(tmp_path), "--out", str(tmp_path / "other")])
    assert not (tmp_path / "other").exists()
    with pytest.raises(UsageError, match="--protocol acdd: no sweep of it was started"):
        build.command(["--protocol", "acdd", "--runs", str(root)])


def test_pages_are_built_without_torch() -> None:
    code = "import sys, reports.page; sys.exit('torch' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_variants_stand_beside_the_published_ablation_under_their_names(tmp_path: Path) -> None:
    one = save(tmp_path / "runs", 0.6, id="a", method="action", title="ACTION", overrides={"local_share": 0})
    two = save(tmp_path / "runs", 0.7, id="b", method="action", title="ACTION")
    text = read_page(build_page([one.named("without stage ii"), two.named("full")], tmp_path, "Ablation"))
    row = re.search(r'<tr><th scope="row">without stage ii</th>.*?</tr>', text, re.DOTALL)
    mean = 100 * next(r for r in one.record.summary if r.structure == "avg").dice
    assert row is not None
    assert "86.4" in row[0] and f"{mean:.1f}" in row[0]
    assert "second-hand" in row[0]
    assert re.search(r'<th scope="row">without unsupervised loss</th>.*?not run', text, re.DOTALL)
    assert "ACTION, without stage ii" in text


def test_lines_of_one_name_are_told_apart_by_their_overrides(tmp_path: Path) -> None:
    made = [save(tmp_path / "runs", 0.6, id=f"a{bank}", overrides={"bank": bank}) for bank in (12, 108)]
    text = read_page(build_page(made, tmp_path, "Banks"))
    assert "Supervised, bank=12" in text and "Supervised, bank=108" in text


def test_an_old_record_says_which_network_it_is_of(tmp_path: Path) -> None:
    old = save(tmp_path / "runs", id="acdc-3-supervised-unet-quick-s0-1", backbone="unet-transposed")
    new = save(tmp_path / "runs", id="acdc-3-supervised-unet-quick-s0-2")
    text = read_page(build_page([old, new], tmp_path / "page", "Two networks"))
    assert text.count("was called <code>unet</code> when this ran") == 1
    assert "unet, 1.81 million weights; unet-transposed, 1.81 million weights" in text
    table = pd.read_csv(tmp_path / "page" / "tables.csv")
    assert set(table["backbone"]) == {"unet", "unet-transposed"}


def test_a_diagnosis_is_shown_as_such(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs", id="a")
    rows = [(k, q, s, "", 0.5) for k in (5, 10) for q in ("pseudo_dice", "confident_share") for s in ("RV", "LV")]
    rows += [(10, q, s, o, 0.2) for q in ("similarity", "negative_share") for s in ("RV", "LV") for o in ("RV", "LV")]
    table = pd.DataFrame(rows, columns=["update", "quantity", "structure", "other", "value"])
    loaded = with_table(loaded, diagnosis=table)
    assert "Inside the methods" in read_page(build_page([loaded], tmp_path, "One"))
    plane = pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 0.0], "structure": ["RV", "LV"]})
    loaded = with_table(loaded, diagnosis=table, embedding=plane)
    text = read_page(build_page([loaded], tmp_path, "Two"))
    assert "representations of random pixels" in text
    assert "nothing here is a score" in text


def test_the_gain_over_a_twin_is_the_difference_of_the_same_seeds(tmp_path: Path) -> None:
    made = [
        save(tmp_path / "runs", 0.6 + seed / 50, id=f"m{seed}", method="mean_teacher", seed=seed) for seed in (0, 1)
    ]
    made += [
        save(tmp_path / "runs", 0.5, id=f"t{seed}", method="mean_teacher", seed=seed, twin=True) for seed in (0, 1)
    ]
    means = [100 * next(r for r in one.record.summary if r.structure == "avg").dice for one in made]
    gains = pd.Series([means[0] - means[2], means[1] - means[3]])
    text = read_page(build_page(made, tmp_path, "Twins"))
    assert f"{gains.mean():+.1f} ± {gains.std():.1f}" in text
    assert "Gain over twin" in text


def test_without_twins_there_is_no_such_column(html: str) -> None:
    assert "Gain over" not in html


def test_variants_stay_in_the_order_of_their_protocol(tmp_path: Path) -> None:
    names = ("full", "without this", "a number")
    records = [
        save(tmp_path, id=name, method="action", title="ACTION", overrides={"x": k}).named(name)
        for k, name in enumerate(names)
    ]
    (found,) = group(records)
    assert [line.first.cell.variant for line in found.lines] == list(names)


def test_a_record_s_values_keep_their_lines(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs", id="a", size=64)
    text = build_page([loaded], tmp_path, "One").read_text()
    values = json.dumps(loaded.values(), indent=1, sort_keys=True)
    assert f"<pre>{values}</pre>" in unescape(text)


def test_supervised_training_comes_first_and_its_stronger_recipe_second(tmp_path: Path) -> None:
    titles = {"ict": "ICT", "supervised_strong": "Supervised, strong recipe", "supervised": "Supervised"}
    made = [save(tmp_path, id=name, method=name, title=title) for name, title in titles.items()]
    (only,) = group(made)
    assert [line.first.cell.method for line in only.lines] == ["supervised", "supervised_strong", "ict"]
