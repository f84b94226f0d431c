"""Bands made of records: which runs are in one, at which updates, and what a second making leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import bands
from results.bands import read_bands
from results.code import Code
from results.logged import Place
from tests.benchmark.outcome import outcome
from tests.benchmark.watching.made_runs import DICES, LOSSES, cell, done, five_seeds, rows

OTHER = Code(method="x", training="y", scoring="z")


def made(root: Path, *words: str):
    assert bands.command([str(root / "seeds"), "--into", str(root / "bands"), *words]) == 0
    return read_bands(root / "bands" / "smoke.json")


def test_a_band_holds_each_seeds_values_at_updates_that_all_logged(tmp_path: Path) -> None:
    (band,) = read_bands(five_seeds(tmp_path) / "smoke.json")
    assert (band.seeds, band.commits, band.machines) == ((0, 1, 2, 3, 4), ("commit abc",), ("x86_64, bf16, torch 2",))
    found = {point.place: point.values for point in band.points}
    assert list(found) == [
        Place("train", "total", 20, 0), Place("train", "total", 40, 20), Place("train", "val_dice", 40, 40)
    ]  # fmt: skip
    assert found[Place("train", "total", 20, 0)] == tuple(loss / 2 for loss in LOSSES)
    assert found[Place("train", "val_dice", 40, 40)] == DICES
    assert band.cell["method"] == "supervised" and "seed" not in band.cell and band.later == ()


def test_points_stand_three_times_as_far_in_each_time_and_at_the_end(tmp_path: Path) -> None:
    history = [("train", at, "total", 1.0) for at in range(20, 1001, 20)]
    for seed in (0, 1):
        done(tmp_path / "seeds", cell(seed), history)
    (band,) = made(tmp_path)
    assert [point.update for point in band.points] == [20, 60, 200, 600, 1000]


def test_points_count_from_where_a_stage_begins(tmp_path: Path) -> None:
    history = [("first", 1, "total", 1.0), *(("second", at, "total", 1.0) for at in range(21, 102, 20))]
    for seed in (0, 1):
        done(tmp_path / "seeds", cell(seed), history)
    (band,) = made(tmp_path)
    assert [(point.stage, point.update, point.since) for point in band.points] == [
        ("first", 1, 0), ("second", 21, 1), ("second", 61, 41), ("second", 101, 81)
    ]  # fmt: skip


def test_runs_of_another_value_make_another_band_and_one_seed_makes_none(tmp_path: Path, capsys) -> None:
    for seed in (0, 1):
        done(tmp_path / "seeds", cell(seed), rows(1, 0.4))
        done(tmp_path / "seeds", cell(seed, set={"precision": "fp32"}), rows(1, 0.4))
    done(tmp_path / "seeds", cell(2, set={"lr": 0.5}), rows(1, 0.4))
    found = made(tmp_path)
    assert sorted(str(band.cell["schedule"]["precision"]) for band in found) == ["bf16", "fp32"]
    assert "1 cells of preset smoke have one seed, and no band" in capsys.readouterr().out


def test_runs_of_two_kinds_of_processor_make_one_band_that_names_both(tmp_path: Path) -> None:
    done(tmp_path / "seeds", cell(0), rows(1, 0.4))
    done(tmp_path / "seeds", cell(1), rows(1, 0.4), hardware="aarch64")
    (band,) = made(tmp_path)
    assert band.machines == ("aarch64, bf16, torch 2", "x86_64, bf16, torch 2")


def test_a_band_is_of_one_code_and_runs_with_seeds_of_their_own_are_in_none(tmp_path: Path, capsys) -> None:
    for seed in range(5):
        done(tmp_path / "seeds", cell(seed), rows(1, 0.4), OTHER if seed > 2 else None if seed == 2 else cell_code())
    done(tmp_path / "seeds", cell(0, init_seed=7), rows(9, 0.4))
    (band,) = made(tmp_path)
    assert (band.seeds, band.code) == ((3, 4), "x-y")  # the later one of two codes with as many seeds
    assert "3 runs of other code left out" in capsys.readouterr().out


def cell_code() -> Code:
    return Code(method="m", training="t", scoring="s")


def test_seeds_are_added_and_replaced_and_another_code_begins_anew(tmp_path: Path) -> None:
    five_seeds(tmp_path)
    for seed in (4, 5):
        done(tmp_path / "more", cell(seed), rows(2.0, 0.5))
    words = ["--into", str(tmp_path / "bands")]
    assert bands.command([str(tmp_path / "more"), *words]) == 0
    (band,) = read_bands(tmp_path / "bands" / "smoke.json")
    assert band.seeds == (0, 1, 2, 3, 4, 5)
    assert band.points[0].values == (0.5, 0.55, 0.45, 0.6, 1.0, 1.0)
    for seed in (0, 1):
        done(tmp_path / "other", cell(seed), rows(3.0, 0.5), OTHER)
    assert bands.command([str(tmp_path / "other"), *words]) == 0
    (band,) = read_bands(tmp_path / "bands" / "smoke.json")
    assert (band.seeds, band.code) == ((0, 1), "x-y")
    assert len(made(tmp_path, "--anew")[0].seeds) == 5


def test_a_folder_without_records_is_wrong_usage_and_leaves_nothing(tmp_path: Path, capsys) -> None:
    code, error = outcome(capsys, bands, [str(tmp_path), "--into", str(tmp_path / "bands")])
    assert code == 2 and "no finished run there" in error
    assert not (tmp_path / "bands").exists()


@pytest.mark.parametrize("preset", ["demo", "quick"])
def test_the_bands_of_this_repository_can_be_read_and_tell_all_fields_of_today(preset: str) -> None:
    from benchmark.watching.making import complete
    from results.bands import file_of

    found = read_bands(file_of(preset))
    assert found and all(len(band.seeds) >= 2 for band in found)
    for band in found:
        assert complete(band) == band, "python -m benchmark.bands adds the fields that came later"
