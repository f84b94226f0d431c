"""A run keeps slices of its test cases and the volumes of its structures; its scores stay what they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.scoring.pictures import pictured
from benchmark.scoring.volumes import volumes
from data import held_out
from data.case import Case
from data.catalog import find
from data.grid import Grid
from data.held_out import Gate
from data.task import Task
from results.checksums import sums_of
from results.merging import merge
from results.store import LoadedRecord, Store


def run(out: Path, rescore: bool = False) -> LoadedRecord:
    source, store = find("phantom"), Store(out)
    wish = Wish(method="supervised", preset="smoke", labeled=2, set={"updates": 4, "validations": 1})
    options = Options(torch.device("cpu"), rescore=rescore)
    return store.load(run_cell(resolve_cell(wish, source, "cpu"), source, store, options).name)


@pytest.mark.usefixtures("small_phantom", "thin")
def test_every_test_case_is_kept_with_reference_image_prediction_and_volumes(tmp_path: Path) -> None:
    loaded = run(tmp_path)
    truth = {case.name: case for case in Gate(find("phantom")).open("scoring", 0)}
    images, table = loaded.images(), loaded.volumes()
    assert images is not None and table is not None and list(images) == list(truth)
    masks = loaded.masks(images)
    assert masks is not None
    for name, case in truth.items():
        assert case.mask is not None and case.spacing is not None
        one, rows = images[name], table[table["case"] == name].set_index("structure")
        assert one.slices == tuple(range(len(case.mask))) and one.spacing == case.spacing
        assert np.array_equal(one.reference, case.mask) and one.image().shape == case.image.shape
        assert np.corrcoef(one.image().ravel(), case.image.ravel())[0, 1] > 0.97
        for label, structure in enumerate(loaded.record.structures, 1):
            ml = float(np.prod(case.spacing)) / 1000
            assert rows.loc[structure, "reference"] == pytest.approx(ml * (case.mask == label).sum())
            assert rows.loc[structure, "predicted"] == pytest.approx(ml * (masks[name] == label).sum())
    assert set(table["unit"]) == {"ml"}
    assert {"volumes.parquet", "predictions/images.npz"} <= set(sums_of(loaded.folder))


@pytest.mark.usefixtures("small_phantom", "thin")
def test_scoring_in_parts_again_or_merging_keeps_the_same_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = run(tmp_path / "one")
    files = ("predictions/images.npz", "volumes.parquet", "cases.parquet")
    before = {name: (loaded.folder / name).read_bytes() for name in files}
    merge([tmp_path / "one"], tmp_path / "other")
    assert {name: (tmp_path / "other" / loaded.folder.name / name).read_bytes() for name in files} == before
    (loaded.folder / files[0]).unlink()
    (loaded.folder / files[1]).unlink()
    monkeypatch.setattr(held_out, "HELD", 1)
    assert run(tmp_path / "one", rescore=True).folder == loaded.folder
    assert {name: (loaded.folder / name).read_bytes() for name in files} == before


def test_volumes_are_of_what_is_labeled_in_the_unit_that_the_spacing_gives() -> None:
    reference, predicted = np.zeros((2, 4, 5), np.uint8), np.zeros((2, 4, 5), np.uint8)
    reference[0, 0] = 1
    reference[1, 3] = 255
    predicted[0, :2] = 1
    predicted[1, 3] = 1  # where nobody labelled
    grey = np.zeros((2, 4, 5), np.float32)
    task = Task("toy", ("a", "b"), partial=True)

    def found(spacing: tuple[float, float, float] | None, task: Task = task) -> list[tuple[object, ...]]:
        of = slice(0, 1) if task.planar else slice(None)
        case = Case("c", "p", grey[of], reference[of], spacing)
        return list(volumes([case], task, {"c": predicted[of]}).itertuples(index=False, name=None))

    assert found(None) == [("c", "p", "a", 10.0, 5.0, "voxel"), ("c", "p", "b", 0.0, 0.0, "voxel")]
    assert found((10.0, 2.0, 5.0))[0] == ("c", "p", "a", 1.0, 0.5, "ml")
    planar = Task("toy", ("a", "b"), planar=True)
    assert found((1.0, 2.0, 3.0), planar)[0] == ("c", "p", "a", 60.0, 30.0, "mm²")


def test_grey_values_are_of_the_window_where_one_is_stated() -> None:
    grey = np.full((1, 16, 16), 50, np.float32)
    grey[0, :, :4] = 1000
    case = Case("c", "p", grey, np.zeros((1, 16, 16), np.uint8), None)
    assert pictured(case, Grid(16, "minmax", windows=((0.0, 100.0),))).image()[0, 0, -1] == pytest.approx(128, abs=3)
    assert pictured(case, Grid(16, "minmax")).image()[0, 0, -1] == pytest.approx(0, abs=3)
