"""A record says where validation patients chose what a stage starts from."""

from pathlib import Path

import pytest
import torch

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from results.record import StageInfo
from results.store import Store


def stages(out: Path, fidelity: str) -> tuple[StageInfo, ...]:
    source = find("phantom")
    wish = Wish(method="bcp", preset="smoke", labeled=1, fidelity=fidelity, set={"updates": 8, "validations": 2})
    folder = run_cell(resolve_cell(wish, source, "cpu"), source, Store(out), Options(torch.device("cpu")))
    return Store(out).load(folder.name).record.stages


@pytest.mark.usefixtures("small_phantom", "thin")
def test_officially_the_second_stage_of_bcp_starts_from_the_best_of_its_validations(tmp_path: Path) -> None:
    first, second = stages(tmp_path, "official")
    assert (first.name, first.updates, first.chosen_from) == ("pretrain", 2, 2)
    assert (second.name, second.updates, second.chosen_from) == ("self_train", 6, 0)
    assert all(0 < (one.seconds_an_update or 0) < 60 for one in (first, second))


@pytest.mark.usefixtures("small_phantom", "thin")
def test_by_default_no_stage_starts_from_chosen_weights(tmp_path: Path) -> None:
    assert [stage.chosen_from for stage in stages(tmp_path, "fixed")] == [0, 0]
