"""What the page says of pairs: seeds make a family, one seed another, and the plot marks who belongs to a bar."""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from matplotlib.figure import Figure as Canvas

from reports import comparison
from reports.comparison import SHOWN_PAIRS, Compared, compare_lines
from reports.findings import find
from reports.page import build_page
from reports.ranking_plot import _cliques, _levels
from reports.summary import group
from results.statistics.paired import holm
from results.store import LoadedRecord, Store
from results.summary import summarize
from tests.reports.figures import Figure, points
from tests.reports.pages import read_page
from tests.results import made

PATIENTS = 12
ROOT = Path(__file__).parents[2]
HASH_OF_PLOT = """
import hashlib, pathlib, sys
from reports.comparison import compare_lines
from reports.findings import find
from reports.summary import group
from results.store import Store

(one,) = group(Store(pathlib.Path(sys.argv[1])).records())
print(hashlib.sha256(compare_lines(find(one)).plot.source.encode()).hexdigest())
"""


def save(root: Path, seeds: Mapping[str, int], apart: float = 0.05, **cell: str) -> list[LoadedRecord]:
    """Save runs of as many seeds a method, on twelve patients, each method better than the one before it."""
    rng = np.random.default_rng(0)
    for place, (method, count) in enumerate(seeds.items()):
        for seed in range(count):
            table = made.cases(0.3 + apart * place, seed)
            table = table[table["case"] == "c0"]
            table = table.loc[table.index.repeat(PATIENTS)].reset_index(drop=True)
            patients = np.tile([f"p{number}" for number in range(PATIENTS)], len(table) // PATIENTS)
            dice = 0.3 + apart * place + 0.02 * rng.random(len(table))
            table = table.assign(patient=patients, case=patients, dice=dice, counted=True)
            names = {"method": method, "title": method, "id": f"{method}-s{seed}", **cell}
            record = made.record(table, seed=seed, **{**names, "id": "-".join([names["id"], *cell.values()])})
            record = record.model_copy(update={"summary": tuple(summarize(table, made.STRUCTURES))})
            Store(root).save(record.cell.id, record, {"cases": table, "history": made.history()}, {})
    return Store(root).records()


def compared(root: Path, seeds: Mapping[str, int], apart: float = 0.05) -> Compared:
    (one,) = group(save(root, seeds, apart))
    found = compare_lines(find(one))
    assert found is not None
    return found


def test_pairs_with_one_seed_take_nothing_from_the_others(tmp_path: Path) -> None:
    found = compared(tmp_path, {"a": 3, "b": 3, "c": 2, "d": 1, "e": 1})
    assert (found.seeded.tested, found.single.tested) == (3, 7)
    assert [one.p_holm for one in found.seeded.shown] == holm([one.found.p for one in found.seeded.shown])
    assert all(one.found.gap is not None for one in found.seeded.shown)
    assert all(one.found.gap is None and not one.apart for one in found.single.shown)


def test_all_pairs_with_seeds_are_shown_and_of_single_ones_those_with_the_highest_mean(tmp_path: Path) -> None:
    found = compared(tmp_path, {"a": 2, "b": 2, "c": 2, "d": 1, "e": 1})
    assert len(found.seeded.shown) == 3
    assert len(found.single.shown) == 4 and len({one.first for one in found.single.shown}) == 1


def test_of_many_pairs_the_surest_are_shown_and_those_with_the_highest_mean(tmp_path: Path) -> None:
    found = compared(tmp_path, {f"m{number:02}": 2 for number in range(11)}, apart=0.002)
    highest = found.seeded.shown[0].first
    assert found.seeded.tested == 55
    assert SHOWN_PAIRS <= len(found.seeded.shown) < 55
    assert sum(one.first == highest for one in found.seeded.shown) == 10


@pytest.mark.parametrize(("methods", "seeds", "warned"), [(9, 3, True), (8, 3, False), (9, 5, False)])
def test_many_methods_of_few_seeds_are_warned_of(tmp_path: Path, methods: int, seeds: int, warned: bool) -> None:
    found = compared(tmp_path, {f"m{number}": seeds for number in range(methods)})
    assert found.too_often == warned


def test_lines_of_the_network_before_stand_in_no_pair_with_the_released_one(tmp_path: Path) -> None:
    save(tmp_path / "runs", {"a": 2, "b": 2, "c": 2})
    records = save(tmp_path / "runs", {"b": 2, "d": 2}, backbone="unet-transposed")
    (one,) = group(records)
    found = compare_lines(find(one))
    assert found is not None and found.ranking is not None
    labels = {one.lines[number].label for pair in found.seeded.shown for number in (pair.first, pair.second)}
    assert (
        labels == {one.lines[int(number)].label for number in found.ranking.ranks} == {"a, unet", "b, unet", "c, unet"}
    )
    html = read_page(build_page(records, tmp_path / "page", "T"))
    words = "as unet-transposed was taken for unet when they ran: b, unet-transposed; d, unet-transposed."
    assert html.count(words) == 1


def test_other_backbones_are_compared_with_the_released_network(tmp_path: Path) -> None:
    save(tmp_path, {"a": 2})
    (one,) = group(save(tmp_path, {"b": 2}, backbone="resnet18"))
    found = compare_lines(find(one))
    assert found is not None and found.seeded.tested == 1
    assert comparison.other_networks(one) == ""


def test_where_only_the_network_before_ran_it_is_compared_and_nothing_left_out(tmp_path: Path) -> None:
    (one,) = group(save(tmp_path, {"a": 2, "b": 2}, backbone="unet-transposed"))
    found = compare_lines(find(one))
    assert found is not None and found.seeded.tested == 1
    assert comparison.other_networks(one) == ""


def test_the_page_shows_two_tables_with_what_each_can_say(tmp_path: Path) -> None:
    html = read_page(build_page(save(tmp_path / "runs", {"a": 3, "b": 3, "c": 1}), tmp_path / "page", "T"))
    tables = re.findall(
        r"<caption><span>(Difference in Dice points|Pairs with one seed in them)(.*?)</table>", html, re.S
    )
    (_, seeded), (_, single) = tables
    assert "told apart" in seeded and "one seed" not in seeded
    assert single.count('<td class="left words">one seed</td>') == 2 and "distinguishable" not in single
    assert "95 % interval" not in single
    assert "pairs of two seeds or more each (1 here)" in html


@pytest.mark.parametrize(("seeds", "said"), [(3, True), (1, False)])
def test_intervals_of_one_method_say_what_they_do_not_hold_too(tmp_path: Path, seeds: int, said: bool) -> None:
    html = read_page(build_page(save(tmp_path / "runs", {"a": seeds}), tmp_path / "page", "T"))
    assert ("The labelled patients are the same in all runs" in html) == said
    assert ("the interval of a mean over two seeds covers about 90 %" in html) == said


def test_without_seeds_no_pair_is_said_to_have_them(tmp_path: Path) -> None:
    html = read_page(build_page(save(tmp_path / "runs", {"a": 1, "b": 1}), tmp_path / "page", "T"))
    assert "pairs of two seeds or more each (none here)" in html
    assert "over patients and seeds.</span></caption>" not in html and "told apart</td>" not in html


def test_where_all_win_no_interval_is_printed(tmp_path: Path) -> None:
    html = read_page(build_page(save(tmp_path / "runs", {"a": 3, "b": 3}), tmp_path / "page", "T"))
    assert "<td>1.00</td>" in html and "1.00–1.00" not in html


def test_dots_mark_the_members_of_a_bar_and_elbows_end_at_the_labels(tmp_path: Path) -> None:
    """Four methods that nobody can tell apart are one bar; each has an elbow from its rank to its label."""
    found = compared(tmp_path, {"a": 2, "b": 2, "c": 2, "d": 1}, apart=0.0)
    assert found.ranking is not None
    drawn = Figure.of(found.plot)
    (bar,) = drawn.paths(stroke_width="2.6")
    (dots,) = drawn.paths(stroke_width="6.4", stroke_linecap="round")
    elbows = [points(path["d"]) for path in drawn.paths(stroke_width="1.8")]
    assert points(bar["d"]) == points(dots["d"]) and len(points(bar["d"])) == 4
    assert sorted(elbow[0][0] for elbow in elbows) == sorted(x for x, _ in points(bar["d"]))
    labels = {words for words, _ in drawn.texts()}
    assert {f"{'abcd'[int(number)]} ({rank:.2f})" for number, rank in found.ranking.ranks.items()} < labels
    assert f"CD = {found.ranking.critical_difference:.1f}" in labels


def test_bars_join_the_largest_sets_of_which_no_pair_is_told_apart() -> None:
    apart = [(0, 2), (0, 3), (1, 3), (4, 0), (4, 1), (4, 2), (4, 3)]
    assert sorted(map(sorted, _cliques(range(5), apart))) == [[0, 1], [1, 2], [2, 3]]
    assert [sorted(one) for one in _cliques(range(4), [])] == [[0, 1, 2, 3]]
    assert _cliques([0, 1], [(1, 0)]) == []


def test_bars_that_would_run_into_each_other_stand_on_levels() -> None:
    ranks = {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}
    assert _levels([[2, 3], [0, 1], [1, 2]], ranks) == [[[0, 1], [2, 3]], [[1, 2]]]


def test_two_processes_draw_the_same_bytes(tmp_path: Path) -> None:
    """Python orders a set of names anew in each process, a set of numbers in none."""
    save(tmp_path, {"a": 2, "b": 2, "c": 2, "d": 2}, apart=0.0)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", HASH_OF_PLOT, str(tmp_path)],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": str(number)}, stdout=subprocess.PIPE,
        )
        for number in range(2)
    ]  # fmt: skip
    said = {process.communicate()[0] for process in running}
    assert {process.returncode for process in running} == {0}
    assert len(said) == 1


@pytest.mark.parametrize("seed", range(6))
def test_bars_are_those_of_scikit_posthocs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ranks = {number: float(rank) for number, rank in enumerate(rng.permutation(9) + rng.random(9) / 2)}
    apart = [pair for pair in itertools.combinations(range(9), 2) if rng.random() < 0.4]
    joined = pd.DataFrame(1.0, index=range(9), columns=range(9))
    for one, other in apart:
        joined.loc[one, other] = joined.loc[other, one] = 0.0
    drawn = scikit_posthocs.critical_difference_diagram(ranks, joined, ax=Canvas().subplots())
    theirs = {frozenset(bar.get_xdata()) for bar in itertools.chain.from_iterable(drawn["crossbars"])}
    assert {frozenset(ranks[number] for number in bar) for bar in _cliques(range(9), apart)} == theirs
