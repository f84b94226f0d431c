"""Where a prediction's voxels lie beside its reference's: the right distance, brought to one order, or refused."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest

from benchmark import score
from benchmark.command import main
from data.catalog import find
from data.held_out import Gate
from tests.data import acdc_folders
from tests.data.acdc_folders import FRAMES, SPLIT, volume

REFERENCE = np.zeros((12, 8, 6), np.uint8)
REFERENCE[1, 2:6, 1:5] = 1
SHIFTED = np.roll(REFERENCE, 10, 0)  # ten slices away
HALF = np.where(np.arange(8)[:, None] < 4, REFERENCE, 0).astype(np.uint8)
AFFINE = np.array([[-1.5, 0, 0, 40.0], [0, -2, 0, 50], [0, 0, 8, -60], [0, 0, 0, 1]])
TILT = np.array([[np.cos(0.1), -np.sin(0.1), 0, 0], [np.sin(0.1), np.cos(0.1), 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


def save(path: Path, mask: np.ndarray, affine: np.ndarray | None = AFFINE, **header: object) -> None:
    path.parent.mkdir(exist_ok=True)
    image = nibabel.Nifti1Image(mask.T, affine)
    for name, value in header.items():
        image.header[name] = value
    nibabel.save(image, path)


def scored(root: Path, *words: str) -> pd.DataFrame:
    out = root / "out.csv"
    assert score.command([str(root / "mine"), "--reference", str(root / "truth"), "--out", str(out), *words]) == 0
    return pd.read_csv(out)


def refusal(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit) as ended:
        main("benchmark.score", lambda: score.command([str(word) for word in words]))
    error = capsys.readouterr().err
    assert (ended.value.code, len(error.splitlines())) == (2, 1)
    return error


def turned(mask: np.ndarray, affine: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a mask turned round along an axis of the file, and the affine that says so."""
    other = affine.copy()
    other[:3, 3] += other[:3, axis] * (mask.T.shape[axis] - 1)
    other[:3, axis] *= -1
    return np.flip(mask.T, axis).T, other


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mask_turned_with_its_affine_scores_like_the_one_that_was_not(tmp_path: Path, axis: int) -> None:
    save(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    save(tmp_path / "mine" / "a.nii.gz", *turned(HALF, AFFINE, axis))
    (row,) = scored(tmp_path).to_dict("records")
    assert (row["dice"], row["unit"], row["hd95"]) == (pytest.approx(2 / 3), "mm", 4.0)


def test_a_mask_with_axes_exchanged_scores_like_the_one_that_was_not(tmp_path: Path) -> None:
    save(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    order = [2, 0, 1]
    save(tmp_path / "mine" / "a.nii.gz", HALF.T.transpose(order).T, AFFINE[:, [*order, 3]])
    (row,) = scored(tmp_path).to_dict("records")
    assert (row["dice"], row["hd95"]) == (pytest.approx(2 / 3), 4.0)


def test_sizes_are_those_of_the_affine_where_the_header_has_none_and_that_is_said_once(tmp_path: Path, capsys) -> None:
    for case in "ab":
        for folder, mask in (("truth", REFERENCE), ("mine", SHIFTED)):
            save(tmp_path / folder / f"{case}.nii", mask)
            raw = bytearray((tmp_path / folder / f"{case}.nii").read_bytes())
            raw[80:92] = np.ones(3, "<f4").tobytes()  # pixdim
            (tmp_path / folder / f"{case}.nii").write_bytes(bytes(raw))
    assert scored(tmp_path)["hd95"].tolist() == [80.0, 80.0]
    assert capsys.readouterr().err.count("sizes are taken from the affine") == 2  # a folder each


@pytest.mark.parametrize(("unit", "hd95"), [(0, 80.0), (2, 80.0), (1, 80_000.0), (3, 0.08)])
def test_units_are_honoured(tmp_path: Path, unit: int, hd95: float) -> None:
    save(tmp_path / "truth" / "a.nii.gz", REFERENCE, xyzt_units=unit)
    save(tmp_path / "mine" / "a.nii.gz", SHIFTED, xyzt_units=unit)
    assert scored(tmp_path)["hd95"].tolist() == [pytest.approx(hd95)]


def moved(by: float) -> np.ndarray:
    other = AFFINE.copy()
    other[0, 3] += by
    return other


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (moved(1.5), "first voxel lies at (41.5, 50, -60) mm, the reference's at (40, 50, -60) mm"),
        (TILT @ AFFINE, "the prediction is turned by 5.73 degrees against the reference (axes LPS and LPS)"),
        (AFFINE * [1, 1, -1, 1], "the prediction's axes go LPI, the reference's LPS"),
        (AFFINE * [1, 1, 0.5, 1], "the prediction has spacing 4 x 2 x 1.5 mm, the reference 8 x 2 x 1.5"),
        (np.diag([1.0, 1, 10, 1]), "the prediction has spacing 10 x 1 x 1 mm, the reference 8 x 2 x 1.5"),
        (AFFINE + np.array([[0, 0.5, 0, 0], *[[0] * 4] * 3]), "has a sheared affine"),
    ],
)
def test_a_prediction_on_other_voxels_is_refused_by_name(
    tmp_path: Path, capsys, affine: np.ndarray, words: str
) -> None:
    save(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    save(tmp_path / "mine" / "a.nii.gz", HALF, affine)
    error = refusal(capsys, tmp_path / "mine", "--reference", tmp_path / "truth")
    assert words in error and ("case a" in error or "a.nii.gz" in error)
    assert not list(tmp_path.glob("**/*.csv"))


def test_a_series_and_colours_are_refused_by_name_and_a_fourth_axis_of_one_is_read(tmp_path: Path, capsys) -> None:
    save(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    save(tmp_path / "mine" / "a.nii.gz", HALF[None])
    assert scored(tmp_path)["dice"].tolist() == [pytest.approx(2 / 3)]
    save(tmp_path / "mine" / "a.nii.gz", np.stack([HALF, HALF]))
    words = (tmp_path / "mine", "--reference", tmp_path / "truth")
    assert "is a 4-D file, of shape (6, 8, 12, 2)" in refusal(capsys, *words)
    save(tmp_path / "mine" / "a.nii.gz", np.zeros((12, 8, 6), [("R", "u1"), ("G", "u1"), ("B", "u1")]))
    assert "holds colours (R, G, B)" in refusal(capsys, *words)


@pytest.mark.parametrize(("slices_last", "said"), [(True, 1), (False, 0)])
def test_slices_that_seem_to_come_last_are_told_once(tmp_path: Path, capsys, slices_last: bool, said: int) -> None:
    mask = np.zeros((32, 40, 4), np.uint8) if slices_last else np.zeros((4, 32, 40), np.uint8)
    mask[1:3, 2:30, 1:3] = 1
    for folder in ("truth", "mine"):
        (tmp_path / folder).mkdir()
        for case in "ab":
            np.savez(tmp_path / folder / f"{case}.npz", mask)
    assert scored(tmp_path)["dice"].tolist() == [1, 1]
    assert capsys.readouterr().err.count("case a is read as 32 slices of 40 x 4 voxels") == said


HEADERS = {
    "identity": np.eye(4),
    "identity, LPS": np.diag([-1.0, -1, 1, 1]),
    "SSL4MIS": np.diag([-1.0, -1, 10, 1]),
}


@pytest.fixture
def acdc(tmp_path: Path) -> Path:
    """Return the root of a small official release, beside perfect predictions of its test cases in ``mine``."""
    acdc_folders.official(tmp_path / "acdc")
    (tmp_path / "mine").mkdir()
    for patient in SPLIT.test:
        for frame in FRAMES:
            name = f"{patient}_{frame}"
            save(tmp_path / "mine" / f"{name}.nii.gz", volume(name)[1], acdc_folders.LPS)
    return tmp_path


def beside_acdc(root: Path) -> pd.DataFrame:
    words = ["--reference", "acdc", "--data-root", str(root), "--out", str(root / "out.csv")]
    assert score.command([str(root / "mine"), *words]) == 0
    return pd.read_csv(root / "out.csv")


def test_headers_of_test_scripts_are_not_looked_at_beside_a_data_set(acdc: Path) -> None:
    for patient, affine in zip(SPLIT.test, [*HEADERS.values(), None], strict=False):
        name = f"{patient}_frame01"
        save(acdc / "mine" / f"{name}.nii.gz", volume(name)[1], affine)
    name = f"{SPLIT.test[4]}_frame01"
    save(acdc / "mine" / f"{name}.nii.gz", *turned(volume(name)[1], acdc_folders.LPS, 0))
    table = beside_acdc(acdc)
    assert len(table) == 40 * 3
    assert (table["dice"] == 1).all() and (table["hd95"] == 0).all() and set(table["unit"]) == {"mm"}


def test_a_real_header_that_contradicts_the_data_set_is_refused(acdc: Path, capsys) -> None:
    name = f"{SPLIT.test[0]}_frame01"
    words = (acdc / "mine", "--reference", "acdc", "--data-root", acdc)
    other = acdc_folders.LPS.copy()
    other[2, 3] = 10
    save(acdc / "mine" / f"{name}.nii.gz", volume(name)[1], other)
    assert f"case {name}: the prediction's first voxel lies at (0, 0, 10) mm" in refusal(capsys, *words)
    save(acdc / "mine" / f"{name}.nii.gz", volume(name)[1], np.diag([-1.25, -1.5, 5, 1]))
    assert "spacing 5 x 1.5 x 1.25 mm, the reference 10 x 1.5 x 1.25" in refusal(capsys, *words)


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_real_spacing_that_contradicts_the_phantoms_is_refused(tmp_path: Path, capsys) -> None:
    cases = {case.name: case for case in Gate(find("phantom")).open("a test", 0)}
    for name, case in cases.items():
        save(tmp_path / "mine" / f"{name}.nii.gz", case.mask, np.diag([1.0, 1, 10, 1]))
    assert score.command([str(tmp_path / "mine"), "--reference", "phantom", "--out", str(tmp_path / "out.csv")]) == 0
    assert (pd.read_csv(tmp_path / "out.csv")["dice"] == 1).all()
    save(tmp_path / "mine" / f"{name}.nii.gz", case.mask, np.diag([1.0, 1, 3, 1]))
    assert f"case {name}: the prediction has spacing 3 x 1 x 1 mm" in refusal(
        capsys, tmp_path / "mine", "--reference", "phantom"
    )
