"""A cell of a stranger's method through every command, its workers, and back from its own folder."""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmark import canary, export, predict, rescore, run, status, sweep
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.launchers.job import Job, attempt
from benchmark.launchers.ray import _run, code, files_of
from benchmark.launchers.worker import logged
from benchmark.outside import carried, loaded
from data.catalog import find
from methods import registry
from reports import build
from reports.summary import group
from results.store import Store
from tests.benchmark.conftest import few_patients
from tests.benchmark.outside.strangers import WORDS, protocol, written
from tests.thin_network import thin_network

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")


def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process be one that has seen no file of a stranger."""
    monkeypatch.setattr(carried, "_AT_HAND", {})
    monkeypatch.setattr(loaded, "_LOADED", {})
    monkeypatch.setattr(registry, "_OUTSIDE", {})


def job_of(file: Path, out: Path) -> Job:
    wish = Wish(method=str(file), dataset="phantom", preset="smoke", labeled=2, set={"updates": 2, "validations": 1})
    return Job(resolve_cell(wish, find("phantom"), "cpu"), None, out, "cpu", 1)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run's folder, with its helper, whose files are gone from where they were."""
    root = tmp_path_factory.mktemp("ran")
    (root / "helper.py").write_text("STRENGTH = 0.5\n")
    file = written(root / "m.py", imports="import helper", strength="helper.STRENGTH")
    with few_patients(), thin_network(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.page.build_page", lambda *_, **__: "no page")
        assert run.command(["--method", str(file), *WORDS, "--out", str(root / "out")]) == 0
        file.unlink()
        (root / "helper.py").unlink()
    (folder,) = (root / "out").glob("phantom-2-mine-*")
    return folder


def test_a_run_tells_the_file_and_keeps_a_copy_under_its_checksums(ran: Path) -> None:
    record = json.loads((ran / "record.json").read_text())
    told = json.loads((ran / "cell.json").read_text())["outside"]["method"]
    assert record["cell"]["outside"] == {"method": {"name": "m.py", "digest": told["digest"]}}
    assert (ran / "outside" / "method" / "helper.py").read_text() == "STRENGTH = 0.5\n"
    sums = dict(line.split("  ")[::-1] for line in (ran / "SHA256SUMS").read_text().splitlines())
    copy = (ran / "outside" / "method" / "m.py").read_bytes()
    assert sums["outside/method/m.py"] == hashlib.sha256(copy).hexdigest()
    assert record["code"]["method"] is not None


def test_predict_export_and_rescore_take_the_copy_where_the_file_is_gone(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import nibabel
    import numpy as np

    nibabel.save(nibabel.Nifti1Image(np.zeros((32, 32, 2), np.float32), np.eye(4)), tmp_path / "CASE.nii.gz")
    before = (ran / "cases.parquet").read_bytes()
    forgotten(monkeypatch)
    image, out = str(tmp_path / "CASE.nii.gz"), str(tmp_path / "out")
    assert predict.command([str(ran), image, "--out", out, "--device", "cpu"]) == 0
    assert "1 of 1 cases predicted" in capsys.readouterr().out
    forgotten(monkeypatch)
    assert export.command([str(ran), "--to", "safetensors", "--out", str(tmp_path / "e" / "w")]) == 0
    forgotten(monkeypatch)
    assert rescore.command([str(ran), "--device", "cpu"]) == 0
    assert (ran / "cases.parquet").read_bytes() == before
    assert Store(ran.parent).damage(ran.name) == {}


def test_a_changed_copy_is_damage_and_not_run(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = ran / "outside" / "method" / "helper.py"
    before = copy.read_text()
    try:
        copy.write_text("raise SystemExit\n")
        assert "outside/method/helper.py" in Store(ran.parent).damage(ran.name)
        forgotten(monkeypatch)
        with pytest.raises(Exception, match="holds other files"):
            predict.command([str(ran), str(ran), "--out", str(ran / "x")])
    finally:
        copy.write_text(before)


def test_a_sweep_runs_twins_status_and_page_tell_them_and_an_edit_makes_new_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = written(tmp_path / "my_method.py"), str(tmp_path / "out")
    words = [str(protocol(tmp_path / "p.toml", '"./my_method.py", "supervised"', "twins = true")), "--out", out]
    assert sweep.command([*words, "--device", "cpu", "--jobs", "1"]) == 0
    capsys.readouterr()
    assert status.command(words) == 0
    assert "3 of 3 done" in capsys.readouterr().out
    assert build.command(["--protocol", "p", "--runs", out, "--out", str(tmp_path / "page")]) == 0
    table = (tmp_path / "page" / "tables.md").read_text()
    assert "| Mine | 2 |" in table and "| Mine, twin without unlabelled terms | 2 |" in table
    assert "Mine: my_method.py (" in (tmp_path / "page" / "index.html").read_text()
    (table_of,) = group(Store(tmp_path / "out").records())
    lines = {line.label: line for line in table_of.lines}
    assert lines["Mine, twin without unlabelled terms"].is_twin_of(lines["Mine"])
    written(file, strength="0.3")
    capsys.readouterr()
    assert sweep.command([*words, "--device", "cpu", "--dry-run"]) == 0
    assert "3 cells, 1 done, 2 to run" in capsys.readouterr().out


def test_a_canary_keeps_and_compares_a_strangers_trace_beside_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("results.same_code.SAME_CODE", tmp_path / "same_code.json")
    file, traces = str(written(tmp_path / "my_method.py")), ["--traces", str(tmp_path / "kept"), "--device", "cpu"]
    assert canary.command([file, "--keep", *traces]) == 0
    assert canary.command([file, *traces]) == 0
    assert "mine             same" in capsys.readouterr().out
    written(tmp_path / "my_method.py", strength="3.0")
    assert canary.command([file, *traces, "--updates", "50"]) == 1
    assert not (tmp_path / "same_code.json").exists()


def test_a_worker_runs_what_came_with_the_job_where_it_does_not_see_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "m.py")
    sent = pickle.dumps(job_of(file, tmp_path / "out"))
    file.unlink()
    forgotten(monkeypatch)
    job = pickle.loads(sent)
    assert logged(job) is None
    assert (job.folder / "record.json").exists()
    assert (job.folder / "outside" / "method" / "m.py").exists()


@pytest.mark.parametrize("edited", ["m.py", "helper.py"])
def test_a_worker_refuses_a_file_that_changed_since_its_cell_was_resolved(
    edited: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "helper.py").write_text("x = 1\n")
    job = job_of(written(tmp_path / "m.py", imports="import helper"), tmp_path / "out")
    with (tmp_path / edited).open("a") as file:
        file.write("y = 2\n")
    for _ in range(2):  # one that has run the file before, then one that has not
        reason = attempt(job) or ""
        assert reason.startswith(f"{tmp_path / 'm.py'} changed since this cell was resolved (")
        assert reason.endswith("start the same command again: what it holds now is another cell")
        job = pickle.loads(pickle.dumps(job))
        forgotten(monkeypatch)
    assert not (job.folder / "record.json").exists()


def test_a_ray_worker_that_sees_neither_file_nor_store_brings_its_copy_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "m.py")
    job = job_of(file, tmp_path / "node")
    file.unlink()
    sent = pickle.dumps(job)
    forgotten(monkeypatch)
    outcome = _run(pickle.loads(sent), "token", code())
    assert outcome.reason is None
    here = Store(tmp_path / "store")
    here.receive(job.cell.id, outcome.files)
    assert here.has(job.cell.id)
    assert files_of(here.folder(job.cell.id))["outside/method/m.py"] == job.outside["method"].contents["m.py"]


SLURM = """
import pickle, sys
from benchmark.launchers.slurm import Attempt
print(pickle.loads(sys.stdin.buffer.read())(pickle.loads(bytes.fromhex(sys.argv[1]))))
"""


def test_a_slurm_job_unpickled_in_another_process_has_the_file(tmp_path: Path) -> None:
    from benchmark.launchers.slurm import Attempt

    file = written(tmp_path / "m.py")
    job = job_of(file, tmp_path / "out")
    file.unlink()
    words = [sys.executable, "-c", SLURM, pickle.dumps(job).hex()]
    done = subprocess.run(words, input=pickle.dumps(Attempt()), capture_output=True, check=True)
    assert done.stdout.decode().strip() == "None", done.stderr.decode()
    assert (job.folder / "record.json").exists()


def test_a_run_goes_on_from_its_checkpoint_by_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.running.execution import run_cell
    from benchmark.running.options import Options
    from benchmark.training.update import Terms, Updates

    job = job_of(written(tmp_path / "m.py"), tmp_path / "out")
    made, update = list[int](), Updates.make

    def stop(self: Updates, number: int) -> Terms:
        if number == 1 and len(made) == 1:
            raise KeyboardInterrupt
        made.append(number)
        return update(self, number)

    monkeypatch.setattr(Updates, "make", stop)
    options = Options(torch.device("cpu"), log_every=1, save_seconds=0.0)
    with pytest.raises(KeyboardInterrupt):
        run_cell(job.cell, find("phantom"), Store(job.out), options)
    made.append(-1)
    run_cell(job.cell, find("phantom"), Store(job.out), options)
    assert made == [0, -1, 1]
