"""What a dry run says: hours by past runs or by the table, disk by past runs or by weights, and departures."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark import sweep
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.launchers import dry_run
from benchmark.launchers.departures import departures, unlike_published
from benchmark.launchers.job import Job, attempt
from benchmark.launchers.price import Price, Pricing
from benchmark.launchers.room import BESIDE, Room, room_for
from data.catalog import find
from results.record import StageInfo
from results.store import LoadedRecord, Store
from tests.results.made import save

CPU = torch.device("cpu")
HERE = {"device": "cpu", "hardware": "this one"}
pytestmark = pytest.mark.usefixtures("small_phantom")


def cell(method: str = "supervised", **given: Any) -> Cell:
    wish = Wish(method=method, dataset="phantom", **{"labeled": 2, "preset": "quick", **given})
    return resolve_cell(wish, find("phantom"), "cpu")


def run(root: Path, name: str, train: float, environment: Mapping[str, Any] = HERE, **of: Any) -> LoadedRecord:
    """Return a made-up run of 20 updates that took so many seconds and 5 for its scores."""
    made = save(root, id=name, pictures=False, **{"dataset": "phantom", **of})
    seconds = made.record.seconds.model_copy(update={"train": train, "evaluate": 5.0})
    told = made.record.model_copy(update={"environment": dict(environment), "seconds": seconds})
    return LoadedRecord(told, made.folder)


@pytest.fixture
def this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.launchers.price.describe", lambda device: {"hardware": "this one"})
    monkeypatch.setattr("benchmark.launchers.price.computes_bf16", lambda: True)
    monkeypatch.setattr("benchmark.launchers.price.precision_on", lambda device, wished: wished)


@pytest.mark.usefixtures("this_machine")
def test_past_runs_of_a_kind_price_a_cell_from_the_quickest_to_the_slowest(tmp_path: Path) -> None:
    runs = [run(tmp_path, "a", 4.0), run(tmp_path, "b", 6.0)]
    pricing = Pricing(runs, [], CPU)
    assert pricing.past(cell()) == Price(1000 * 0.2 + 5, 1000 * 0.3 + 5, "past runs here")
    assert pricing.past(cell(set={"updates": 100})) == Price(25, 35, "past runs here")
    assert Pricing([], runs, CPU).past(cell()) == Price(205, 305, "runs kept from another machine")
    slower = run(tmp_path, "e", 8.0, {**HERE, "recompute": True})
    assert Pricing([*runs, slower], [], CPU).past(cell()) == pricing.past(cell())
    assert Pricing([*runs, slower], [], CPU, recompute=True).past(cell()) == Price(405, 405, "past runs here")
    assert Pricing(runs, [], CPU, recompute=True).past(cell()) == pricing.past(cell())
    published = cell(
        "bcp", preset="paper", set={"updates": 300}
    )  # 400 of both stages, as 40,000 where others have 30,000
    past = run(tmp_path, "d", 4.0, method="bcp", preset="paper")
    assert Pricing([past], [], CPU).past(published) == Price(400 * 0.2 + 5, 400 * 0.2 + 5, "past runs here")
    closer = run(tmp_path, "c", 8.0, fidelity="official")
    assert Pricing([*runs, closer], [], CPU).past(cell(fidelity="official")) == Price(405, 405, "past runs here")


@pytest.mark.usefixtures("this_machine")
@pytest.mark.parametrize(
    "other",
    [
        {"environment": {"device": "cuda", "hardware": "this one"}},
        {"environment": {"device": "cpu", "hardware": "another"}},
        {"environment": {**HERE, "precision": "fp32"}},
        {"size": 64},
        {"method": "em"},
        {"backbone": "resnet18"},
        {"preset": "short"},
        {"dataset": "acdc"},
    ],
)
def test_a_run_of_another_kind_prices_nothing(other: dict[str, Any], tmp_path: Path) -> None:
    assert Pricing([run(tmp_path, "a", 4.0, **other)], [], CPU).past(cell()) is None


@pytest.mark.usefixtures("this_machine")
def test_the_table_prices_supervised_training_and_others_by_how_slow_they_were(tmp_path: Path) -> None:
    kept = [
        run(tmp_path, "a", 2.0),
        run(tmp_path, "b", 5.0, method="em"),
        run(tmp_path, "c", 6.0, method="em"),
        run(tmp_path, "d", 40.0, method="em", overrides={"lr": 1.0}),
    ]
    pricing, each = Pricing([], kept, CPU), 0.23  # benchmark/duration.py, quick, with bf16
    table = "the table of --help and the pace of methods in kept runs"
    assert pricing.told(cell()) == Price(20 + 1000 * each, 20 + 1000 * each, table)
    em = pricing.told(cell("em"))
    assert em is not None and (em.low, em.high) == pytest.approx((20 + 2500 * each, 20 + 3000 * each))
    unknown = pricing.told(cell("ict"))
    assert unknown is not None and (unknown.low, unknown.high) == pytest.approx((20 + 1000 * each, 20 + 3000 * each))
    small = pricing.told(cell(set={"size": 64, "unlabeled_batch": 24}))  # a quarter of the pixels, twice the slices
    assert small is not None and small.high == pytest.approx(20 + 500 * each)
    assert pricing.told(cell(backbone="resnet18")) is None
    assert Pricing([], kept, torch.device("cuda")).told(cell()) is None


@pytest.mark.usefixtures("this_machine")
def test_the_table_counts_the_stages_that_kept_runs_of_a_method_had(tmp_path: Path) -> None:
    stages = tuple(StageInfo(name=name, updates=10) for name in ("slices", "parts"))
    staged = run(tmp_path, "c", 4.0, method="scs")
    staged = LoadedRecord(staged.record.model_copy(update={"stages": stages}), staged.folder)
    kept = [run(tmp_path, "a", 2.0), run(tmp_path, "b", 4.0, method="mean_teacher"), staged]
    pricing, each = Pricing([], kept, CPU), 0.23  # benchmark/duration.py, medium, with bf16
    for method, updates in (("mean_teacher", (1000, 1000)), ("scs", (2000, 2000)), ("gcl", (500, 3000))):
        found = pricing.told(cell(method, preset="medium"))  # of gcl nothing is kept: any pace, and any stages
        assert found is not None
        assert (found.low, found.high) == pytest.approx(tuple(20 + 2 * each * count for count in updates))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(20, 21.4, "20 to 21 s"), (20, 20.2, "20 s"), (99, 200, "2 to 3 min"), (5000, 7200, "1.4 to 2.0 h")],
)
def test_seconds_are_said_as_a_range_in_one_unit(low: float, high: float, words: str) -> None:
    assert dry_run._range(low, high) == words


@pytest.mark.parametrize("method", ["supervised", "action"])
def test_the_disk_by_weights_is_what_a_run_leaves(method: str, tmp_path: Path) -> None:
    one = cell(method, preset="smoke", set={"updates": 3, "validations": 1})
    tasks = {"phantom": find("phantom").task}
    told = room_for([one], tasks, [], tmp_path / "not" / "there", 1)
    assert (told.runs, told.measured, told.place) == (1, 0, tmp_path)
    assert attempt(Job(one, None, tmp_path, "cpu", 1)) is None
    folder = tmp_path / one.id
    assert (folder / "checkpoint.pt").stat().st_size == pytest.approx(told.left - BESIDE, rel=0.02)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    past = room_for([one, one], tasks, Store(tmp_path).whole_records(), tmp_path, 1)
    assert (past.runs, past.measured, past.left) == (2, 2, 2 * size)
    assert past.free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)


def test_what_does_not_fit_is_said_with_what_helps() -> None:
    room = Room(runs=3, measured=1, left=9e8, training=2e8, free=1_000_000_000, place=Path("/runs"))
    assert str(room) == (
        "disk: 900 MB for 3 runs, 300 MB each, by past runs here and the weights that are kept, "
        "and 200 MB while they train; 1.0 GB free\n"
        "it does not fit: make room in /runs, or name another folder with --out"
    )
    fitting = Room(runs=1, measured=1, left=9e8, training=1e8, free=1_000_000_000, place=Path("/runs"))
    assert str(fitting) == "disk: 900 MB for 1 run, by past runs here, and 100 MB while they train; 1.0 GB free"


def of(one: Cell) -> dict[str, tuple[str, str]]:
    return {field: (value, known) for field, value, known in departures(one, CPU)}


@pytest.mark.parametrize("computes", [True, False])
def test_a_cell_at_the_paper_preset_departs_in_data_and_in_a_precision_that_it_has_alone(
    monkeypatch: pytest.MonkeyPatch, computes: bool
) -> None:
    monkeypatch.setattr("benchmark.environment.device._computes_bf16", lambda device: computes)
    data = {"nothing is published on": ("phantom", "")}
    assert of(cell("urpc", preset="paper")) == data | ({"precision": ("bf16", "fp32")} if computes else {})
    assert "precision" not in of(cell("urpc", preset="paper", set={"precision": "fp32"}))


def test_each_field_that_is_otherwise_is_named_with_what_was_published() -> None:
    changed = {"lr": 0.1, "weight": 0.2, "updates": 500, "labeled_batch": 4}
    found = of(cell("mean_teacher", preset="paper", backbone="resnet18", set=changed))
    assert {name: found[name] for name in ("lr", "weight", "updates", "labeled_batch", "network")} == {
        "lr": ("0.1", "0.01"),
        "weight": ("0.2", "100.0 or 0.1"),
        "updates": ("500 a stage", "30,000 a stage"),
        "labeled_batch": ("4", "12"),
        "network": ("resnet18", "unet"),
    }
    assert found["teacher_mode"] == ("running", "training")
    assert "teacher_mode" not in of(cell("mean_teacher", preset="paper", fidelity="official"))


def test_a_plans_departures_are_told_once_with_the_methods_they_hold_for() -> None:
    cells = [cell("supervised", seed=seed) for seed in range(2)] + [cell("dct"), cell("em", twin=True)]
    lines = unlike_published(cells, CPU)
    assert len(lines) == 2
    assert lines[0].startswith("all: nothing is published on phantom; updates 1,000 in all (published 30,000 a stage);")
    assert "lr 0.03 (published 0.01)" in lines[0]
    assert lines[1] == (
        "dct: lr_lag 0 (published 1); ramp_steps 0 (published 200); turns slice (published batch); "
        "passes together (published apart)"
    )
    mixed = unlike_published(
        [cell(preset="paper"), cell(preset="paper", set={"lr": 0.1}), cell("em", preset="paper")], CPU
    )
    assert "supervised (1 of 2): lr 0.1 (published 0.01)" in mixed


def test_labels_split_and_rule_are_compared_with_the_published_numbers_of_acdc() -> None:
    given = cell("bcp", preset="paper").model_copy(update={"dataset": "acdc", "split_fingerprint": "d738ec380821a3ee"})
    patients = {"labeled_patients": ("a", "b", "c")}
    three = of(given.model_copy(update=patients))
    assert three["weights scored"] == ("last", "val_best in SS-Net / BCP protocol, as repeated in follow-up read-mes")
    assert not {"split", "labelled patients", "labelled patients drawn"} & set(three)
    two = of(given.model_copy(update={"split_fingerprint": "other"}))
    assert two["labelled patients"] == ("2", "3, 7, 14")
    assert two["split"] == ("other", "that of the released lists")
    drawn = of(given.model_copy(update={**patients, "label_draw": "random"}))
    assert drawn["labelled patients drawn"] == ("random", "the first of the lists")
    other = of(given.model_copy(update={"method": "fixmatch", "config": cell("fixmatch").config}))
    assert other["no number is published on"] == ("acdc", "")


def test_a_dry_run_says_all_of_it_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        'title = "P"\ndataset = "phantom"\n[[cells]]\nmethods = ["supervised"]\nlabeled = [2]\npresets = ["smoke"]\n'
        "set = { lr = [0.01, 0.03] }\n"
    )
    assert (
        sweep.command([str(path), "--out", str(tmp_path / "out"), "--device", "cpu", "--jobs", "2", "--dry-run"]) == 0
    )
    said = capsys.readouterr().out.splitlines()
    lines = [line for line in said if not line.startswith("precision: ")]  # said where bf16 is emulated
    assert lines[3].startswith("cells differ in lr (0.01, 0.03); all have dataset phantom, labeled 2, ")
    assert [line.split()[-1] for line in lines[4:6]] == ["lr=0.01", "lr=0.03"]
    assert lines[6].startswith("CPU time of runs: ") and " with 2 at once, by the table of --help" in lines[6]
    assert lines[7].startswith("disk: 59 MB for 2 runs, 30 MB each, by the weights that are kept, and ")
    assert lines[8] == "unlike the published protocol"
    assert lines[-1] == "  supervised (1 of 2): lr 0.03 (published 0.01)"
    assert not (tmp_path / "out").exists()


def test_a_clusters_gpu_that_is_not_here_is_priced_by_a_probe_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.toml"
    path.write_text('title = "P"\ndataset = "phantom"\n[[cells]]\nmethods = ["supervised"]\nlabeled = [2]\n')
    words = [str(path), "--out", str(tmp_path / "out"), "--device", "cuda", "--launcher", "slurm", "--dry-run"]
    assert sweep.command(words) == 0
    printed = capsys.readouterr().out
    assert "no past run tells what 1 cell would cost; --probe times 20 updates of such methods" in printed
    assert "?  phantom-2-supervised-unet-paper-s0-" in printed
