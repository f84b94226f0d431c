"""What a folder of ACDC lacks is said when it is found: patients, frames, slices, masks, by name and number."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.catalog import find
from tests.data import acdc_folders as folders
from tests.data.acdc_folders import FIRST, LPS, SPLIT, refused, volume, write_h5, write_nifti

TEST = SPLIT.test[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder of each layout, whose files are shared by all tests."""
    root = tmp_path_factory.mktemp("made")
    folders.volumes(root / "volumes")
    folders.slices(root / "slices")
    folders.official(root / "official")
    return {name: root / name for name in ("volumes", "slices", "official")}


@pytest.fixture
def acdc(made: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """Return what gives a folder of a layout that a test may change."""
    return lambda name: folders.copied(made[name], tmp_path / "acdc")


@pytest.mark.parametrize("name", ["volumes", "slices", "official"])
def test_whole_folders_are_found_and_have_all_cases(acdc, name: str) -> None:
    cases = find("acdc", acdc(name).parent).cases((*SPLIT.train, *SPLIT.val))
    assert len(cases) == 160
    assert {case.image.shape for case in cases} == {(3, 8, 10)}


FRAME = {
    "volumes": "volumes/{0}_{1}.h5",
    "slices": "data/slices/{0}_{1}_slice_*.h5",
    "official": "{0}/{0}_{1}*.nii.gz",
}


@pytest.mark.parametrize("name", FRAME)
def test_one_frame_of_two_is_named(acdc, name: str) -> None:
    folder = acdc(name)
    for path in folder.glob(FRAME[name].format(TEST, "frame12")):  # 39 volumes would be 20 patients
        path.unlink()
    assert f"{TEST} has 1 (frame01)" in refused(folder)
    assert f"{TEST} has 1 (frame01)" in refused(folder, "auto")


@pytest.mark.parametrize("name", FRAME)
def test_three_frames_are_named_and_many_are_counted(acdc, name: str) -> None:
    folder = acdc(name)
    for patient in SPLIT.val[:5]:
        for path in list(folder.glob(FRAME[name].format(patient, "frame12"))):
            shutil.copy(path, path.with_name(path.name.replace("frame12", "frame07")))
    said = refused(folder)
    assert f"{min(SPLIT.val[:5])} has 3 (frame01, frame07, frame12)" in said and "and 2 more" in said


@pytest.mark.parametrize("name", FRAME)
def test_missing_patients_are_counted_and_named(acdc, name: str) -> None:
    folder = acdc(name)
    for patient in ("patient007", "patient050", "patient051"):
        for path in list(folder.glob(FRAME[name].format(patient, "frame??"))):
            path.unlink()
    assert "lacks 3 of ACDC's 100 patients, patient007 first, then patient050, patient051" in refused(folder)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, f"lacks slice 1 of {TEST}_frame01, which has 2 up to 2"), (0, f"lacks slice 0 of {TEST}_frame01")],
)
def test_a_missing_slice_is_named(acdc, number: int, words: str) -> None:
    folder = acdc("slices")
    (folder / "data" / "slices" / f"{TEST}_frame01_slice_{number}.h5").unlink()
    assert words in refused(folder)


def test_a_slice_missing_at_the_end_of_one_frame_is_told_by_the_other(acdc) -> None:
    folder = acdc("slices")
    (folder / "data" / "slices" / f"{TEST}_frame01_slice_2.h5").unlink()
    assert f"has 2 slices in {TEST}_frame01 and 3 slices in {TEST}_frame12" in refused(folder)


def test_slices_may_be_numbered_from_one_and_not_from_two_or_twice(tmp_path: Path) -> None:
    folder = folders.slices(tmp_path / "acdc", first=1)
    image, _ = volume(FIRST)
    (case, _) = find("acdc", tmp_path).cases(SPLIT.train[:1])
    np.testing.assert_array_equal(case.image, image)
    shutil.copy(folder / f"{FIRST}_slice_2.h5", folder / f"{FIRST}_slice_02.h5")
    assert f"has slice 2 of {FIRST} twice" in refused(tmp_path / "acdc")
    (folder / f"{FIRST}_slice_02.h5").unlink()
    (folder / f"{FIRST}_slice_1.h5").unlink()
    assert f"lacks slice 1 of {FIRST}" in refused(tmp_path / "acdc")


def test_images_and_masks_without_each_other_are_named_at_once(acdc) -> None:
    folder = acdc("official")
    (folder / TEST / f"{TEST}_frame01_gt.nii.gz").unlink()
    assert f"{TEST}_frame01_gt.nii.gz is missing: its image has no mask" in refused(folder)
    (folder / TEST / f"{TEST}_frame12.nii.gz").unlink()
    said = refused(folder)
    assert "(2 volumes can't be used: " in said
    write_nifti(folder / TEST / f"{TEST}_frame01_gt.nii.gz", volume(TEST)[1])
    assert f"{TEST}_frame12.nii.gz is missing: its mask has no image" in refused(folder)


@pytest.mark.parametrize(
    ("name", "other"),
    [(f"{TEST}_frame01.nii.gz", f"{TEST}_Frame01.nii.gz"), (f"{TEST}_frame01_gt.nii.gz", f"{TEST}_frame01_GT.nii.gz")],
)
def test_a_file_named_in_other_letters_is_seen(name: str, other: str, acdc) -> None:
    folder = acdc("official")
    (folder / TEST / name).rename(folder / TEST / other)
    assert f"{name} is missing (there is {other}; names are in small letters): its" in refused(folder)


@pytest.mark.parametrize("name", ["volumes", "slices"])
@pytest.mark.parametrize(("key", "words"), [("image", "an image without a mask"), ("label", "a mask without an image")])
def test_an_array_without_the_other_is_named_at_once(acdc, name: str, key: str, words: str) -> None:
    folder = acdc(name)
    path = sorted(folder.glob(FRAME[name].format(TEST, "frame12")))[-1]
    image = volume(TEST)[0]
    write_h5(path, **{key: image if name == "volumes" else image[0]})
    assert f"{path} holds {words}" in refused(folder)


def test_a_group_in_place_of_an_array_is_named(acdc) -> None:
    folder = acdc("volumes")
    write_h5(folder / "volumes" / f"{TEST}_frame01.h5", **{"image/inner": np.zeros((3, 8, 10)), "label": np.zeros(3)})
    assert f"{TEST}_frame01.h5: 'image' is a group, of 'image/inner'; expected an array" in refused(folder)


@pytest.mark.parametrize("name", FRAME)
def test_links_that_lead_nowhere_and_empty_files_are_named(acdc, name: str) -> None:
    folder = acdc(name)
    path = sorted(folder.glob(FRAME[name].format(TEST, "frame12")))[0]
    path.unlink()
    path.symlink_to("gone")
    assert f"{path} is a link that leads nowhere, to gone" in refused(folder)
    path.unlink()
    path.write_bytes(b"")
    assert f"{path} is empty, of 0 bytes" in refused(folder)


def test_a_patient_folder_in_other_case_or_a_link_is_seen(acdc) -> None:
    folder = acdc("official")
    (folder / "patient007").rename(folder / "Patient007")
    assert "patient007 first (there is Patient007)" in refused(folder)
    (folder / "Patient007").rename(folder / "old")
    (folder / "patient007").symlink_to("gone")
    assert "patient007 first (patient007 is a link that leads nowhere, to gone)" in refused(folder)


@pytest.mark.parametrize(
    ("name", "other"), [("volumes", "Patient007_frame12.h5"), ("official", "Patient007_frame12.nii")]
)
def test_a_frame_in_other_case_is_seen(acdc, name: str, other: str) -> None:
    folder = acdc(name)
    paths = sorted(folder.glob(FRAME[name].format("patient007", "frame12")))
    paths[0].rename(paths[0].with_name(other))
    for mask in paths[1:]:
        mask.unlink()
    assert f"patient007 has 1 (frame01; there is {other})" in refused(folder)


def test_plain_nii_is_read_and_two_files_of_one_name_are_refused(acdc) -> None:
    folder, name = acdc("official"), SPLIT.train[0]
    for path in list((folder / name).glob("*_frame*.nii.gz")):
        path.unlink()
    for frame in ("frame01", "frame12"):
        image, label = volume(f"{name}_{frame}")
        write_nifti(folder / name / f"{name}_{frame}.nii", image)
        write_nifti(folder / name / f"{name}_{frame}_gt.nii", label)
    (case, _) = find("acdc", folder.parent).cases([name])
    np.testing.assert_array_equal(case.image, volume(FIRST)[0])
    np.testing.assert_array_equal(case.mask, volume(FIRST)[1])
    write_nifti(folder / name / f"{FIRST}.nii.gz", volume(FIRST)[0])
    assert f"{FIRST}.nii.gz stands beside {FIRST}.nii; keep the one that is meant" in refused(folder)


def test_the_official_test_patients_are_no_matter(acdc) -> None:
    folder = acdc("official")
    for sub in ("", "testing"):  # those of the challenge, 101 to 150, have masks since 2023
        write_nifti(folder / sub / "patient101" / "patient101_frame01.nii.gz", volume("a")[0])
    assert find("acdc", folder.parent).origin.startswith("official release")


def test_slices_along_another_axis_are_told_when_found(acdc) -> None:
    folder = acdc("volumes")
    image, label = volume("a", (4, 32, 40))
    turned = {"image": np.moveaxis(image, 0, 2), "label": np.moveaxis(label, 0, 2)}
    for frame in ("frame01", "frame12"):
        write_h5(folder / "volumes" / f"{TEST}_{frame}.h5", **turned)
    assert "read as 32 slices of 40 x 4 voxels" in refused(folder)
    for frame in ("frame01", "frame12"):
        write_h5(folder / "volumes" / f"{TEST}_{frame}.h5", {"slice_axis": 2}, **turned)
    assert find("acdc", folder.parent).dataset == "acdc"


def test_a_mask_that_lies_elsewhere_is_told_when_found(acdc) -> None:
    folder = acdc("official")
    other = LPS.copy()
    other[2, 3] = 10
    write_nifti(folder / TEST / f"{TEST}_frame01_gt.nii.gz", volume(TEST)[1], other)
    said = refused(folder)
    assert f"case {TEST}_frame01: the mask's first voxel lies at (0, 0, 10) mm, the image's at (0, 0, 0) mm" in said


def test_a_folder_unlike_acdc_is_taken_and_says_so(acdc) -> None:
    origin = find("acdc", acdc("volumes").parent).origin
    assert (
        origin
        == "pre-processed volumes in volumes/, 200 of its 200 volumes unlike ACDC's own in frame or number of slices"
    )
