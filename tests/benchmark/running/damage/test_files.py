"""Whatever becomes of a file of a finished run, it is named or the same is read; such a run is mended."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from benchmark import rescore, status, sweep
from benchmark.errors import REPORTED, RunError, UsageError
from benchmark.launchers.job import attempt
from benchmark.running.execution import run_cell
from benchmark.running.failures import failure_of
from benchmark.running.options import Options
from benchmark.scoring.mask_files import read_masks
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.progress import progress_of
from benchmark.training.resume import AGAIN
from data.catalog import find
from reports.build import command as build
from reports.build import read_listing
from results.errors import ResultError
from results.record import Record
from results.store import Store
from results.writing import write_json
from shell.errors import WriteError
from tests.benchmark.running.damage.short_runs import (
    CPU,
    HARMS,
    TABLES,
    UPDATES,
    Harm,
    content,
    cut,
    deleted,
    made,
    the_cell,
)

PROTOCOL = (
    "title='One'\ndataset='phantom'\n[[cells]]\nmethods=['supervised']\nlabeled=[2]\npresets=['smoke']\n"
    f"set={{updates={UPDATES}, validations=2}}\n"
)


def all_of(folder: Path) -> dict[str, Any]:
    """Return everything that commands read of a run."""
    loaded = Store(folder.parent).load(folder.name)
    found: dict[str, Any] = {"record": loaded.record, "values": loaded.values(), "gallery": loaded.gallery()}
    found |= {name: getattr(loaded, name)() for name in (*TABLES, "diagnosis", "embedding")}
    found["images"] = {case: vars(one) for case, one in (loaded.images() or {}).items()}
    found["masks"] = {case: labels.values for case, labels in read_masks(folder).items()}
    found["weights"] = Checkpoint(folder / "checkpoint.pt").load(CPU)
    return found


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)


FILES = (
    "record.json",
    "cell.json",
    "code.json",
    "SHA256SUMS",
    "openings.jsonl",
    "checkpoint.pt",
    "predictions/masks.npz",
)
FILES += ("predictions/gallery.npz", "predictions/images.npz", *(f"{name}.parquet" for name in TABLES))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_file_is_named_or_makes_no_difference(name: str, harm: Harm, finished: Path, folder: Path) -> None:
    for seed in range(3):
        shutil.copy(finished / name, folder / name)
        harm(folder / name, np.random.default_rng([seed, *name.encode()]))
        try:
            found = all_of(folder)
        except REPORTED as error:
            text = str(error)
            assert Path(name).name in text or (name == "predictions/masks.npz" and "without predictions" in text)
            assert len(text.splitlines()) == 1
        else:
            lost = name == "checkpoint.pt" and harm is deleted  # a finished run may do without
            assert same(found, {**all_of(finished), **({"weights": None} if lost else {})})


def test_the_fuzz_knows_every_file_that_a_run_leaves(finished: Path) -> None:
    assert {path.relative_to(finished).as_posix() for path in finished.rglob("*") if path.is_file()} == set(FILES)


def test_a_damaged_table_is_made_again_from_the_weights(folder: Path, finished: Path, updates: list[int]) -> None:
    cut(folder / "cases.parquet", np.random.default_rng(0))
    store = Store(folder.parent)
    assert not store.has(folder.name)
    before = store.load(folder.name).record
    assert content(made(folder.parent)) == content(finished)
    assert updates == []
    assert store.load(folder.name).record.commit == before.commit
    assert store.has(folder.name)


@pytest.mark.parametrize("name", ["ledger.parquet", "record.json", "SHA256SUMS"])
def test_what_the_weights_cannot_give_is_trained_again(
    name: str, folder: Path, finished: Path, updates: list[int]
) -> None:
    (folder / name).unlink()
    assert content(made(folder.parent)) == content(finished)
    assert len(updates) == UPDATES
    assert Store(folder.parent).has(folder.name)
    assert not (folder / AGAIN).exists()


def test_a_copied_folder_is_trained_and_never_used(folder: Path, finished: Path, updates: list[int]) -> None:
    other = folder.rename(folder.parent / the_cell("mean_teacher").id)
    with pytest.raises(RunError, match=f"is of a run with cell {finished.name}, and this one has {other.name}"):
        Checkpoint(other / "checkpoint.pt", {"cell": other.name}).load(CPU)
    assert Store(other.parent).damage(other.name).keys() == {"record.json"}
    run_cell(the_cell("mean_teacher"), find("phantom"), Store(other.parent), Options(CPU))
    assert len(updates) == UPDATES
    assert Store(other.parent).has(other.name)


@pytest.mark.parametrize("words", [b"", b"{}", b'{"dataset": "pha', b"\xff\xfe"])
def test_a_damaged_cell_of_an_older_run_is_one_sentence(folder: Path, words: bytes) -> None:
    old = Store(folder.parent).load(folder.name).record.model_copy(update={"sealed": False})
    write_json(folder / "record.json", old.model_dump(mode="json"))
    (folder / "SHA256SUMS").unlink()
    (folder / "cell.json").write_bytes(words)
    with pytest.raises((UsageError, ResultError), match=r"cell\.json is damaged"):
        rescore.command([str(folder), "--device", "cpu"])


def test_status_names_a_damaged_cell_and_a_sweep_runs_it_again(
    folder: Path,
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, out = tmp_path / "one.toml", folder.parent
    path.write_text(PROTOCOL)
    listing = {"title": "One", "cells": [folder.name, "none"]}
    write_json(out / "protocols" / "one.json", listing)
    (folder / "record.json").write_text("{")
    assert status.command([str(path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"damaged  {folder.name}: record.json: " in said and "record.json is damaged" in said
    assert "missing  none" in said and "0 of 2 done (1 damaged, 1 missing)" in said
    shutil.copy(finished / "record.json", folder)
    cut(folder / "cases.parquet", np.random.default_rng(0))
    monkeypatch.setattr(sweep, "_launched", lambda given, jobs, *others: [(job, attempt(job)) for job in jobs])
    assert sweep.command([str(path), "--out", str(out), "--device", "cpu"]) == 0
    assert f"damaged, runs again {folder.name}: cases.parquet" in capsys.readouterr().out
    assert content(folder) == content(finished)


@pytest.mark.parametrize("words", [b"", b"[]", b'{"update": 3}', b"\xff", b'{"update": "3", "total": 4}'])
def test_a_damaged_progress_or_failure_is_no_traceback(tmp_path: Path, words: bytes) -> None:
    for name in ("progress.json", "failure.json"):
        (tmp_path / name).write_bytes(words)
    assert progress_of(tmp_path) is None
    failure = failure_of(tmp_path)
    assert failure is not None and "failure.json is damaged, so the reason is lost" in failure.reason
    assert status.state_of(Store(tmp_path.parent), tmp_path.name).kind == "failed"
    (tmp_path / "failure.json").unlink()
    assert status.state_of(Store(tmp_path.parent), tmp_path.name).kind == "cut off"


def test_a_page_that_cannot_be_written_and_a_damaged_list_are_one_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ["--runs", str(folder.parent), "--out"]
    with pytest.raises(WriteError, match=r"file/page cannot be written \(Not a directory\); name another with --out"):
        build([*words, str(tmp_path / "file" / "page")])
    (folder.parent / "protocols").mkdir()
    (folder.parent / "protocols" / "p.json").write_text("{}")
    with pytest.raises(ResultError, match=r"p\.json is damaged"):
        read_listing("p", [folder.parent])


def test_a_run_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / the_cell().id).write_text("in the way")
    with pytest.raises(RunError, match=r"cannot be written \(File exists\); mend that or choose another --out"):
        made(tmp_path)


def test_a_record_says_that_its_folder_lists_all(finished: Path) -> None:
    record: Record = Store(finished.parent).load(finished.name).record
    assert record.sealed
    assert "  cell.json\n" in (finished / "SHA256SUMS").read_text()
