"""Runs of seconds on small volumes of ACDC's patients, and what is looked at of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmark import run
from benchmark.cells.cell import Cell
from benchmark.command import main
from benchmark.training.checkpoint import Checkpoint
from data.catalog import find
from results.checksums import SUMS
from results.record import Record, read_record

TEST_VOXELS = 3 * 20 * 24
"""As many as a toy case has: its mask is one structure then."""
UPDATES = 10
SHORT = [f"--set={word}" for word in (f"updates={UPDATES}", "validations=1", "lr=0.1", "size=32", "labeled_batch=4")]


def trained(data: Path, out: Path) -> int:
    words = ["--method", "supervised", "--dataset", "acdc", "--preset", "smoke", "--labeled", "2", "--device", "cpu"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmark.run.HTML", out.parent / "html")
        patch.setattr("reports.page.build_page", lambda *_, **__: "no page")
        return run.command([*words, *SHORT, "--data-root", str(data), "--out", str(out)])


def folders(out: Path) -> list[Path]:
    return sorted(path.parent for path in out.glob("*/record.json"))


def only(out: Path) -> Path:
    (folder,) = folders(out)
    return folder


def record(folder: Path) -> Record:
    return read_record(folder / "record.json")


def dice(folder: Path) -> float:
    rows = record(folder).summary
    return next(row.dice for row in rows if (row.rule, row.structure) == ("last", "avg") and row.dice is not None)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(command, *words: str | Path) -> tuple[int, str]:
    """Return exit code and the one line of an error, which stands below a run's line of progress."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr.write", said.append, raising=False)
        with pytest.raises(SystemExit) as ended:
            main("a command", lambda: command([str(word) for word in words]))
    *before, line = "".join(said).splitlines()
    assert not any("rror" in one for one in before)
    return int(str(ended.value.code)), line


def as_of_an_older_version(folder: Path, data: Path) -> Path:
    """Turn a run into one whose data are told by names and sizes; return its folder, which its new id names."""
    former = find("acdc", data).former_fingerprint()
    values = json.loads((folder / "cell.json").read_text())
    del values["content"]
    cell = Cell.model_validate({**values, "data_fingerprint": former})
    older = folder.rename(folder.parent / cell.id)
    values = json.loads((older / "record.json").read_text())
    del values["content"], values["sealed"]
    values |= {"schema_version": 2, "data_fingerprint": former, "cell": {**values["cell"], "id": cell.id}}
    (older / "cell.json").write_text(cell.model_dump_json(exclude={"content"}))
    (older / "record.json").write_text(json.dumps(values))
    (older / SUMS).unlink()
    state = torch.load(older / "checkpoint.pt", weights_only=True)
    Checkpoint(older / "checkpoint.pt", {"cell": cell.id}).save(state)
    return older
