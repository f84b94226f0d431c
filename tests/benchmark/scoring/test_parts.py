"""Test cases scored in parts come to the same tables, pictures and masks as all at once."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.scoring.evaluator import Evaluator
from benchmark.scoring.parts import Packed, Together
from data import held_out
from data.catalog import find
from results.store import Store
from results.writing import archive


def scored(out: Path, method: str = "mean_teacher") -> Path:
    wish = Wish(method=method, preset="smoke", labeled=2, set={"updates": 4, "validations": 4})
    source = find("phantom")
    return run_cell(resolve_cell(wish, source, "cpu"), source, Store(out), Options(torch.device("cpu")))


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_run_scored_patient_by_patient_has_the_tables_of_one_scored_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = list[int]()
    build = Evaluator._pool.func

    def counted(evaluator: Evaluator) -> object:
        pools.append(len(evaluator.cases))
        return build(evaluator)

    monkeypatch.setattr(Evaluator._pool, "func", counted)
    whole = scored(tmp_path / "whole")
    count = len(find("phantom").split.test)
    assert pools == [2 * count]  # made once, for scores and ledger
    monkeypatch.setattr(held_out, "HELD", 1)
    parts = scored(tmp_path / "parts")
    assert pools[1:] == 2 * [2] * count  # a patient's frames each, for scores, then for the ledger
    for name in ("cases", "conventions", "ledger"):
        one, other = (pd.read_parquet(folder / f"{name}.parquet") for folder in (whole, parts))
        pd.testing.assert_frame_equal(one, other, rtol=1e-6)
    for name in ("masks", "gallery"):
        with (
            np.load(whole / "predictions" / f"{name}.npz") as one,
            np.load(parts / "predictions" / f"{name}.npz") as other,
        ):
            assert list(one) == list(other)
            assert all(np.array_equal(one[key], other[key]) for key in one)


def test_packed_masks_come_back_voxel_by_voxel_in_the_order_of_their_parts() -> None:
    rng = np.random.default_rng(0)
    masks = {name: rng.integers(0, 3, (3, 5, 4)).astype(np.uint8) for name in ("c", "a", "b")}
    found = Together([Packed({"c": masks["c"]}), Packed({name: masks[name] for name in ("a", "b")})])
    assert list(found) == ["c", "a", "b"] and len(found) == 3
    assert all(np.array_equal(found[name], masks[name]) for name in masks)
    zeros = np.zeros((100, 64, 64), np.uint8)
    assert len(Packed({"one": zeros})._packed["one"][1]) < zeros.nbytes / 100


def test_an_archive_has_the_bytes_that_numpy_gives_it_and_takes_one_array_at_a_time() -> None:
    masks = {f"case{k}": np.full((4, 5), k, np.uint8) for k in range(3)} | {"name": np.array("best")}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **masks)
    assert archive(masks) == buffer.getvalue()
    assert archive(Packed({"a": masks["case1"]})) == archive({"a": masks["case1"]})


@pytest.mark.usefixtures("small_phantom", "thin")
def test_in_each_part_weights_that_rules_and_points_share_are_scored_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[str]()
    logits = Evaluator.logits

    def counted(evaluator: Evaluator, predictor: torch.nn.Module) -> object:
        looked.append(evaluator.cases[0].patient)
        return logits(evaluator, predictor)

    monkeypatch.setattr(Evaluator, "logits", counted)
    monkeypatch.setattr(held_out, "HELD", 1)
    scored(tmp_path, "supervised")
    patients = find("phantom").split.test
    assert len(patients) > 1
    assert Counter(looked) == dict.fromkeys(patients, 5)  # four points, one the last and one the best, and the average
