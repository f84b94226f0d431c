"""The network that learns: a stage that collapses is named, one that doesn't is not, old records are read as before."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from reports.learning_network import COLLAPSED, followed
from reports.multiples import OWN
from reports.page import build_page
from reports.summary import group
from results.record import StageInfo
from results.store import LoadedRecord, Store
from tests.reports.figures import Figure, points
from tests.reports.pages import read_page
from tests.results.made import history, save

STAGES = (StageInfo(name="global", updates=20), StageInfo(name="anatomical", updates=30))


def looked(root: Path, ranks: tuple[float, float], first: float = 40.0, **cell) -> LoadedRecord:
    """Save a run of two stages whose rank goes so in the first; first: the encoder's first gradient there."""
    rows = [
        ("global", 0, "effective_rank", ranks[0]), ("global", 20, "effective_rank", ranks[1]),
        ("global", 1, "encoder_gradient", first), ("global", 20, "encoder_gradient", 0.2),
        ("anatomical", 20, "effective_rank", ranks[1]), ("anatomical", 50, "effective_rank", ranks[1] + 1),
        ("anatomical", 21, "encoder_gradient", 0.4), ("anatomical", 50, "encoder_gradient", 0.3),
    ]  # fmt: skip
    made = save(root, **cell)
    terms = pd.concat([history(), pd.DataFrame(rows, columns=["stage", "update", "term", "value"])])
    record = made.record.model_copy(update={"stages": STAGES, "updates": 50})
    store = Store(root)
    store.save(record.cell.id, record, {"cases": made.cases(), "history": terms}, {}, force=True)
    return store.load(record.cell.id)


def test_a_collapse_is_one_sentence_with_its_numbers(tmp_path: Path) -> None:
    (one,) = group([looked(tmp_path, (54.0, 5.0), method="action", title="ACTION")])
    found = followed(one)
    assert found is not None
    assert found.collapses == (
        "ACTION: stage global collapsed; the bottleneck's effective rank fell from 54 to 5, so what it leaves tells "
        "slices apart in few directions. The encoder's first gradient was 40, 100 times that of stage anatomical.",
    )


@pytest.mark.parametrize(("after", "collapsed"), [(60 * COLLAPSED + 0.1, False), (60 * COLLAPSED - 0.1, True)])
def test_a_collapse_begins_below_a_third(tmp_path: Path, after: float, collapsed: bool) -> None:
    found = followed(*group([looked(tmp_path, (60.0, after), first=1.0)]))
    assert found is not None and [bool(stage.collapsed) for stage in found.stages] == [collapsed, False]
    assert all("gradient" not in words for words in found.collapses)  # 1.0 is not 20 times 0.4


def test_stages_have_their_updates_ranks_and_gradients_as_means_over_seeds(tmp_path: Path) -> None:
    runs = [looked(tmp_path, (50.0 + 2 * seed, 40.0), id=f"a{seed}", seed=seed) for seed in (0, 1)]
    found = followed(*group(runs))
    assert found is not None
    first, second = found.stages
    assert (first.first, first.last, second.first, second.last) == (1, 20, 21, 50)
    assert (first.mean("rank_before"), first.mean("rank_after")) == (51.0, 40.0)
    assert (second.mean("first_gradient"), second.mean("last_gradient")) == (0.4, 0.3)


def test_one_seed_of_three_that_collapses_is_named_whatever_the_mean(tmp_path: Path) -> None:
    ends = (50.0, 6.0, 52.0)
    runs = [looked(tmp_path, (54.0, end), first=1.0, id=f"a{seed}", seed=seed) for seed, end in enumerate(ends)]
    found = followed(*group(runs))
    assert found is not None
    assert found.collapses == (
        "Supervised: stage global collapsed in 1 of 3 seeds; the bottleneck's effective rank fell from 54 to 6, so "
        "what it leaves tells slices apart in few directions.",
    )
    assert found.short == ("Supervised: stage global collapsed in 1 of 3 seeds",)


def test_a_rank_that_ends_as_no_number_is_a_sentence_of_its_own(tmp_path: Path) -> None:
    ends = (50.0, float("nan"))
    runs = [looked(tmp_path / "runs", (54.0, end), id=f"a{seed}", seed=seed) for seed, end in enumerate(ends)]
    found = followed(*group(runs))
    assert found is not None and not any(stage.collapsed for stage in found.stages)
    assert found.collapses[0] == (
        "Supervised: stage global ended with an effective rank of the bottleneck that is not a number in 1 of 2 seeds; "
        "what the network computes is not finite."
    )
    assert "stage global ended with a rank that is not a number in 1 of 2 seeds" in read_page(
        build_page(runs, tmp_path / "page", "Lost")
    )


def test_rank_and_gradient_have_a_panel_a_method_whose_stages_end_at_strokes(tmp_path: Path) -> None:
    long = "A method of a name that is long " * 4
    runs = [looked(tmp_path, (54.0, 50.0), title=long), looked(tmp_path, (50.0, 40.0), id="em", method="em")]
    found = followed(*group([*runs, save(tmp_path, id="old", method="cps", title="CPS")]))
    assert found is not None and [plot.name for plot in found.plots] == ["effective_rank", "encoder_gradient"]
    rank = Figure.of(found.plots[0])
    assert len(rank.axes()) == 2 and len({right - left for left, right, _ in rank.axes()}) == 1
    (left, right, _), *_ = rank.axes()
    strokes = points(rank.paths(stroke=OWN, stroke_width="1.5")[0]["d"])[::2]
    places = [(x - left) / (right - left) for x, _ in strokes]
    assert places == pytest.approx([(update + 2.5) / 55 for update in (20, 20, 50)], abs=0.002)
    words = " ".join(words for words, _ in rank.texts())
    assert "A method of a name" in words and "effective rank" in words


def test_a_collapse_stands_below_the_main_table_too_with_a_link_to_its_section(tmp_path: Path) -> None:
    text = read_page(build_page([looked(tmp_path / "a", (54.0, 5.0), title="ACTION")], tmp_path / "page", "New"))
    short = text.index("ACTION: stage global collapsed</strong>")
    assert text.index("</table>") < short < text.index('<details class="section"')
    assert '<a href="#table-1-learning_network">' in text[short:] and text.count('id="table-1-learning_network"') == 1


def test_the_page_shows_them_and_nothing_for_records_of_older_versions(tmp_path: Path) -> None:
    text = read_page(build_page([looked(tmp_path / "a", (54.0, 5.0))], tmp_path / "page", "New"))
    assert "The network that learns" in text and "fell from 54 to 5" in text
    assert "21 to 50" in text
    old = save(tmp_path / "b")
    assert followed(*group([old])) is None
    assert "The network that learns" not in read_page(build_page([old], tmp_path / "old", "Old"))
