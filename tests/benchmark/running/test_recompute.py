"""``--recompute`` from the commands' side: the same cell, the same numbers, and a word in the record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmark import run, sweep
from benchmark.errors import UsageError
from benchmark.launchers.job import Job, attempt
from results.store import LoadedRecord, Store
from tests.benchmark.outside.strangers import WORDS, installed, protocol
from tests.benchmark.outside.test_packages import NETWORK

pytestmark = pytest.mark.usefixtures("small_phantom", "thin", "no_page")


LONGER = [*(word.replace("updates=2", "updates=6") for word in WORDS), "--log-every=1"]


def ran(out: Path, *words: str) -> LoadedRecord:
    assert run.command([*LONGER, "--out", str(out), *words]) == 0
    (record,) = Store(out).records()
    return record


def weights(found: LoadedRecord) -> Mapping[str, Tensor]:
    saved = torch.load(found.folder / "checkpoint.pt", weights_only=True)
    rules = {"last": saved["last"], "chosen": saved["chosen"]}
    return {
        f"{rule} {one} {name}": value
        for rule, states in rules.items()
        for one, state in states.items()
        for name, value in state.items()
    }


@pytest.mark.parametrize(("method", "backbone"), [("action", "unet"), ("cps", "unetplusplus:tu-test_resnet")])
def test_the_same_cell_leaves_the_same_bytes_and_says_how_it_was_run(
    method: str, backbone: str, tmp_path: Path
) -> None:
    words = ["--method", method, "--backbone", backbone, *["--set=size=64"] * (backbone != "unet")]
    plain, anew = ran(tmp_path / "plain", *words), ran(tmp_path / "anew", *words, "--recompute")
    assert plain.folder.name == anew.folder.name
    for name in ("cases.parquet", "history.parquet"):
        assert (plain.folder / name).read_bytes() == (anew.folder / name).read_bytes()
    left, right = weights(plain), weights(anew)
    assert [name for name in left if not torch.equal(left[name], right[name])] == []
    told = dict(anew.record.environment)
    assert told.pop("recompute") is True
    assert told == plain.record.environment


def test_a_sweep_hands_it_on_to_its_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Job] = []
    monkeypatch.setattr(sweep, "_launched", lambda given, todo, *others: (jobs.extend(todo), iter(()))[1])
    file = protocol(tmp_path / "p.toml", '"supervised"')
    sweep.command([str(file), "--recompute", "--device", "cpu", "--out", str(tmp_path / "out")])
    (job,) = jobs
    assert attempt(job) is None
    (found,) = Store(tmp_path / "out").records()
    assert found.record.environment["recompute"] is True


BLOCKS = {
    "self.encoder = nn.Conv2d(channels, WIDTH, 3, padding=1)": (
        "self.encoder = nn.Sequential(nn.Conv2d(channels, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.SiLU())"
    )
}


def package(folder: Path, patch: pytest.MonkeyPatch, name: str, changes: Mapping[str, str]) -> None:
    """Install a package with a stranger's network, changed."""
    text = NETWORK.replace("WIDTH", "3")
    for old, new in changes.items():
        old, new = old.replace("WIDTH", "3"), new.replace("WIDTH", "3")
        assert old in text
        text = text.replace(old, new)
    points = f"[action_bench.backbones]\n{name} = {name}_package.nets:Tiny\n"
    (installed(folder, patch, f"{name}_package", points) / "nets.py").write_text(text)


def test_a_strangers_network_of_blocks_trains_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, monkeypatch, "blocky", BLOCKS)
    words: list[Any] = ["--method", "supervised", "--backbone", "blocky"]
    plain, anew = ran(tmp_path / "plain", *words), ran(tmp_path / "anew", *words, "--recompute")
    for name in ("cases.parquet", "history.parquet"):
        assert (plain.folder / name).read_bytes() == (anew.folder / name).read_bytes()


def test_a_strangers_network_without_blocks_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, monkeypatch, "flat", {})
    with pytest.raises(UsageError, match=r"^--recompute saves no memory of the network Tiny: it takes blocks"):
        ran(tmp_path / "out", "--method", "supervised", "--backbone", "flat", "--recompute")
