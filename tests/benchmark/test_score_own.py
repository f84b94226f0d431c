"""A run on a folder of one's own, scored from its masks, says what its record says: planar, or labelled in part."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchmark import score
from data.folders.plan import read_plan, write_plan
from tests.benchmark.predicting import folders
from tests.benchmark.scoring import mask_folders

UNKNOWN = 100
METRICS = ("dice", "jaccard", "hd95", "asd")


def both(run: Path, plan: Path, out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores of a run's masks, and what its own scoring left."""
    assert score.command([str(run), "--data-root", str(plan), "--out", str(out)]) == 0
    kept = pd.read_parquet(run / "cases.parquet").query("rule == 'last'")
    return pd.read_csv(out).set_index(["case", "structure"]), kept.set_index(["case", "structure"])


def unknown_below(root: Path, row: int) -> Path:
    """Return a folder of pictures, nobody labelled which from a row on."""
    for path in (folders.pictures(root) / "masks").iterdir():
        mask = np.asarray(Image.open(path)).copy()
        mask[row:] = UNKNOWN
        Image.fromarray(mask).save(path)
    return root


def test_single_slices_are_measured_in_two_dimensions_as_the_run_did(slides: tuple[Path, Path], tmp_path: Path) -> None:
    plan, run = slides
    found, kept = both(run, plan, tmp_path / "out.csv")
    assert len(found) == 4 and (kept["hd95"] > 0).any()
    for metric in METRICS:
        assert found[metric].tolist() == pytest.approx(kept[metric].tolist())


def test_what_nobody_labelled_counts_neither_way_as_the_run_did(tmp_path: Path) -> None:
    plan = folders.planned_at(unknown_below(tmp_path / "partly", 12))
    labels = {"label 200": 200}
    write_plan(read_plan(plan).model_copy(update={"labels": labels, "ignored": UNKNOWN, "said": None}), plan)
    run = folders.trained(plan, tmp_path / "runs")
    found, kept = both(run, plan, tmp_path / "out.csv")
    with np.load(run / "predictions/masks.npz") as masks:
        assert any(masks[name][:, 12:].any() for name in masks.files)  # else nothing would have to be left out
    for metric in METRICS:
        assert found[metric].tolist() == pytest.approx(kept[metric].tolist())


def test_single_slices_that_equal_their_references_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side in ("mine", "truth"):
        (tmp_path / side).mkdir()
        mask_folders.nifti(tmp_path / side / "a.nii.gz", mask_folders.REFERENCE[1:2])
    mask_folders.dice((tmp_path / "mine", tmp_path / "truth"))
    assert "every mask is its reference, voxel by voxel; are these predictions?" in capsys.readouterr().out
