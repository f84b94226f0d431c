"""Scoring a finished run again: the same weights, the same numbers, and nothing that training left is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmark import rescore, status
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.command import main
from benchmark.errors import UsageError
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from results.checksums import SUMS
from results.record import SCHEMA
from results.store import Store

pytestmark = pytest.mark.usefixtures("small_phantom")
THIN = pytest.mark.usefixtures("thin")


def made(out: Path, force: bool = False) -> Path:
    wish = Wish(method="action", preset="smoke", labeled=2, set={"updates": 4, "validations": 2})
    source = find("phantom")
    options = Options(torch.device("cpu"), force=force)
    return run_cell(resolve_cell(wish, source, "cpu"), source, Store(out), options)


def as_of_an_older_version(folder: Path, **changes: object) -> None:
    """Take from a run what older versions did not write: checksums, and the word that they are complete."""
    values = json.loads((folder / "record.json").read_text())
    del values["sealed"]
    (folder / "record.json").write_text(json.dumps({**values, **changes}))
    (folder / SUMS).unlink()


@THIN
def test_a_run_of_an_older_version_gets_what_this_one_computes(tmp_path: Path, updates: list[int]) -> None:
    folder = made(tmp_path)
    names = ("cases.parquet", "history.parquet", "ledger.parquet", "diagnosis.parquet", "conventions.parquet")
    before = {name: (folder / name).read_bytes() for name in names}
    record = Store(tmp_path).load(folder.name).record
    (folder / "conventions.parquet").unlink()
    as_of_an_older_version(folder)
    updates.clear()
    assert rescore.command([str(folder), "--device", "cpu"]) == 0
    assert updates == []
    assert {name: (folder / name).read_bytes() for name in names} == before
    again = Store(tmp_path).load(folder.name).record
    assert again.sealed and Store(tmp_path).has(folder.name)
    assert again.test_openings == record.test_openings * 2
    assert again.model_copy(update={"test_openings": record.test_openings}) == record


@THIN
def test_a_ledger_by_other_metrics_than_the_new_scores_does_not_stay(tmp_path: Path) -> None:
    folder = made(tmp_path)
    values = json.loads((folder / "record.json").read_text())
    values["summary"][0]["dice"] = 0.123  # as an older version might have scored it
    as_of_an_older_version(folder, summary=values["summary"])
    assert rescore.command([str(folder), "--device", "cpu"]) == 0
    again = Store(tmp_path).load(folder.name)
    assert again.record.summary[0].dice != 0.123
    assert again.ledger() is None


def test_a_run_of_the_network_that_was_called_unet_is_scored_with_that_network(
    tmp_path: Path, updates: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    wish = Wish(method="supervised", preset="smoke", labeled=2, set={"updates": 2, "validations": 1})
    source = find("phantom")
    old = resolve_cell(wish, source, "cpu").model_copy(update={"network": None})
    folder = run_cell(old, source, Store(tmp_path), Options(torch.device("cpu")))
    values = json.loads((folder / "record.json").read_text())
    assert values["parameters"] == 1_944_324
    as_of_an_older_version(folder, schema_version=1, cell={**values["cell"], "backbone": "unet"})
    before = (folder / "cases.parquet").read_bytes()
    assert not Store(tmp_path).has(resolve_cell(wish, source, "cpu").id)
    assert str(status.state_of(Store(tmp_path), old.id).words) == "an old run, of unet-transposed"
    updates.clear()
    assert rescore.command([str(folder), "--device", "cpu"]) == 0
    assert updates == [] and (folder / "cases.parquet").read_bytes() == before
    again = json.loads((folder / "record.json").read_text())
    assert (again["schema_version"], again["cell"]["backbone"]) == (SCHEMA, "unet-transposed")
    as_of_an_older_version(folder, cell={**again["cell"], "backbone": "unet"}, parameters=1_813_764)
    with pytest.raises(UsageError, match=r"has the weights of unet, and its cell\.json says unet-transposed"):
        rescore.command([str(folder), "--device", "cpu"])


@THIN
def test_force_trains_again(tmp_path: Path, updates: list[int]) -> None:
    folder = made(tmp_path)
    before, made_before = (folder / "cases.parquet").read_bytes(), len(updates)
    made(tmp_path, force=True)
    assert len(updates) == 2 * made_before > 0
    assert (folder / "cases.parquet").read_bytes() == before


@THIN
def test_what_cannot_be_scored_again_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made(tmp_path)
    before = (folder / "record.json").read_bytes()

    def refusal(path: Path) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main("benchmark.rescore", lambda: rescore.command([str(path), "--device", "cpu"]))
        assert ended.value.code in (1, 2)
        (line,) = capsys.readouterr().err.splitlines()
        return line

    renamed = folder.rename(tmp_path / "renamed")
    assert f"holds the run {folder.name}; a run's folder has its name" in refusal(renamed)
    renamed.rename(folder)
    (folder / "checkpoint.pt").unlink()
    assert "has no checkpoint.pt, which holds the weights" in refusal(folder)
    assert "has no record.json; the run is not done" in refusal(tmp_path / "none")
    assert (folder / "record.json").read_bytes() == before
