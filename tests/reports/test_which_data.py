"""Numbers of different data never stand in one line or one table, and a page says which each are of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from reports import verdict
from reports.findings import find
from reports.main_table import main_table
from reports.page import build_page
from reports.summary import Group, group
from reports.variance import crossings
from reports.verdict import command
from reports.which_data import told
from results.content import Content
from results.record import Record
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.results.made import cases, record, save

OLD = "3c51735a043b288f"


def content(training: str | None, scoring: str) -> Content:
    return Content(training=training and f"content-{training}", scoring=f"content-{scoring}")


def run(root: Path, dice: float, found: Content | None, fingerprint: str, **cell: object) -> LoadedRecord:
    loaded = save(root, dice, pictures=False, **{"id": f"r{len(list(root.glob('*')))}", **cell})
    update = {"content": found, "data_fingerprint": fingerprint}
    return replace(loaded, record=loaded.record.model_copy(update=update))


def mean_dice(group: Group) -> list[float | None]:
    return [line.spread("last", "avg", "dice").mean for line in group.lines]


@pytest.fixture
def two(tmp_path: Path) -> list[LoadedRecord]:
    """Return seeds 0 and 1 of one method, each on masks of its own."""
    return [
        run(tmp_path, 0.3 + seed / 2, content("aaaa", scoring), f"content-{scoring}0", seed=seed)
        for seed, scoring in enumerate(("bbbb", "cccc"))
    ]


def test_two_seeds_on_different_test_masks_make_two_lines_without_a_deviation(two: list[LoadedRecord]) -> None:
    found = group(two)
    assert [one.title for one in found] == ["acdc (test cases content-bbbb)", "acdc (test cases content-cccc)"]
    for one, loaded in zip(found, two, strict=True):
        (line,) = one.lines
        assert line.spread("last", "avg", "dice").deviation is None
        assert mean_dice(one) == [next(row.dice for row in loaded.record.summary if row.structure == "avg")]


@pytest.mark.parametrize(
    ("other", "fingerprint", "titles"),
    [
        (content("aaaa", "bbbb"), "content-0", ["acdc"]),
        (
            content("dddd", "bbbb"),
            "content-1",
            ["acdc (training cases content-aaaa)", "acdc (training cases content-dddd)"],
        ),
        (
            content("dddd", "eeee"),
            "content-1",
            [
                "acdc (training cases content-aaaa, test cases content-bbbb)",
                "acdc (training cases content-dddd, test cases content-eeee)",
            ],
        ),
        (None, OLD, [f"acdc (data {OLD} by names and sizes)", "acdc (data content-0)"]),
        (
            content(None, "eeee"),
            OLD,
            [f"acdc (data {OLD} by names and sizes, scored again on content-eeee)", "acdc (data content-0)"],
        ),
    ],
    ids=["the same", "training", "both", "older", "scored again"],
)
def test_a_table_is_named_by_what_tells_its_data_from_anothers(
    tmp_path: Path, other: Content | None, fingerprint: str, titles: list[str]
) -> None:
    made = [run(tmp_path, 0.5, content("aaaa", "bbbb"), "content-0"), run(tmp_path, 0.6, other, fingerprint, seed=1)]
    found = group(made)
    assert [one.title for one in found] == titles
    assert sum(len(line.records) for one in found for line in one.lines) == 2


def test_an_older_record_and_the_same_scored_again_are_no_seeds_of_one_line(tmp_path: Path) -> None:
    made = [
        run(tmp_path, 0.5, None, OLD),
        run(tmp_path, 0.6, content(None, "eeee"), OLD, seed=1),
        run(tmp_path, 0.7, content(None, "eeee"), OLD, seed=2),
        run(tmp_path, 0.8, content(None, "ffff"), OLD, seed=3),
    ]
    assert sorted(len(line.records) for one in group(made) for line in one.lines) == [1, 1, 2]


def test_no_gain_ceiling_rank_or_crossing_reaches_into_other_data(tmp_path: Path) -> None:
    here, there = (content("aaaa", "bbbb"), "content-0"), (content("aaaa", "cccc"), "content-1")
    method = {"method": "mean_teacher", "title": "Mean teacher"}
    made = [run(tmp_path, 0.7, *here, **method), run(tmp_path, 0.3, *there, **method, twin=True)]
    made += [run(tmp_path, 0.5, *here), run(tmp_path, 0.9, *there, labeled=70)]
    made += [run(tmp_path, 0.5, *here, init_seed=1), run(tmp_path, 0.5, *there, init_seed=2)]
    first, second = group(made)
    assert [row.gain for row in main_table(find(first), None).rows] == ["", "", ""]
    assert not any(line.is_ceiling for line in first.lines) and any(line.is_ceiling for line in second.lines)
    assert crossings(find(first)) == crossings(find(second)) == []
    (alone,) = group([replace(one, record=one.record.model_copy(update=_data(made[0].record))) for one in made])
    assert (
        next(row.gain for row in main_table(find(alone), None).rows if row.line.first.cell.title != "Supervised") != ""
    )


def _data(other: Record) -> dict[str, object]:
    return {"content": other.content, "data_fingerprint": other.data_fingerprint}


def test_page_and_tables_say_which_data(two: list[LoadedRecord], tmp_path: Path) -> None:
    out = tmp_path / "page"
    shown = read_page(build_page(two, out, "A title"))
    for name in ("bbbb", "cccc"):
        assert f"acdc (test cases content-{name}): 3 labelled of 70" in shown
        assert f"**acdc (test cases content-{name}), 3 labelled" in (out / "tables.md").read_text()
        assert (
            f"data content-{name}0, by what the cases hold: training and validation content-aaaa, test content-{name}"
            in shown
        )
    table = pd.read_csv(out / "tables.csv")
    assert table.groupby("data")["test_data"].first().to_dict() == {
        "content-bbbb0": "content-bbbb",
        "content-cccc0": "content-cccc",
    }
    assert (table["seeds"] == 1).all()
    assert "acdc: 3 labelled of 70" in read_page(build_page(two[:1], tmp_path / "one", "A title"))


def test_verdicts_are_of_one_content_each(two: list[LoadedRecord], monkeypatch, capsys) -> None:
    monkeypatch.setattr(verdict, "read_records", lambda *_: two)
    assert command([]) == 0
    said = capsys.readouterr().out
    assert said.count("acdc (test cases content-bbbb), 3 labelled") == 1
    assert said.count("acdc (test cases content-cccc), 3 labelled") == 1
    rows = [line for line in said.splitlines() if "one seed: none" in line and " avg " in line]
    assert {line.split()[0] for line in rows} == {"UNet-L"} and len(rows) % 2 == 0


@pytest.mark.parametrize(
    ("dataset", "found", "fingerprint", "words"),
    [
        ("acdc", None, OLD, f"{OLD}, by names and sizes of files, which a mask mended in place keeps"),
        ("phantom", None, "c90f", "c90f, by the generator's version and parameters"),
        (
            "acdc",
            content(None, "bbbb"),
            OLD,
            f"{OLD}, by names and sizes of files, which a mask mended in place keeps; scored again on test cases "
            "content-bbbb, by what they hold",
        ),
    ],
)
def test_it_is_said_how_a_fingerprint_was_made(
    dataset: str, found: Content | None, fingerprint: str, words: str
) -> None:
    one = record(cases(), dataset=dataset)
    assert told(one.model_copy(update={"content": found, "data_fingerprint": fingerprint})) == words
