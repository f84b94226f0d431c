"""Predictions are what the run's own scoring made, in the user's files, labels and order."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from PIL import Image

from data.folders.form import Form
from data.folders.images import place_of
from data.unseen.way import Way, way_of
from results.record import read_record
from tests.benchmark.predicting import folders

Blocks = tuple[Path, list[Path]]


def masks_of(run: Path) -> dict[str, np.ndarray]:
    with np.load(run / "predictions/masks.npz") as held:
        return {name: held[name] for name in held.files}


def test_of_a_runs_own_test_cases_they_are_its_masks_voxel_by_voxel(blocks: Blocks, tmp_path: Path) -> None:
    plan, (run, _) = blocks
    images = folders.test_images(plan, tmp_path / "images")
    assert folders.predicted(run, images, "--out", tmp_path / "out") == 0
    mine, axis = masks_of(run), json.loads((run / "cell.json").read_text())["reading"]["form"]["axis"]
    assert axis == 2 and len(mine) == 2
    values = np.array([0, *folders.VALUES.values()], np.uint8)
    for case, found in folders.arrays(tmp_path / "out", list(mine)).items():
        assert np.array_equal(np.moveaxis(found, axis, 0), values[mine[case]])
        assert found.dtype == np.uint8 and set(np.unique(found)) == {0, 1, 2}
        image = nibabel.load(images / f"{case}_0000.nii.gz")
        answer = nibabel.load(tmp_path / f"out/{case}.nii.gz")
        assert answer.shape == image.shape and np.array_equal(answer.affine, image.affine)
    card = (tmp_path / "out/model-card.md").read_text()
    assert "- Licence of the data: CC BY 4.0\n" in card and "- T2: of each volume, its percentiles 1 and 99" in card
    summary = {row.structure: row.dice for row in read_record(run / "record.json").summary if row.rule == "last"}
    assert (summary["avg"] or 0) > 0.6  # what is compared is no background alone


def test_volumes_that_lie_otherwise_are_predicted_as_they_were_scored(tmp_path: Path) -> None:
    plan = folders.planned_at(folders.volumes(tmp_path / "Blocks", turned=True))
    run = folders.trained(plan, tmp_path / "runs")
    images = folders.test_images(plan, tmp_path / "images")
    assert folders.predicted(run, images, "--out", tmp_path / "out") == 0
    form = Form(**json.loads((run / "cell.json").read_text())["reading"]["form"])
    mine, ways = masks_of(run), set[Way]()
    for case, found in folders.arrays(tmp_path / "out", list(mine)).items():
        image, answer = images / f"{case}_0000.nii.gz", tmp_path / f"out/{case}.nii.gz"
        assert np.array_equal(nibabel.load(answer).affine, nibabel.load(image).affine)
        ways.add(way_of(place_of(image), form, case))
        assert np.array_equal(way_of(place_of(image), form, case).view(found), mine[case])
        assert set(np.unique(found)) == {0, 1, 2}
    assert len(ways) == 2  # one lies otherwise


def test_pictures_are_answered_by_pictures_voxel_by_voxel(slides: tuple[Path, Path], tmp_path: Path) -> None:
    plan, run = slides
    images = folders.test_images(plan, tmp_path / "images")
    assert folders.predicted(run, images, "--out", tmp_path / "out") == 0
    mine = masks_of(run)
    assert len(mine) == 4
    for case, mask in mine.items():
        found = np.asarray(Image.open(tmp_path / f"out/{case}.png"))
        assert np.array_equal(found, 200 * mask[0])
        assert found.shape == (40, 28) and 200 in found


def test_large_files_are_held_a_few_slices_at_a_time_with_the_same_answer(
    blocks: Blocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.predicting import volume
    from data.unseen import room, slices

    plan, (run, _) = blocks
    images = folders.test_images(plan, tmp_path / "images")
    both = ("--probabilities", "--uncertainty")
    assert folders.predicted(run, images, "--out", tmp_path / "whole", *both) == 0
    held: list[int] = []
    read = slices.Slices.read
    monkeypatch.setattr(slices.Slices, "read", lambda self, a, b: (held.append(b - a), read(self, a, b))[1])
    monkeypatch.setattr(slices, "LARGE", 0)
    monkeypatch.setattr(slices, "AHEAD", 2)
    monkeypatch.setattr(room, "HELD", 0)
    monkeypatch.setattr(volume, "AT_ONCE", 3 * 4 * 3 * 30 * 22)
    assert folders.predicted(run, images, "--out", tmp_path / "parts", *both) == 0
    assert held == [3, 3, 1] * 2  # of seven slices, three at once
    for path in sorted((tmp_path / "whole").rglob("*.nii.gz")):
        again = tmp_path / "parts" / path.relative_to(tmp_path / "whole")
        gap = np.abs(np.asanyarray(nibabel.load(path).dataobj) - np.asanyarray(nibabel.load(again).dataobj))
        assert gap.max() < 1e-3
    assert sorted(path.name for path in (tmp_path / "parts").glob(".*")) == []


def test_batch_norms_are_folded_once_for_all_slices_of_all_cases(
    blocks: Blocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.predicting import volume
    from benchmark.training import folding

    plan, (run, _) = blocks
    images = folders.test_images(plan, tmp_path / "images")
    norms: list[torch.nn.Module] = []
    fuse = folding.fuse_conv_bn_eval
    monkeypatch.setattr(folding, "fuse_conv_bn_eval", lambda one, norm: (norms.append(norm), fuse(one, norm))[1])
    monkeypatch.setattr(volume, "AT_ONCE", 3 * 4 * 3 * 30 * 22)  # three slices at once
    assert folders.predicted(run, images, "--out", tmp_path / "out") == 0
    assert len(norms) == 18  # of the U-Net


def test_probabilities_of_two_runs_are_averaged(blocks: Blocks, tmp_path: Path) -> None:
    plan, runs = blocks
    images = folders.test_images(plan, tmp_path / "images")
    for name, chosen in (("a", runs[:1]), ("b", runs[1:]), ("both", runs)):
        words = [*chosen, images, "--out", tmp_path / name, "--probabilities", "--uncertainty"]
        assert folders.predicted(*words) == 0
    case = min(masks_of(runs[0]))
    found = {name: np.load(tmp_path / f"{name}/{case}.npz")["probabilities"] for name in ("a", "b", "both")}
    shares = found["both"].astype(np.float64)
    assert found["both"].dtype == np.float16 and shares.shape == (3, 22, 30, 7)
    assert np.abs(shares - (found["a"].astype(float) + found["b"]) / 2).max() < 1e-3
    assert np.abs(found["a"].astype(float) - found["b"]).max() > 0.1  # two runs, not one twice
    assert np.abs(shares.sum(0) - 1).max() < 2e-3
    labels = folders.arrays(tmp_path / "both", [case])[case]
    values = np.array([0, 1, 2])
    assert (values[shares.argmax(0)] == labels).mean() > 0.999  # float16 rounds
    map_ = nibabel.load(tmp_path / f"both/uncertainty/{case}.nii.gz")
    certain = np.asanyarray(map_.dataobj).T
    entropy = -np.sum(shares * np.log(np.maximum(shares, 1e-12)), 0) / np.log(3)
    assert map_.get_data_dtype() == np.float32
    assert np.abs(certain - entropy).max() < 5e-3
    assert 0 <= certain.min() < 0.3 < certain.max() <= 1


def test_entropy_is_one_of_equal_probabilities_and_zero_of_a_sure_one() -> None:
    from benchmark.predicting.volume import entropy

    given = torch.tensor([[0.25] * 4, [1.0, 0, 0, 0], [0.5, 0.5, 0, 0]]).view(3, 4, 1, 1)
    assert entropy(given).flatten().tolist() == pytest.approx([1.0, 0.0, 0.5])


def test_a_phantom_run_predicts_nifti(small_phantom: None, tmp_path: Path) -> None:
    from benchmark.cells.cell import Wish, resolve_cell
    from benchmark.running.execution import run_cell
    from benchmark.running.options import Options
    from data.catalog import find
    from data.held_out import SEAL
    from results.store import Store

    source = find("phantom")
    changes = {"updates": 120, "validations": 1, "lr": 0.05, "size": 32, "labeled_batch": 8, "decay": 0.8}
    wish = Wish(method="mean_teacher", dataset="phantom", preset="smoke", labeled=3, set=changes)
    run = run_cell(resolve_cell(wish, source, "cpu"), source, Store(tmp_path), Options(torch.device("cpu")))
    with SEAL.lifted("a test"):
        cases = source.cases(source.split.test)
    for case in cases:
        (tmp_path / "images").mkdir(exist_ok=True)
        assert case.spacing is not None
        made = nibabel.Nifti1Image(case.image.T, np.diag([*case.spacing[::-1], 1.0]))
        nibabel.save(made, tmp_path / f"images/{case.name}.nii.gz")
    assert folders.predicted(run, tmp_path / "images", "--out", tmp_path / "out") == 0
    mine = masks_of(run)
    assert sorted(mine) == sorted(case.name for case in cases)
    assert min(int((mask > 0).sum()) for mask in mine.values()) > 1000  # what is compared is no background alone
    for case, found in folders.arrays(tmp_path / "out", list(mine)).items():
        assert np.array_equal(found, mine[case])
    student = ("--predictor", "student", "--out", tmp_path / "student")
    assert folders.predicted(run, tmp_path / "images", *student) == 0
    best = ("--rule", "val_best", "--out", tmp_path / "best")
    assert folders.predicted(run, tmp_path / "images", *best) == 0
    others = folders.arrays(tmp_path / "student", list(mine))
    assert any((others[case] != mine[case]).any() for case in mine)
