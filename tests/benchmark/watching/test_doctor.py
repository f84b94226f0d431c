"""``benchmark.doctor`` as a user types it: inside, outside, or which band there would be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark import doctor
from benchmark.running.failures import settle
from results.claims import claimed
from results.code import Code
from tests.benchmark.outcome import outcome
from tests.benchmark.watching.made_runs import cell, done, five_seeds, rows, under_way

NEW = 9


@pytest.fixture
def bands(tmp_path: Path) -> Path:
    return five_seeds(tmp_path)


def said(bands: Path, folder: Path, capsys, *words: str) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = doctor.command([str(folder), "--bands", str(bands), *words])
    return code, capsys.readouterr().out.splitlines()


def test_a_run_inside_its_band_exits_with_0_and_shows_all_points(bands: Path, tmp_path: Path, capsys) -> None:
    code, lines = said(bands, done(tmp_path / "runs", cell(NEW), rows(1.0, 0.42)), capsys)
    assert code == 0
    assert lines[0].startswith(f"done {cell(NEW).id}")
    assert lines[1] == "inside at all 3 of 3 points"
    assert "of 5 seeds, on x86_64, bf16, torch 2" in lines[2]
    assert lines[3] == "99% of runs lie inside at all points: 6.9 standard deviations of these seeds each way"
    assert [line.split() for line in lines[5:8]] == [
        ["train", "total", "20", "0.5", "-0.04162", "to", "1.042", "inside"],
        ["train", "total", "40", "0.25", "-0.02081", "to", "0.5208", "inside"],
        ["train", "val_dice", "40", "0.42", "0.2034", "to", "0.6366", "inside"],
    ]


@pytest.mark.parametrize(
    ("loss", "dice", "reason", "sign"),
    [
        (4.0, 0.42, "outside: total is high at update 20 (2; band -0.04162 to 1.042), and 1 more", "loss high: usual"),
        (
            -1.0,
            0.42,
            "outside: total is low at update 20 (-0.5; band -0.04162 to 1.042), and 1 more",
            "loss low: usual",
        ),
        (1.0, 0.1, "outside: val_dice is low at update 40 (0.1; band 0.2034 to 0.6366)", "Dice low: usual"),
        (1.0, 0.9, "outside: val_dice is high at update 40 (0.9; band 0.2034 to 0.6366)", "Dice high: better than our"),
    ],
)
def test_a_run_outside_exits_with_1_and_says_where_first_the_better_ones_too(
    loss: float, dice: float, reason: str, sign: str, bands: Path, tmp_path: Path, capsys
) -> None:
    code, lines = said(bands, done(tmp_path / "runs", cell(NEW), rows(loss, dice)), capsys)
    assert (code, lines[1]) == (1, reason)
    assert any(line.startswith(sign) for line in lines)


def test_a_run_under_way_is_held_against_what_it_has_logged(bands: Path, tmp_path: Path, capsys) -> None:
    good, bad = cell(NEW), cell(NEW + 1)
    for one, loss in ((good, 1.0), (bad, 4.0)):
        under_way(tmp_path / "runs", one, rows(loss, 0.4, until=20))
    with claimed(tmp_path / "runs", good.id):
        code, lines = said(bands, tmp_path / "runs" / good.id, capsys)
    assert (code, lines[:2]) == (
        0, [f"running {good.id}: train 20/40, 2.0 updates/s, 0 min left", "inside at 1 of 3 points"]
    )  # fmt: skip
    assert [line.split()[-2:] for line in lines[6:8]] == [["not", "yet"]] * 2
    code, lines = said(bands, tmp_path / "runs" / bad.id, capsys)
    assert code == 1 and lines[0].startswith(f"cut off {bad.id}: at train 20/40")
    assert lines[1] == "outside: total is high at update 20 (2; band -0.04162 to 1.042)"


def test_a_run_that_has_logged_nothing_yet_is_neither(bands: Path, tmp_path: Path, capsys) -> None:
    code, lines = said(bands, under_way(tmp_path / "runs", cell(NEW), []), capsys)
    assert (code, lines[1]) == (0, "inside at 0 of 3 points")


def test_a_value_that_is_not_finite_is_outside_wherever_there_is_a_band(bands: Path, tmp_path: Path, capsys) -> None:
    for one in (cell(NEW), cell(NEW, method="em")):
        folder = under_way(tmp_path / "runs", one, rows(1.0, 0.4, until=20))
        settle(folder, "loss term 'total' of stage 'train' is not finite by update 40", "")
        code, lines = said(bands, folder, capsys)
        assert code == 1
        assert lines[0].startswith(f"failed {one.id}: at train 20/40")
        assert lines[1] == "outside: loss term 'total' of stage 'train' is not finite by update 40"
        assert any(line.startswith("NaN: ") and "a learning rate too high (lr 0.03)" in line for line in lines)


def test_a_run_that_failed_of_something_else_is_told_by_its_band(bands: Path, tmp_path: Path, capsys) -> None:
    folder = under_way(tmp_path / "runs", cell(NEW), rows(1.0, 0.4, until=20))
    settle(folder, "CUDA out of memory", "log.txt")
    code, lines = said(bands, folder, capsys)
    assert (code, lines[1]) == (0, "inside at 1 of 3 points")
    assert "CUDA out of memory; log:" in lines[0]


def test_a_cell_that_differs_has_no_band_and_is_told_in_which_fields(bands: Path, tmp_path: Path, capsys) -> None:
    folder = done(tmp_path / "runs", cell(NEW, set={"lr": 0.9, "precision": "fp32"}), rows(4.0, 0.0))
    code, lines = said(bands, folder, capsys)
    assert code == 0
    assert lines[1].startswith("no band of this cell: the nearest, phantom-2-supervised-unet-smoke-")
    assert lines[1].endswith(
        "of 5 seeds, is of another: config.lr 0.9 here, 0.03 there; schedule.precision fp32 here, bf16 there"
    )
    code, lines = said(bands, folder, capsys, "--against", "phantom-2-supervised")
    assert code == 1
    assert "outside: total is high at update 20" in lines[1]
    assert "the band is of another cell: config.lr 0.9 here, 0.03 there" in "\n".join(lines)


def test_a_preset_without_bands_is_told_where_they_would_be(tmp_path: Path, capsys) -> None:
    code, lines = said(tmp_path / "none", done(tmp_path / "runs", cell(NEW), rows(1.0, 0.4)), capsys)
    assert code == 0
    assert lines[1].startswith(f"no band: {tmp_path / 'none' / 'smoke.json'} holds none; python -m benchmark.bands")


def test_a_runs_own_seed_is_left_out_and_one_seed_is_no_band(tmp_path: Path, capsys) -> None:
    for seed in (0, 1, 2):
        done(tmp_path / "three", cell(seed), rows(1.0 + seed / 10, 0.4))
    done(tmp_path / "two", cell(0), rows(1.0, 0.4))
    done(tmp_path / "two", cell(1), rows(1.1, 0.4))
    from benchmark.bands import command

    for name in ("three", "two"):
        assert command([str(tmp_path / name), "--into", str(tmp_path / f"{name}-bands")]) == 0
    _, lines = said(tmp_path / "three-bands", tmp_path / "three" / cell(1).id, capsys)
    assert "of 2 seeds (seed 1, this run's, left out)" in lines[2]
    code, lines = said(tmp_path / "two-bands", tmp_path / "two" / cell(1).id, capsys)
    assert (code, lines[1]) == (0, "no band: one seed (0) beside this run's, and a band takes 2 or more")


def test_a_band_of_other_code_is_said_to_be_and_still_compared(bands: Path, tmp_path: Path, capsys) -> None:
    other = Code(method="x", training="y", scoring="z")
    code, lines = said(bands, done(tmp_path / "runs", cell(NEW), rows(4.0, 0.4), other), capsys)
    assert code == 1
    assert any(
        line.startswith("the band is of other code (") and line.endswith("than this run's (x-y)") for line in lines
    )
    _, lines = said(bands, done(tmp_path / "old", cell(NEW), rows(1.0, 0.4), None), capsys)
    assert "nobody can tell which code this run is of" in lines


def test_another_kind_of_processor_is_named_and_compared(bands: Path, tmp_path: Path, capsys) -> None:
    folder = done(tmp_path / "runs", cell(NEW), rows(1.0, 0.42), hardware="aarch64", precision="fp32")
    code, lines = said(bands, folder, capsys)
    assert (code, lines[1]) == (0, "inside at all 3 of 3 points")
    assert lines[4] == "the band is of another kind of machine than this run's (aarch64, fp32, torch 2)"


def test_losses_over_other_updates_are_not_compared(bands: Path, tmp_path: Path, capsys) -> None:
    code, lines = said(bands, done(tmp_path / "runs", cell(NEW), rows(9.0, 0.42, every=10)), capsys)
    assert (code, lines[1]) == (0, "inside at 1 of 3 points")
    assert [line.split()[-2:] for line in lines[5:7]] == [["other", "updates"]] * 2


def test_json_is_one_object_with_the_same(bands: Path, tmp_path: Path, capsys) -> None:
    code, lines = said(bands, done(tmp_path / "runs", cell(NEW), rows(4.0, 0.42)), capsys, "--json")
    found = json.loads("\n".join(lines))
    assert (code, found["verdict"], found["state"], found["update"]) == (1, "outside", "done", 40)
    assert found["band"]["seeds"] == [0, 1, 2, 3, 4] and found["band"]["level"] == 0.99
    assert [point["outcome"] for point in found["points"]] == ["outside high", "outside high", "inside"]
    assert found["points"][0]["high"] == pytest.approx(1.0416, abs=1e-4)
    assert found["signs"][0]["name"] == "loss high" and found["differs"] == {}


def test_a_damaged_band_or_run_and_a_wrong_name_are_one_sentence(bands: Path, tmp_path: Path, capsys) -> None:
    folder = done(tmp_path / "runs", cell(NEW), rows(1.0, 0.42))
    for words, code, message in (
        ([str(folder), "--against", "phantom-9"], 2, "--against phantom-9: 0 bands of"),
        ([str(tmp_path)], 2, "is no run's folder: it holds no cell.json"),
        (["phantom-2-supervised-none"], 2, "there is no run phantom-2-supervised-none; looked for"),
    ):
        assert (given := outcome(capsys, doctor, [*words, "--bands", str(bands)]))[0] == code
        assert message in given[1] and len(given[1].splitlines()) == 1
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "smoke.json").write_text("[")
    code, error = outcome(capsys, doctor, [str(folder), "--bands", str(tmp_path / "torn")])
    assert code == 1 and "smoke.json is damaged" in error
    (folder / "history.parquet").write_bytes(b"no")
    code, error = outcome(capsys, doctor, [str(folder), "--bands", str(bands)])
    assert code == 1 and "history.parquet" in error


def test_a_run_that_is_not_there_is_told_with_the_one_that_may_be_meant(tmp_path: Path, capsys) -> None:
    first, second = (done(tmp_path / "runs", cell(seed), rows(1.0, 0.42)) for seed in (NEW, NEW + 1))
    digest, out = first.name.rpartition("-")[0], ["--out", str(tmp_path / "runs")]
    moved, either = tmp_path / "moved" / first.name, first.name.partition("-s")[0]
    naming = "name its folder, or by --out the folder that holds it"
    for words, message in (
        ([str(tmp_path / "runs")], f"it holds no cell.json; name a run of it, such as {min(first, second)}"),
        ([str(moved), *out], f"there is no run {moved}; looked for {moved}; did you mean {first}?"),
        ([digest, *out], f"; did you mean {first}?"),
        ([str(first / "none.json"), *out], f"; did you mean {first}?"),
        ([either, *out], f"; {naming}, or more of its id, with which 2 runs begin"),
        ([str(moved)], f"; looked for {moved}; {naming}"),
    ):
        code, error = outcome(capsys, doctor, words)
        assert code == 2 and error.endswith(f"{message}\n") and len(error.splitlines()) == 1, error


def test_a_run_whose_cell_cannot_be_read_is_told_so(bands: Path, tmp_path: Path, capsys) -> None:
    folder = under_way(tmp_path / "runs", cell(NEW), rows(1.0, 0.4))
    (folder / "cell.json").write_text("{")
    code, lines = said(bands, folder, capsys)
    assert code == 0 and "cell.json is missing or damaged, so nothing tells which cell this is" in lines[1]
