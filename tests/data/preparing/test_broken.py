"""A broken case is listed with its reason, and the rest of a folder stays usable, which every run then says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data import catalog
from data.errors import DataError
from tests.data.acdc_toy import TESTED, TRAINED, write_volumes
from tests.data.folders.toy import nnunet, pictures, save, volume
from tests.data.preparing.toy import broken_with_nan, prepare


def cut_short(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-20])
    return path


def image(root: Path, number: int = 1) -> Path:
    return root / "imagesTr" / f"c_{number:02d}_0000.nii.gz"


def mask(root: Path, number: int = 1) -> Path:
    return root / "labelsTr" / f"c_{number:02d}.nii.gz"


def lost(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def unknown_label(root: Path) -> None:
    labels = volume(1)[1]
    labels[0, 0, 0] = 7
    save(mask(root), labels)


def write_unplaced(root: Path, part: str) -> None:
    """Store a case with its slices along another axis, and no affine that would say so."""
    import nibabel

    values = np.moveaxis(volume(1)[part == "mask"], 2, 0)
    made = nibabel.Nifti1Image(values, None)
    made.header["pixdim"][1:4] = (4.0, 1.0, 1.5)
    made.header["qform_code"] = made.header["sform_code"] = 0
    nibabel.save(made, image(root) if part == "image" else mask(root))


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut": (lambda root: cut_short(image(root)), "c_01_0000.nii.gz cannot be read as .nii.gz"),
    "cut mask": (lambda root: cut_short(mask(root)), "c_01.nii.gz cannot be read as .nii.gz"),
    "no number": (lambda root: broken_with_nan(root, 1), "case c_01: image holds NaN or infinite grey values"),
    "label": (unknown_label, "c_01.nii.gz holds label 7; known are 0 background, 1 core, 2 edge"),
    "other grid": (lambda root: save(mask(root), volume(1)[1][:-1]), "the mask has shape (6, 16, 19)"),
    "empty": (lambda root: image(root).write_bytes(b""), "c_01_0000.nii.gz is empty, of 0 bytes"),
    "empty mask": (lambda root: mask(root).write_bytes(b""), "c_01.nii.gz is empty, of 0 bytes"),
    "lost": (lambda root: lost(image(root)), "c_01_0000.nii.gz is a link that leads nowhere"),
    "header": (lambda root: image(root).write_bytes(b"x" * 400), "c_01_0000.nii.gz cannot be read as .nii.gz"),
    "cut otherwise": (
        lambda root: [write_unplaced(root, part) for part in ("image", "mask")],
        "case c_01: its voxels are longest along its columns",
    ),
    "a series": (lambda root: save(image(root), np.zeros((9, 9, 4, 3))), "c_01_0000.nii.gz is a 4-D file"),
}


@pytest.mark.parametrize("planned", [True, False], ids=["with a plan", "without"])
@pytest.mark.parametrize("harm", HARM)
def test_a_broken_case_is_listed_and_left_out_by_runs(
    tmp_path: Path, place: Path, plans: Path, capsys, harm: str, planned: bool
) -> None:
    root = nnunet(tmp_path / "toy", masked=8)
    if planned:
        whole = catalog.find(str(root))
    do, words = HARM[harm]
    do(root)
    assert prepare(root) == 1
    said = capsys.readouterr().out
    assert "broken 1; " in said
    assert words in next(line for line in said.splitlines() if line.startswith("  broken: c_01 ("))
    left = catalog.find(str(root))
    everyone = {*left.split.train, *left.split.val, *left.split.test}
    assert everyone == {f"c_{number:02d}" for number in range(2, 11)}
    assert "1 of 10 cases left out as broken" in left.origin
    assert left.told()["left out"].startswith("1 broken case: c_01 (") and words in left.told()["left out"]
    assert json.loads((plans / "toy.json").read_text())["broken"].keys() == {"c_01"}
    assert len(left.cases([*left.split.train, *left.split.val])) == 9 - len(left.split.test)
    if planned:
        assert left.split.fingerprint != whole.split.fingerprint


def test_a_folder_whose_case_is_broken_has_another_fingerprint_and_a_mended_one_its_own(
    tmp_path: Path, plans: Path, capsys
) -> None:
    root = nnunet(tmp_path / "toy", masked=8)
    whole = catalog.find(str(root))
    before, split, kept = whole.fingerprint(), whole.split.fingerprint, image(root).read_bytes()
    cut_short(image(root))
    assert prepare(root) == 1
    left = catalog.find(str(root))
    assert left.fingerprint() != before
    image(root).write_bytes(kept)
    assert catalog.find(str(root)).fingerprint() == left.fingerprint()  # until it is prepared again
    capsys.readouterr()
    assert prepare(root) == 0
    again = catalog.find(str(root))
    assert (again.fingerprint(), again.split.fingerprint) == (before, split) and "left out" not in again.told()


def test_a_patient_with_another_case_stays(tmp_path: Path) -> None:
    root = pictures(tmp_path / "scans", patients=6)
    (root / "images" / "p3_001.png").write_bytes(b"\x89PNG and no more")
    assert prepare(root) == 1
    source = catalog.find(str(root))
    assert {*source.split.train, *source.split.val, *source.split.test} == {f"p{k}" for k in range(6)}
    assert list(source.named(["p3"])) == ["p3_000", "p3_002"]


def test_a_broken_test_case_is_found_though_none_is_prepared(tmp_path: Path, capsys) -> None:
    root = nnunet(tmp_path / "toy", masked=10)
    tested = catalog.find(str(root)).split.test
    broken_with_nan(root, int(tested[0][2:]))
    assert prepare(root) == 1
    left = catalog.find(str(root))
    assert left.split.test == tested[1:]
    assert f"broken: {tested[0]} (test): case {tested[0]}: image holds NaN" in capsys.readouterr().out


def test_a_broken_labelled_case_tells_no_window(tmp_path: Path, place: Path) -> None:
    root = nnunet(tmp_path / "toy", masked=8, channels=("CT",))
    first, second, *_ = catalog.find(str(root)).split.masked
    broken_with_nan(root, int(first[2:]))
    assert prepare(root) == 1
    left = catalog.find(str(root))
    assert left.split.masked[0] == second
    (folder,) = place.iterdir()
    window = left.reading([second])["windows"]
    inside = [case.image[case.mask > 0] for case in left.cases([second])]
    assert window == [pytest.approx(np.percentile(np.concatenate(inside), (0.5, 99.5)).tolist())]
    assert len(list(folder.glob("*.images.npy"))) == len(left.split.train) + len(left.split.val)


def test_where_all_test_cases_are_broken_it_is_said(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy", masked=6)
    (tested,) = catalog.find(str(root)).split.test
    broken_with_nan(root, int(tested[2:]))
    with pytest.raises(DataError, match="no case is left to test, since the cases of all are broken"):
        prepare(root)


def test_of_a_data_set_of_papers_all_broken_cases_are_listed_and_runs_refuse_it(
    tmp_path: Path, place: Path, capsys
) -> None:
    import h5py

    root = write_volumes(tmp_path / "data")
    broken = [TRAINED, TESTED]
    for name in broken:
        with h5py.File(root / "acdc" / "volumes" / f"{name}.h5", "r+") as file:
            file["image"][0, 0, 0] = np.nan
    assert prepare("acdc", "--data-root", root) == 1
    said = capsys.readouterr().out
    assert "broken 2; 39 test cases were only looked at" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("  broken: ")] == sorted(broken)
    (ledger,) = (json.loads(path.read_text()) for path in place.rglob("ledger-acdc.json"))
    assert len(ledger["shards"]) == 159 and ledger["broken"].keys() == {*broken}
    with pytest.raises(DataError, match="image holds NaN"):
        catalog.find("acdc", root).fingerprint()
