"""A folder of one's own is a data set: by its path, by its plan, by its name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data import catalog
from data.errors import DataError, DataUsageError
from data.held_out import Gate
from data.task import IGNORED
from tests.data.folders.toy import nnunet, pictures, save, volume


def test_cases_are_slices_of_the_coarsest_axis_with_their_sizes(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "Dataset001_Toy")))
    assert (source.dataset, source.task.structures) == ("toy", ("core", "edge"))
    case = source.cases(source.split.train[:1])[0]
    image, mask = volume(int(case.name[2:]))
    assert np.array_equal(case.image, image.T)
    assert case.mask is not None
    assert np.array_equal(case.mask, mask.T)
    assert case.spacing == pytest.approx((4.0, 1.5, 1.0))


def test_a_volume_is_cut_across_its_coarsest_axis_wherever_that_lies(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy")
    for path in [*(root / "imagesTr").iterdir(), *(root / "imagesUn").iterdir(), *(root / "labelsTr").iterdir()]:
        import nibabel

        save(path, np.asarray(nibabel.load(path).dataobj), np.diag([4.0, 1.0, 1.0, 1.0]))
    case = (source := catalog.find(str(root))).cases(source.split.val)[0]
    image, _ = volume(int(case.name[2:]))
    assert case.image.shape == (20, 6, 16)
    assert np.array_equal(case.image, np.moveaxis(image.T, 2, 0))
    assert case.spacing == pytest.approx((4.0, 1.0, 1.0))


def test_images_without_masks_train_and_are_never_labelled(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", masked=6, bare=2)))
    split = source.split
    assert split.unmasked == ("c_07", "c_08")
    assert len(split.masked) == len(split.train) - 2
    assert [case.mask for case in source.cases(split.unmasked)] == [None, None]
    with pytest.raises(DataUsageError, match=rf"--labeled 9: expected 1 to {len(split.masked)}"):
        split.labeled(9, "canonical", 0)


def test_several_channels_are_read_in_their_order(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", channels=("T1", "T2"))))
    assert source.task.channels == 2
    case = source.cases(source.split.train[:1])[0]
    assert np.allclose(case.more[0] - case.image, 10, atol=1e-4)


def test_png_slices_are_of_patients_and_measured_in_two_dimensions(tmp_path: Path) -> None:
    source = catalog.find(str(pictures(tmp_path / "scans")))
    assert source.task.planar
    assert source.task.structures == ("label 255",)
    assert sorted((*source.split.train, *source.split.val, *source.split.test)) == [f"p{k}" for k in range(5)]
    cases = source.cases(source.split.train[:1])
    assert [case.image.shape for case in cases] == [(1, 20, 28)] * 3
    assert cases[0].mask is not None
    assert cases[0].mask.max() == 1
    assert source.reading(source.split.train[:1])["windows"] == [[0.0, 255.0]]


def test_a_window_of_ct_is_of_the_labelled_patients_structures_alone(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", channels=("CT",))))
    first, second = source.split.masked[:2]
    inside = np.concatenate([case.image[case.mask > 0] for case in source.cases([first])])
    expected = np.percentile(inside, (0.5, 99.5)).tolist()
    assert source.reading([first])["windows"] == [pytest.approx(expected)]
    assert source.reading([second])["windows"] != source.reading([first])["windows"]


def test_what_nobody_labelled_is_ignored_by_value_or_by_slice(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy", about={"labels": {"background": 0, "core": 1, "edge": 2, "ignore": 3}})
    for number in range(1, 7):
        _, mask = volume(number)
        mask[0] = 3
        save(root / "labelsTr" / f"c_{number:02d}.nii.gz", mask)
    (root / "slices.csv").write_text("case,slice\n" + "".join(f"c_0{k},2\n" for k in range(1, 7)), encoding="utf-8")
    source = catalog.find(str(root))
    assert source.task.partial
    mask = source.cases(source.split.train[:1])[0].mask
    assert mask is not None
    assert (mask[[0, 1, 3, 4, 5]] == IGNORED).all()
    assert set(np.unique(mask[2]).tolist()) == {0, 1, 2, IGNORED}
    assert (mask[2, :, 0] == IGNORED).all()


def test_a_plan_is_made_once_and_edited_by_its_user(tmp_path: Path, plans: Path) -> None:
    root = nnunet(tmp_path / "Dataset001_Toy")
    first = catalog.find(str(root))
    path = plans / "toy.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    moved = values["train"].pop()
    values["test"].append(moved)
    path.write_text(json.dumps(values), encoding="utf-8")
    for again in (catalog.find(str(root)), catalog.find("toy"), catalog.find(str(path)), catalog.find("toy", path)):
        assert moved in again.split.test
        assert again.split.fingerprint != first.split.fingerprint


def test_folds_test_each_patient_once(tmp_path: Path, plans: Path) -> None:
    from data.plan import command

    root = nnunet(tmp_path / "toy", masked=7)
    assert command([str(root), "--folds", "3"]) == 0
    folds = [catalog.find(f"toy-fold{k}") for k in (1, 2, 3)]
    assert [fold.dataset for fold in folds] == ["toy-fold1", "toy-fold2", "toy-fold3"]
    tested = sorted(name for fold in folds for name in fold.split.test)
    assert tested == [f"c_0{k}" for k in range(1, 8)]
    assert all(len(fold.split.masked) >= 3 for fold in folds)
    assert catalog.find(f"{root}:fold2").split == folds[1].split
    with pytest.raises(DataError, match="toy has no fold 4; it has 3"):
        catalog.find("toy-fold4")


def test_test_cases_come_through_the_gate_only(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy")))
    with pytest.raises(DataError, match="outside the gate"):
        source.cases(source.split.test)
    assert {case.patient for case in Gate(source).open("a test", 0)} == set(source.split.test)


def test_other_content_is_another_fingerprint(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy")
    before = catalog.find(str(root)).fingerprint()
    image, _ = volume(1)
    save(root / "imagesTr" / "c_01_0000.nii.gz", image + 1)
    assert catalog.find(str(root)).fingerprint() != before


def test_a_plan_that_is_of_other_cases_says_which(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy")
    catalog.find(str(root))
    image, mask = volume(9)
    save(root / "imagesTr" / "new_0000.nii.gz", image)
    save(root / "labelsTr" / "new.nii.gz", mask)
    with pytest.raises(DataError, match=r"toy\.json lacks case new, and .* holds it; edit the plan"):
        catalog.find(str(root))


def test_two_folders_of_one_name_need_two_names(tmp_path: Path) -> None:
    catalog.find(str(nnunet(tmp_path / "a" / "toy")))
    with pytest.raises(DataError, match=r"is the plan of .*/a/toy, another folder that is called toy"):
        catalog.find(str(nnunet(tmp_path / "b" / "toy")))


def test_a_label_that_the_plan_lacks_is_named(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy")
    _, mask = volume(1)
    mask[0, 0, 0] = 7
    save(root / "labelsTr" / "c_01.nii.gz", mask)
    with pytest.raises(DataError, match=r"c_01\.nii\.gz holds label 7; known are 0 background, 1 core, 2 edge"):
        catalog.find(str(root)).fingerprint()
