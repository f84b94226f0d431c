"""ACDC in its three layouts, told apart by looking, and every fault of a file named in one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest

from data.catalog import find
from data.errors import DataError
from data.held_out import Gate
from data.sources.acdc import Acdc, layout_of
from data.split import read_split

SPLIT = read_split("acdc")
PATIENTS = (*SPLIT.train, *SPLIT.val, *SPLIT.test)
FRAMES = ("frame01", "frame12")
FIRST = f"{SPLIT.train[0]}_frame01"


def volume(name: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(map(ord, name)))
    return rng.random((3, 8, 10), dtype=np.float32), rng.integers(0, 4, (3, 8, 10)).astype(np.uint8)


def write_h5(path: Path, **arrays: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for key, value in arrays.items():
            file[key] = value


def write_volumes(root: Path, sub: str) -> Path:
    for patient in PATIENTS:
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            write_h5(root / sub / f"{patient}_{frame}.h5", image=image, label=label)
    return root


def write_slices(root: Path) -> Path:
    for patient in PATIENTS:
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            for k in range(3):
                path = root / "data" / "slices" / f"{patient}_{frame}_slice_{k}.h5"
                write_h5(path, image=image[k], label=label[k])
    return root


def write_nifti(path: Path, values: np.ndarray) -> None:
    image = nibabel.Nifti1Image(values.transpose(2, 1, 0), np.eye(4))
    image.header.set_zooms((1.25, 1.5, 10.0))
    nibabel.save(image, path)


def write_official(root: Path, sub: str = "") -> Path:
    for patient in PATIENTS:
        folder = root / sub / patient
        folder.mkdir(parents=True)
        (folder / "Info.cfg").write_text("ED: 1\nES: 12\n")
        for frame in FRAMES:
            image, label = volume(f"{patient}_{frame}")
            write_nifti(folder / f"{patient}_{frame}.nii.gz", image)
            write_nifti(folder / f"{patient}_{frame}_gt.nii.gz", label)
    (root / sub / PATIENTS[0] / f"{PATIENTS[0]}_4d.nii.gz").write_bytes(b"not read")
    return root


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "pre-processed volumes": lambda root: write_volumes(root, "volumes"),
    "SSL4MIS volumes": lambda root: write_volumes(root, "data"),
    "SSL4MIS slices": write_slices,
    "official release": write_official,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_is_told_and_read_alike(name: str, tmp_path: Path) -> None:
    LAYOUTS[name](tmp_path / "acdc")
    source = find("acdc", tmp_path)
    assert source.origin.startswith(name)
    cases = source.cases(SPLIT.train[:2])
    assert [case.name for case in cases] == [f"{p}_{f}" for p in SPLIT.train[:2] for f in FRAMES]
    for case in cases:
        image, label = volume(case.name)
        np.testing.assert_array_equal(case.image, image)
        np.testing.assert_array_equal(case.mask, label)
        assert case.spacing == ((10.0, 1.5, 1.25) if name == "official release" else None)


def test_the_official_release_may_lie_below_training(tmp_path: Path) -> None:
    layout = layout_of(write_official(tmp_path, "training"))
    assert layout is not None and layout.name == "official release"


def test_an_empty_folder_is_no_layout(tmp_path: Path) -> None:
    assert layout_of(tmp_path) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_volumes(tmp_path, "volumes") / "volumes"


def first_case(folder: Path, masks: bool = True):
    layout = layout_of(folder.parent)
    assert layout is not None
    return Acdc(layout).cases(SPLIT.train[:1], masks)[0]


def test_masks_that_are_not_wanted_are_not_read(folder: Path) -> None:
    image, _ = volume(FIRST)
    write_h5(folder / f"{FIRST}.h5", image=image, label=np.full((1, 1), 99))
    assert first_case(folder, masks=False).mask is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": np.zeros((8, 10), np.float32)}, r"image has shape \(8, 10\), expected \(slices, height, width\)"),
        ({"image": np.full((3, 8, 10), np.nan, np.float32)}, "NaN or infinite"),
        ({"label": np.zeros((3, 8, 9), np.uint8)}, r"mask has shape \(3, 8, 9\), its image \(3, 8, 10\)"),
        ({"label": np.full((3, 8, 10), 4, np.uint8)}, "label value 4; known are 0 background, 1 RV, 2 Myo, 3 LV"),
        ({"label": np.full((3, 8, 10), 0.5)}, "no whole numbers"),
        ({"label": None}, "an image without a mask"),
        ({"image": None}, "a mask without an image"),
    ],
)
def test_a_wrong_volume_is_named(folder: Path, change: dict[str, np.ndarray | None], message: str) -> None:
    image, label = volume(FIRST)
    arrays = {"image": image, "label": label, **change}
    write_h5(folder / f"{FIRST}.h5", **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(DataError, match=message) as error:
        first_case(folder)
    assert FIRST in str(error.value)


def test_a_truncated_volume_is_named(folder: Path) -> None:
    path = folder / f"{FIRST}.h5"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=rf"{FIRST}.h5 cannot be read as HDF5"):
        first_case(folder)


def test_missing_patients_are_counted_and_the_first_is_named(folder: Path) -> None:
    for path in [*folder.glob("patient007_*"), *folder.glob("patient050_*")]:
        path.unlink()
    with pytest.raises(DataError, match="lacks 2 of ACDC's 100 patients, patient007 first"):
        first_case(folder)


def test_a_missing_or_truncated_official_file_is_named(tmp_path: Path) -> None:
    write_official(tmp_path)
    layout = layout_of(tmp_path)
    assert layout is not None
    mask = tmp_path / SPLIT.train[0] / f"{FIRST}_gt.nii.gz"
    mask.write_bytes(mask.read_bytes()[:40])
    with pytest.raises(DataError, match=rf"{FIRST}_gt.nii.gz cannot be read"):
        Acdc(layout).cases(SPLIT.train[:1])
    mask.unlink()
    with pytest.raises(DataError, match=rf"{FIRST}_gt.nii.gz is missing: its image has no mask"):
        Acdc(layout).cases(SPLIT.train[:1])


def test_real_acdc_has_the_slices_that_papers_count() -> None:
    root = os.environ.get("ACTION_BENCH_DATA")
    if not root or not (Path(root) / "acdc").is_dir():
        pytest.skip("ACTION_BENCH_DATA names no folder with acdc/")
    source = find("acdc", Path(root))
    assert sum(len(case.image) for case in source.cases(SPLIT.train[:3], masks=False)) == 68
    assert sum(len(case.image) for case in source.cases(SPLIT.train, masks=False)) == 1312
    rest = [*source.cases(SPLIT.val, masks=False), *Gate(source).open("counting", 0)]
    assert 1312 + sum(len(case.image) for case in rest) == 1902
