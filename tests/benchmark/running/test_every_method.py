"""Every method from the command's side: one labelled patient on the phantom, and a twin that changes nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest
import torch
from torch import Tensor

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.cells.protocol import read_protocol
from benchmark.environment import memory
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training import pools
from data.batch import Batch
from data.catalog import find
from data.errors import DataError
from data.held_out import Gate
from data.source import Source
from methods import registry
from methods.base import Clock, Stage, Trained
from methods.parts.descend import descend
from methods.parts.one_stage import Ramped
from methods.parts.supervised import segmentation_loss
from results.store import Store

PROTOCOLS = Path(__file__).parents[3] / "protocols"


class NoOp(Ramped):
    """Adds a term whose gradient is 0 wherever it is taken."""

    twin: ClassVar[Mapping[str, Any]] = {"weight": 0.0}

    def __init__(self, task, networks, config) -> None:
        super().__init__(task, networks, config)
        self.config, self.network = config, networks.segmenter()

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        trained = self.config.trained(self.network.parameters())
        self.optimizer = trained.optimizer
        return {"network": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        logits, count = self.network(torch.cat(batch.view(self.config.view))), len(batch.labeled)
        idle = (logits[count:] - logits[count:].detach()).square().mean()
        return descend(
            self.optimizer,
            supervised=segmentation_loss(logits[:count], batch.masks),
            idle=(self.weight(clock), idle),
        )

    def predictors(self) -> Mapping[str, torch.nn.Module]:
        return {"network": self.network}


def folder_of(out: Path, name: str, **wish: Any) -> Path:
    source = find("phantom")
    short = {"updates": 4, "validations": 1}
    cell = resolve_cell(Wish(method=name, preset="smoke", labeled=1, set=short, **wish), source, "cpu")
    return run_cell(cell, source, Store(out), Options(torch.device("cpu")))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the patients of all pools that training builds, filled while it runs; it must be refused the others."""
    patients: list[str] = []
    shut, build = Gate.shut, pools.build_pool

    def building(cases, *others):
        held = list(cases)  # they come one at a time, once
        patients.extend(case.patient for case in held)
        return build(held, *others)

    @contextmanager
    def shutting(gate: Gate) -> Iterator[Source]:
        with shut(gate) as source, pytest.MonkeyPatch.context() as patch:
            with pytest.raises(DataError, match="outside the gate"):
                source.cases(source.split.test[:1], masks=False)
            patch.setattr(pools, "build_pool", building)
            yield source

    monkeypatch.setattr(Gate, "shut", shutting)
    return patients


@pytest.mark.parametrize("name", sorted(registry.entries()))
@pytest.mark.usefixtures("small_phantom", "thin")
def test_trains_with_one_labelled_patient_and_without_the_test_patients(
    name: str, tmp_path: Path, given: list[str]
) -> None:
    folder = folder_of(tmp_path, name)
    split = find("phantom").split
    assert set(given) == {*split.train, *split.val}
    loaded = Store(tmp_path).load(folder.name)
    assert loaded.record.status == "done"
    assert len(loaded.record.labeled_patients) == 1
    assert loaded.record.peak_memory_mib > 0
    cases = pd.read_parquet(folder / "cases.parquet")
    assert set(cases["rule"]) == {"last", "ema_last", "val_best"}
    assert cases["dice"].dropna().between(0, 1).all()


@pytest.mark.parametrize("protocol", ["smoke", "acdc"])
def test_the_protocol_names_every_method(protocol: str) -> None:
    named = {wish.method for wish in read_protocol(PROTOCOLS / f"{protocol}.toml").wishes()}
    assert sorted(set(registry.entries()) - named) == []


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_method_that_does_nothing_gains_nothing_over_its_twin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.entries()
    added = registry.Entry("noop", "No-op", "none", "Does nothing.", NoOp, needs_unlabeled=True)
    monkeypatch.setitem(registry._ENTRIES, "noop", added)
    plain, twin = (folder_of(tmp_path, "noop", twin=twin) for twin in (False, True))
    assert plain != twin
    assert (plain / "cases.parquet").read_bytes() == (twin / "cases.parquet").read_bytes()


def test_a_second_peak_does_not_hold_the_first_ones_memory() -> None:
    device = torch.device("cpu")
    if not memory.PROC.is_dir():
        pytest.skip("this system has no /proc, where peaks are reset")
    large = torch.ones(64 * 2**20)
    before = memory.peak_memory_mib(device)
    del large
    memory.reset_peak_memory(device)
    assert memory.peak_memory_mib(device) < before - 128
