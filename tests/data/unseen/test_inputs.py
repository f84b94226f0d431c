"""Which files are the images of which case, by the habits of the data set that was trained on."""

from pathlib import Path

import pytest

from data.errors import DataError
from data.folders.form import Form
from data.unseen.answers import WORDS
from data.unseen.inputs import inputs_at

ONE = Form()
TWO = Form(channels=("T1", "T2"), files=2, numbered=True)
NUMBERED = Form(numbered=True)


def folder(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def named(path: Path, form: Form) -> dict[str, list[str]]:
    return {case.name: [one.name for one in case.images] for case in inputs_at(path, form).cases if not case.wrong}


def test_single_files_are_cases_by_their_names(tmp_path: Path) -> None:
    found = named(folder(tmp_path, "b.nii.gz", "a.mha", "c.PNG", "notes.txt", ".hidden.nii"), ONE)
    assert found == {"a": ["a.mha"], "b": ["b.nii.gz"], "c": ["c.PNG"]}


def test_numbered_files_are_channels_where_the_data_set_has_them(tmp_path: Path) -> None:
    folder(tmp_path, "p_0000.nii.gz", "p_0001.nii.gz", "q_0001.nii.gz", "q_0000.nii.gz")
    assert named(tmp_path, TWO) == {"p": ["p_0000.nii.gz", "p_0001.nii.gz"], "q": ["q_0000.nii.gz", "q_0001.nii.gz"]}
    assert named(tmp_path / "q_0001.nii.gz", TWO) == {"q": ["q_0000.nii.gz", "q_0001.nii.gz"]}


def test_slices_whose_names_end_in_numbers_are_cases_of_their_own(tmp_path: Path) -> None:
    assert len(named(folder(tmp_path, "liver_0000.png", "liver_0001.png", "liver_0002.png"), ONE)) == 3


@pytest.mark.parametrize("form", [ONE, NUMBERED])
def test_one_channel_needs_no_number(form: Form, tmp_path: Path) -> None:
    assert named(folder(tmp_path / "a", "x_0000.nii", "y_0000.nii"), form) == {"x": ["x_0000.nii"], "y": ["y_0000.nii"]}
    assert named(folder(tmp_path / "b", "x.nii", "y_0000.nii"), form) == {"x": ["x.nii"], "y": ["y_0000.nii"]}


def test_a_case_with_other_channels_is_told_and_the_others_are_cases(tmp_path: Path) -> None:
    folder(tmp_path, "p_0000.nii.gz", "p_0001.nii.gz", "q_0000.nii.gz", "r_0000.nii.gz", "r_0002.nii.gz")
    wrong = {case.name: case.wrong for case in inputs_at(tmp_path, TWO).cases if case.wrong}
    assert named(tmp_path, TWO) == {"p": ["p_0000.nii.gz", "p_0001.nii.gz"]}
    assert wrong["q"] == "case q has q_0000.nii.gz; expected q_0000.nii.gz (T1), q_0001.nii.gz (T2)"
    assert wrong["r"].startswith("case r has r_0000.nii.gz, r_0002.nii.gz; expected")


def test_two_files_of_one_case_and_files_of_other_kinds_are_told(tmp_path: Path) -> None:
    folder(tmp_path, "a.nii", "a.mha", "b.nii", "c.dcm", "d.jpg")
    wrong = {case.name: case.wrong or "" for case in inputs_at(tmp_path, ONE).cases}
    assert named(tmp_path, ONE) == {"b": ["b.nii"]}
    assert wrong["a"].endswith("a.mha stands beside a.nii, of one case and channel; keep one of them")
    assert "convert DICOM to NIfTI" in wrong["c.dcm"]
    assert "JPEG changes values" in wrong["d.jpg"]


@pytest.mark.parametrize("name", ["volume.raw", "a.txt", "a.gz", "case", "a.tar.gz"])
def test_a_file_that_is_named_and_is_no_image_is_told_with_the_endings_that_are_read(name: str, tmp_path: Path) -> None:
    (case,) = inputs_at(folder(tmp_path, name) / name, ONE).cases
    read = ".nii.gz, .nii, .nrrd, .nhdr, .mha, .mhd, .png, .bmp, .tif, .tiff"
    assert case.wrong == f"{tmp_path / name} is none of {read}; save it as one of these"


def test_of_acdcs_folders_the_frames_are_images(tmp_path: Path) -> None:
    one = "patient101/patient101_"
    folder(tmp_path, f"{one}frame01.nii.gz", f"{one}frame01_gt.nii.gz", f"{one}frame14.nii.gz", f"{one}4d.nii.gz")
    frames = ["patient101_frame01", "patient101_frame14"]
    assert list(named(tmp_path, ONE)) == list(named(tmp_path / "patient101", ONE)) == frames
    assert inputs_at(tmp_path, ONE).remark == "of ACDC's files the frames are images; masks and series are left out"


def test_answers_in_a_folder_of_frames_or_volumes_are_no_images(tmp_path: Path) -> None:
    frames = folder(tmp_path / "frames", "patient101_frame01.nii.gz", "predicted/patient101_frame01.nii.gz")
    volumes = folder(tmp_path / "volumes", "volume-0.nii", "segmentation-0.nii", "predicted/volume-0.nii")
    for root in (frames, volumes):
        assert any("of one case and channel" in (case.wrong or "") for case in inputs_at(root, ONE).cases)
        (root / "predicted" / WORDS).write_text("{}")
        (case,) = inputs_at(root, ONE).cases
        assert case.wrong is None and [path.parent for path in case.images] == [root]


def test_of_lits_folders_no_segmentation_is_an_image(tmp_path: Path) -> None:
    one, two = tmp_path / "Training Batch 1", tmp_path / "Training Batch 2"
    folder(one, "volume-0.nii", "segmentation-0.nii", "volume-3.nii.gz", "segmentation-3.nii.gz", "liver.nii")
    folder(two, "volume-28.nii", "segmentation-28.nii", "test-volume-5.nii")
    assert list(named(one, ONE)) == ["liver", "volume-0", "volume-3"]
    assert list(named(two, ONE)) == ["test-volume-5", "volume-28"]
    assert list(named(tmp_path, ONE)) == ["test-volume-5", "volume-0", "volume-28", "volume-3"]
    assert inputs_at(one, ONE).remark == "of LiTS' files the volumes are images; segmentations are left out"


def test_images_that_are_called_volumes_have_their_neighbours_where_no_segmentation_is(tmp_path: Path) -> None:
    folder(tmp_path, "volume-0.nii", "b.nii", "below/volume-1.nii", "notes.txt")
    assert list(named(tmp_path, ONE)) == ["b", "volume-0"]
    assert inputs_at(tmp_path, ONE).remark == "no images: notes.txt"


def test_a_data_set_is_named_by_the_folder_that_is_meant(tmp_path: Path) -> None:
    folder(tmp_path, "dataset.json", "imagesTr/a_0000.nii.gz", "imagesTs/b_0000.nii.gz", "labelsTr/a.nii.gz")
    with pytest.raises(DataError, match=r"and no image; name the one of its folders .* such as .*imagesTs$"):
        inputs_at(tmp_path, ONE)
    with pytest.raises(DataError, match="does not exist; name an image, or a folder of images"):
        inputs_at(tmp_path / "nowhere", ONE)
