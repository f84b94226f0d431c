"""A disk that fills up, or a folder that can't be written: named in one sentence, and nothing whole is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import torch

from benchmark import run
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.command import main
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from results.errors import ResultError
from results.store import Store

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")
TABLES = ("cases.parquet", "history.parquet", "ledger.parquet", "conventions.parquet")


class FullDisk:
    """Makes every fsync from the given one on fail as a full disk does."""

    def __init__(self, first: int) -> None:
        self.first, self.seen, self.sync = first, 0, os.fsync

    def __call__(self, handle: int) -> None:
        self.seen += 1
        if self.seen >= self.first:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.sync(handle)


def made(out: Path) -> Path:
    wish = Wish(method="action", preset="smoke", labeled=2, set={"updates": 4, "validations": 2})
    source = find("phantom")
    options = Options(torch.device("cpu"), save_seconds=0)
    return run_cell(resolve_cell(wish, source, "cpu"), source, Store(out), options)


def test_wherever_the_disk_fills_up_the_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    quiet = made(tmp_path / "quiet")
    refusals = 0
    for first in range(1, 200, 4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", FullDisk(first))
            try:
                ended = made(tmp_path / "full")
                break
            except ResultError as error:
                said = str(error)
        assert "cannot be written (No space left on device)" in said
        assert not list((tmp_path / "full").glob("*/.*"))  # no torn file
        assert not list((tmp_path / "full").glob("*/record.json"))
        refusals += 1
    assert refusals > 3
    for name in TABLES:
        assert (ended / name).read_bytes() == (quiet / name).read_bytes()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--device", "cpu"]
    with pytest.raises(SystemExit) as ended:
        main("benchmark.run", lambda: run.command([*words, "--out", str(tmp_path / "file" / "out")]))
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "Not a directory" in line
