"""A run leaves the same bytes whether slices are made from the files, held from shards, or read from them as drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training.pools import Pools
from data import catalog, pool
from data.errors import DataError
from data.folders.source import Folder
from data.pool import Pool
from data.preparing.place import VARIABLE
from data.rows import Rows
from results.store import Store
from tests.data.folders.toy import nnunet, save, volume
from tests.data.preparing.conftest import place, plans
from tests.data.preparing.toy import prepare

__all__ = ["place", "plans"]

CPU = torch.device("cpu")
TABLES = ("cases", "history", "ledger", "conventions", "diagnosis")


def cell_of(root: Path, method: str = "mean_teacher", fit: str = "pad") -> Cell:
    short = {"size": 32, "updates": 6, "validations": 2, "fit": fit}
    return resolve_cell(Wish(method=method, preset="smoke", labeled=2, set=short), catalog.find(str(root)), "cpu")


def tables(root: Path, out: Path, method: str, fit: str) -> dict[str, bytes]:
    source = catalog.find(str(root))
    folder = run_cell(cell_of(root, method, fit), source, Store(out), Options(CPU, log_every=1))
    paths = (folder / f"{name}.parquet" for name in TABLES)
    return {path.name: path.read_bytes() for path in paths if path.exists()}


def partly(root: Path) -> Path:
    """Let two slices of each volume be labelled, so that its others train unlabelled."""
    lines = [f"c_{number:02d},{place}\n" for number in range(1, 9) for place in (1, 3)]
    (root / "slices.csv").write_text("case,slice\n" + "".join(lines), encoding="utf-8")
    return root


@pytest.mark.usefixtures("thin")
@pytest.mark.parametrize(
    ("method", "channel", "fit"),
    [("mean_teacher", "MRI", "pad"), ("fixmatch", "CT", "pad"), ("bcp", "MRI", "stretch")],
    ids=["mri", "ct", "labelled in part"],
)
def test_the_three_ways_leave_the_same_bytes(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, method: str, channel: str, fit: str
) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=2, channels=(channel,))
    if fit == "stretch":
        partly(root)
    from_files = tables(root, tmp_path / "files", method, fit)
    assert prepare(root, "--labeled", "2", "--fit", fit) == 0
    split = catalog.find(str(root)).split
    windowed = split.masked[:2] if channel == "CT" else ()  # which tell the window
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "cases", reading_only(Folder.cases, {*split.test, *windowed}))
        held = tables(root, tmp_path / "held", method, fit)
        patch.setattr(pool, "LARGE", 0)
        drawn = tables(root, tmp_path / "drawn", method, fit)
    assert len(from_files) >= 4
    assert held == from_files and drawn == from_files


def reading_only(read, allowed: set[str]):
    """Let no case of others be read from its files."""

    def cases(self: Folder, patients, masks: bool = True):
        assert {*patients} <= allowed
        return read(self, patients, masks)

    return cases


@pytest.fixture
def pools(tmp_path: Path) -> Pools:
    root = partly(nnunet(tmp_path / "toy", masked=8, bare=2))
    assert prepare(root, "--labeled", "2", "--fit", "stretch") == 0
    return Pools(cell_of(root, fit="stretch"), catalog.find(str(root)), CPU)


def equal(one: Pool, other: Pool) -> bool:
    """Return whether two pools hold the same, each in its way."""
    every = torch.arange(len(other))
    pairs = [*zip(one.take(every), other.take(every), strict=True)]
    same = all((a is None) == (b is None) and (a is None or torch.equal(a, b)) for a, b in pairs)
    return same and (one.names, one.partial, len(one)) == (other.names, other.partial, len(other))


def test_each_pool_in_files_holds_what_one_in_memory_does(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("labeled", "unlabeled", "validation", "diagnosed")
    held = {name: getattr(pools, name)() for name in names}
    monkeypatch.setattr(pool, "LARGE", 0)
    drawn = Pools(pools.cell, pools.source, CPU)
    for name in names:
        mine = getattr(drawn, name)()
        assert isinstance(held[name].images, torch.Tensor) and isinstance(mine.images, Rows)
        assert equal(mine, held[name])
        assert torch.equal(mine.rows(0), held[name].rows(0))
    assert len(held["labeled"]) == 2 * 2 and len(held["unlabeled"]) == (3 + 2) * 6 + 2 * 4


def test_of_rows_in_files_nothing_is_held_and_each_gathers_what_a_tensor_does(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = pools.validation().images
    monkeypatch.setattr(pool, "LARGE", 0)
    rows = pools.validation().images
    assert rows.shape == held.shape and rows.dtype == held.dtype and rows.device == held.device
    for some in (
        torch.tensor([5, 0, 5]),
        torch.arange(len(held)) % 2 == 0,
        slice(1, 4),
        slice(0, 0),
        torch.tensor([1]),
    ):
        assert torch.equal(rows[some], held[some])
    behind = rows.where(torch.tensor([3, 1])).then(held)
    assert torch.equal(behind[torch.arange(len(behind))], torch.cat([held[[3, 1]], held]))


def test_slices_that_go_while_a_run_reads_them_are_one_sentence(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LARGE", 0)
    rows = pools.validation().images
    path = rows._parts[0].path
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"images\.npy cannot be read \(it ends before its rows do\), and this run"):
        rows[torch.arange(len(rows))]
    path.unlink()
    with pytest.raises(
        DataError, match=r"images\.npy cannot be read \(No such file or directory\), and this run takes"
    ):
        rows[torch.tensor([0])]


def test_what_is_prepared_in_part_is_taken_and_the_rest_is_read(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=2)
    whole = Pools(cell_of(root), catalog.find(str(root)), CPU).unlabeled()
    assert prepare(root, "--labeled", "2") == 0
    for path in [*place.rglob("*.json")][:4]:
        path.unlink()
    monkeypatch.setattr(pool, "LARGE", 0)
    mixed = Pools(cell_of(root), catalog.find(str(root)), CPU).unlabeled()
    assert isinstance(mixed.images, torch.Tensor) and equal(mixed, whole)


def test_a_run_on_a_folder_without_its_broken_case_says_so_in_cell_and_fingerprint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmark.run import command

    root = nnunet(tmp_path / "toy", masked=8)
    before = cell_of(root, "supervised")
    image, _ = volume(1)
    image[0, 0, 0] = float("inf")
    save(root / "imagesTr" / "c_01_0000.nii.gz", image)
    assert prepare(root) == 1
    cell = cell_of(root, "supervised")
    assert cell.told is not None and cell.told["left out"].startswith("1 broken case: c_01 (test: case c_01: image")
    assert cell.data_fingerprint != before.data_fingerprint and cell.id != before.id
    capsys.readouterr()
    words = f"--method supervised --dataset {root} --preset smoke --labeled 1 --device cpu --out {tmp_path / 'runs'}"
    assert command([*words.split(), *("--set", "updates=2", "--set", "size=32", "--set", "validations=1")]) == 0
    said = capsys.readouterr().out
    assert "1 of 10 cases left out as broken" in said and "left out     1 broken case: c_01 (" in said
    (loaded,) = Store(tmp_path / "runs").records()
    assert loaded.record.origin == "nnU-Net v2 in toy/, 1 of 10 cases left out as broken"


def test_without_anything_prepared_no_case_is_asked_for_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = nnunet(tmp_path / "toy")
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    source = catalog.find(str(root))
    monkeypatch.setattr(source, "known", lambda patients: pytest.fail("asked"))
    assert len(Pools(cell_of(root), source, CPU).labeled()) == 2 * 6
