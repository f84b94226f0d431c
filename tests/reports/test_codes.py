"""Lines by code: two codes in one line only where the canary calls them the same, and what a page says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pandas as pd
import pytest

from reports import codes
from reports.codes import code_notes, standings
from reports.comparison import compare_lines
from reports.findings import find
from reports.line import Line
from reports.page import build_page
from reports.summary import Group, group
from reports.variance import crossings
from results.code import Code, Sources, code_of
from results.same_code import SameCode
from results.store import LoadedRecord
from tests.checkout import ROOT, copied, edit
from tests.reports.pages import read_page
from tests.results.made import save

ONE = Code(method="ab12" + 12 * "0", training="cd34" + 12 * "0", scoring="ef56" + 12 * "0")
TWO = ONE.model_copy(update={"method": "ba21" + 12 * "0"})
SHARED = ONE.model_copy(update={"training": "dc43" + 12 * "0"})


@pytest.fixture(autouse=True)
def same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SameCode:
    """Return what the canary wrote down, which is nothing yet and not the repository's."""
    monkeypatch.setattr("results.same_code.SAME_CODE", tmp_path / "same_code.json")
    return SameCode({})


def of(loaded: LoadedRecord, code: Code | None, **values: object) -> LoadedRecord:
    return replace(loaded, record=loaded.record.model_copy(update={"code": code, **values}))


def seeds(root: Path, *made: Code | None, dice: float = 0.6, **cell: object) -> list[LoadedRecord]:
    given = {"method": "mean_teacher", "title": "Mean teacher", **cell}
    name = "twin" if cell.get("twin") else given["method"]
    return [
        of(save(root, dice + seed / 50, id=f"{name}-s{seed}", seed=seed, **given), code)
        for seed, code in enumerate(made)
    ]


def join(same: SameCode, *made: Code) -> None:
    same.add("mean_teacher", "trace", [code.trained for code in made if code.trained])
    same.write()


def only(records: list[LoadedRecord]) -> Group:
    (found,) = group(records)
    return found


def mean(*records: LoadedRecord) -> float:
    return fmean(next(row.dice for row in one.record.summary if row.structure == "avg") for one in records)


def notes(found: Group) -> list[str]:
    return code_notes(found, standings([one for line in found.lines for one in line.records]))


def by_label(found: Group) -> dict[str, Line]:
    assert len({line.label for line in found.lines}) == len(found.lines)
    return {line.label: line for line in found.lines}


def test_runs_of_one_code_are_a_line(tmp_path: Path) -> None:
    (line,) = only(seeds(tmp_path, ONE, ONE, ONE)).lines
    assert (line.label, len(line.records)) == ("Mean teacher", 3)


@pytest.mark.parametrize("other", [TWO, SHARED])
def test_runs_of_two_codes_are_two_lines_named_by_their_codes(other: Code, tmp_path: Path) -> None:
    made = seeds(tmp_path, ONE, other, ONE)
    found = by_label(only(made))
    short = "ba21-cd34" if other is TWO else "ab12-dc43"
    assert list(found) == ["Mean teacher, code ab12-cd34 (commit abc)", f"Mean teacher, code {short} (commit abc)"]
    first, second = found.values()
    assert first.spread("last", "avg", "dice").mean == pytest.approx(mean(made[0], made[2]))
    assert second.spread("last", "avg", "dice").mean == pytest.approx(mean(made[1]))


def test_codes_that_the_canary_calls_the_same_are_one_line_and_the_page_says_why(
    tmp_path: Path, same: SameCode
) -> None:
    made = seeds(tmp_path / "runs", ONE, TWO, ONE)
    join(same, ONE, TWO)
    (line,) = only(made).lines
    assert line.spread("last", "avg", "dice").mean == pytest.approx(mean(*made))
    words = "Mean teacher: trained by two codes that the canary calls the same: ab12-cd34 and ba21-cd34."
    assert words in notes(only(made))
    assert words in read_page(build_page(made, tmp_path / "page", "T"))
    join(same, SHARED)
    assert len(only(seeds(tmp_path / "more", ONE, SHARED)).lines) == 1


def test_older_records_stand_together_with_their_commits_said_and_apart_from_told_ones(tmp_path: Path) -> None:
    made = seeds(tmp_path, None, None, ONE, ONE)
    made[0] = of(made[0], None, commit="0123456789")
    found = only(made)
    assert list(by_label(found)) == [
        "Mean teacher, code not told (commit 01234567)",
        "Mean teacher, code ab12-cd34 (commit abc)",
    ]
    words = "trained at two commits, 01234567 and abc, whose code is not told by content."
    assert any(note.endswith(words) for note in notes(found))


def test_new_records_that_tell_no_code_stand_alone_and_old_ones_scored_again_together(tmp_path: Path) -> None:
    new, old = ONE.untold, ONE.untold.model_copy(update={"older": True})
    made = [of(one, new, dirty=True) for one in seeds(tmp_path / "new", new, new)]
    lines = only(made).lines
    assert [len(line.records) for line in lines] == [1, 1]
    assert all("code not told (commit abc with changes)" in line.label for line in lines)
    assert notes(only(made)) == ["All rows: of commits with changes whose code is not told by content."]
    assert [len(line.records) for line in only(seeds(tmp_path / "old", old, None)).lines] == [2]
    (standing,) = standings(made[:1]).values()
    assert standing.words == "of commit abc with changes, whose code is not told by content"


def test_another_inspection_is_said_without_a_promise(tmp_path: Path) -> None:
    one, other = (ONE.model_copy(update={"inspection": digit * 16}) for digit in "67")
    found = notes(only(seeds(tmp_path, one, other)))
    assert "Mean teacher: ledger and diagnosis by two codes (6666 and 7777)." in found
    assert not any("rescore" in note for note in found)


def test_another_scoring_parts_no_line_and_is_said(tmp_path: Path) -> None:
    other = ONE.model_copy(update={"scoring": "fe65" + 12 * "0"})
    found = only(seeds(tmp_path, ONE, other))
    assert len(found.lines) == 1
    assert "Mean teacher: scored by two codes (ef56 and fe65); benchmark.rescore makes them one." in notes(found)


def test_rows_that_do_not_share_the_rest_are_said(tmp_path: Path, same: SameCode) -> None:
    made = [*seeds(tmp_path, ONE), *seeds(tmp_path, SHARED, method="em", title="EM")]
    words = "The code that all methods share when they train was not the same in all rows"
    assert notes(only(made))[-1] == f"{words}: dc43: EM; cd34: Mean teacher."
    join(same, ONE, SHARED)
    same.add("em", "trace", [str(SHARED.trained), f"{SHARED.method}-{ONE.training}"])
    same.write()
    assert not any("all methods share" in note for note in notes(only(made)))


def test_a_gain_is_over_a_twin_of_the_same_code(tmp_path: Path, same: SameCode) -> None:
    made = [*seeds(tmp_path, ONE, TWO), *seeds(tmp_path, ONE, ONE, dice=0.5, twin=True)]
    found = [line for line in only(made).lines if not line.first.cell.twin]
    (twin,) = (line for line in only(made).lines if line.first.cell.twin)
    assert [twin.is_twin_of(line) for line in found] == [True, False]
    gain = found[0].gain_over(twin, "last")
    assert gain.mean == pytest.approx(mean(made[0]) - mean(made[2]))
    join(same, ONE, TWO)
    (line,) = (line for line in only(made).lines if not line.first.cell.twin)
    assert twin.is_twin_of(line)
    assert line.gain_over(twin, "last").mean == pytest.approx(mean(*made[:2]) - mean(*made[2:]))


def test_a_twin_without_its_fields_among_its_overrides_is_the_twin_of_each_weight(tmp_path: Path) -> None:
    made = [save(tmp_path, id=f"m{k}", method="em", title="EM", overrides={"weight": k, "ramp": 1}) for k in (1, 2)]
    made.append(save(tmp_path, id="t", method="em", title="EM", overrides={"ramp": 1}, twin=True))
    *lines, twin = sorted(only(made).lines, key=lambda line: line.first.cell.twin)
    assert [twin.is_twin_of(line) for line in lines] == [True, True]


@pytest.mark.parametrize(("ordinary", "done"), [(ONE, 4), (TWO, 3), (None, 3)])
def test_a_crossing_takes_an_ordinary_run_of_its_code_only(ordinary: Code | None, done: int, tmp_path: Path) -> None:
    named = ({"init_seed": 1}, {"data_seed": 1}, {"init_seed": 1, "data_seed": 1})
    made = [of(save(tmp_path, id=f"c{number}", **one), ONE) for number, one in enumerate(named)]
    made.append(of(save(tmp_path, id="ordinary"), ordinary))
    (crossing,) = crossings(find(only(made)))
    assert (crossing.done, crossing.wanted) == (done, 4)


def test_comparisons_are_between_the_lines_of_the_table(tmp_path: Path) -> None:
    made = [*seeds(tmp_path, ONE, ONE, TWO, TWO), *seeds(tmp_path, ONE, ONE, method="em", title="EM", dice=0.4)]
    compared = compare_lines(find(only(made)))
    assert compared is not None and compared.seeded.tested == 3


def test_the_tables_name_the_codes_of_each_row(tmp_path: Path) -> None:
    build_page([*seeds(tmp_path / "runs", ONE, None)], tmp_path / "page", "T")
    table = pd.read_csv(tmp_path / "page" / "tables.csv")
    assert set(table["codes"]) == {ONE.trained, "commit:abc"}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the code that pages take for their checkout."""
    root = copied(tmp_path / "checkout")
    monkeypatch.setattr(codes, "ROOT", root)
    return root


def test_a_page_says_which_rows_other_code_made(checkout: Path, tmp_path: Path, same: SameCode) -> None:
    here = code_of(Sources(ROOT).parts("mean_teacher", "acdc"))
    made = seeds(tmp_path / "runs", here, here)
    assert notes(only(made)) == []
    edit(checkout, "methods/mean_teacher.py")
    found = only([*made, *seeds(tmp_path / "runs", None, method="em", title="EM")])
    assert notes(found) == [
        "Mean teacher: made by other code than this checkout's.",  # no code.json lies there to name files
        "EM: of commits whose code is not told by content.",
    ]
    now = code_of(Sources(checkout).parts("mean_teacher", "acdc"))
    join(same, here, now)
    words = "Mean teacher: made by other code than this checkout's, which the canary calls the same."
    assert notes(only(made)) == [words]
    mixed = only(seeds(tmp_path / "mixed", here, now))
    assert "Mean teacher, 1 of 2 runs: made by other code" in notes(mixed)[1]
    assert words in read_page(build_page(made, tmp_path / "page", "T")).replace("&#39;", "'")
