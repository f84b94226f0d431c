"""What a stranger's file changes in its process reaches no cell beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmark import run
from results.store import Store
from tests.benchmark.outside.strangers import WORDS, protocol, written

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")

ROOT = Path(__file__).resolve().parents[3]
CHANGED = """

import methods.parts.supervised as shared

PLAIN = shared.cross_entropy
shared.cross_entropy = lambda logits, masks: 2 * PLAIN(logits, masks)
torch.set_default_dtype(torch.float64)
"""


def test_a_cell_of_ours_is_as_it_is_alone_after_a_strangers_in_one_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")
    assert run.command(["--method", "supervised", *WORDS, "--out", str(tmp_path / "alone")]) == 0
    written(tmp_path / "m.py", more=CHANGED)
    plan = protocol(tmp_path / "p.toml", '"./m.py", "supervised"')
    words = [str(plan), "--out", str(tmp_path / "beside"), "--device", "cpu", "--jobs", "1"]
    subprocess.run([sys.executable, "-m", "benchmark.sweep", *words], cwd=ROOT, check=False)  # the stranger's may fail
    (alone,) = Store(tmp_path / "alone").records()
    beside = {one.record.cell.id: one for one in Store(tmp_path / "beside").records()}
    found = beside[alone.record.cell.id]
    assert found.history()["value"].tolist() == alone.history()["value"].tolist()
    assert found.cases().equals(alone.cases())
