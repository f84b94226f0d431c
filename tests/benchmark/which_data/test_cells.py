"""A number names its data: other data are another cell, and what changes while a run goes on ends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmark.cells.cell import Cell
from benchmark.launchers.job import Job, attempt
from benchmark.training.update import Updates
from data.catalog import find
from tests.benchmark.which_data.runs import (
    UPDATES,
    files,
    folders,
    only,
    record,
    refusal,
    trained,
)
from tests.data.acdc_toy import SPLIT, TESTED, TRAINED, mend, write_slices


def test_a_record_names_what_training_and_what_scoring_read(places: tuple[Path, Path]) -> None:
    data, out = places
    found, kept = find("acdc", data).content(), record(only(out))
    assert found is not None and kept.content is not None
    assert (kept.content.training, kept.content.scoring) == (found.training, found.scoring)
    assert kept.data_fingerprint == found.fingerprint
    assert json.loads((only(out) / "record.json").read_text())["schema_version"] == 4


@pytest.mark.parametrize("case", [TESTED, TRAINED])
def test_a_mask_mended_in_place_is_another_cell_which_trains_anew(
    places: tuple[Path, Path], updates: list[int], case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = places
    first = only(out)
    assert trained(data, out) == 0 and updates == [] and "is done already" in capsys.readouterr().out
    before = files(first)
    mend(data, case)
    assert trained(data, out) == 0 and len(updates) == UPDATES and "is done already" not in capsys.readouterr().out
    (other,) = set(folders(out)) - {first}
    part, same = ("scoring", "training") if case == TESTED else ("training", "scoring")
    assert getattr(record(other).content, part) != getattr(record(first).content, part)
    assert getattr(record(other).content, same) == getattr(record(first).content, same)
    assert files(first) == before


def test_other_files_of_the_same_volumes_are_the_same_cell(
    places: tuple[Path, Path], tmp_path: Path, updates: list[int]
) -> None:
    assert trained(write_slices(tmp_path / "slices"), places[1]) == 0
    assert updates == [] and len(folders(places[1])) == 1


def test_a_worker_that_finds_other_data_runs_nothing(places: tuple[Path, Path], updates: list[int]) -> None:
    data, out = places
    cell = Cell.model_validate_json((only(out) / "cell.json").read_text())
    shutil.rmtree(only(out))
    mend(data, TESTED)
    reason = attempt(Job(cell, data, out, "cpu", 1)) or ""
    assert reason.startswith("this process finds other data of acdc (pre-processed volumes in volumes/")
    assert reason.endswith(") than the cell is of")
    assert updates == [] and folders(out) == []


def test_a_mask_saved_before_it_is_trained_on_ends_the_run_in_one_sentence(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    data, out = places
    shutil.rmtree(only(out))
    case = f"{SPLIT.train[0]}_frame01"
    monkeypatch.setattr("benchmark.environment.device.say_precision", lambda *_: mend(data, case))  # it is resolved
    code, line = refusal(lambda _: trained(data, out))
    assert code == 1 and updates == [] and folders(out) == []
    assert line.startswith(f"error: case {case}: its mask changed after this process had looked at it")


@contextmanager
def saved_while_training(data: Path, case: str) -> Iterator[None]:
    update = Updates.make
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Updates, "make", lambda self, *given: (mend(data, case), update(self, *given))[1])
        yield


def test_a_mask_saved_before_it_is_scored_on_ends_the_run_in_one_sentence(
    places: tuple[Path, Path], updates: list[int]
) -> None:
    data, out = places
    shutil.rmtree(only(out))
    with saved_while_training(data, TESTED):
        code, line = refusal(lambda _: trained(data, out))
    assert code == 1 and folders(out) == []
    assert line.startswith(f"error: case {TESTED}: its mask changed after this process had looked at it")
    assert trained(data, out) == 0 and len(updates) == 2 * UPDATES  # another cell
    assert record(only(out)).content.scoring == find("acdc", data).content().scoring


def test_a_mask_that_a_run_never_reads_may_be_saved_while_it_goes_on(places: tuple[Path, Path]) -> None:
    data, out = places
    before = record(only(out))
    shutil.rmtree(only(out))
    with saved_while_training(data, TRAINED):
        assert trained(data, out) == 0
    assert record(only(out)).content == before.content != find("acdc", data).content()
    assert record(only(out)).summary == before.summary
