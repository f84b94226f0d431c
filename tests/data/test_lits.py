"""LiTS: every voxel where it belongs, whatever its header says of it, and every grey value what it is."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from data.catalog import find
from data.content import Content
from data.errors import DataError
from data.held_out import Gate
from data.pool import Grid, build_pool
from data.sources.lits import Lits
from data.sources.lits_files import layout_of, number_of
from data.sources.lits_places import UNPLACED, UNPLACED_MASKS
from tests.data import lits_folders as folders


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.challenge(tmp_path_factory.mktemp("lits") / "lits")


@pytest.fixture
def root(made: Path, tmp_path: Path, cache: Path) -> Path:
    return folders.copied(made, tmp_path / "data" / "lits")


def read(root: Path, number: int) -> tuple[np.ndarray, np.ndarray, object]:
    (case,) = find("lits", root.parent).cases([f"case{number + 1:04d}"])
    assert case.mask is not None
    return case.image, case.mask, case


def test_a_fold_has_the_window_of_the_whole_and_nothing_of_its_test_volumes(root: Path, cache: Path) -> None:
    whole, fold = find("lits", root.parent), find("lits:fold2of5", root.parent)
    assert fold.reading(["case0003"]) == whole.reading(["case0003"]) and fold.reading([])["windows"] == [[-200, 250]]
    assert [len(part) for part in (fold.split.train, fold.split.val, fold.split.test)] == [80, 0, 20]
    before = whole.fingerprint(), fold.fingerprint()
    number = number_of(whole.split.test[0])
    image, _ = folders.volume(number)
    folders.write(root / f"volume-{number}.nii", image + 1)
    after = find("lits", root.parent).fingerprint(), find("lits:fold2of5", root.parent).fingerprint()
    assert before[0] != after[0] and before[1] == after[1] and before[0] != before[1]


def test_distances_of_a_fold_have_one_unit_also_where_some_volumes_say_no_sizes(root: Path, cache: Path) -> None:
    fold = find("lits:fold2of5", root.parent)
    assert {number_of(case) in UNPLACED for case in fold.split.test} == {True, False}
    assert {case.spacing for case in Gate(fold).open("a test", 0)} == {None}
    assert {case.spacing for case in fold.cases(fold.split.train[:1])} == {None}
    whole = find("lits", root.parent)
    assert None not in {case.spacing for case in Gate(whole).open("a test", 0)}  # of the papers' test volumes all do


def test_the_names_of_the_split_are_the_numbers_in_order() -> None:
    assert [number_of(case) for case in ("case0001", "case0029", "case0131")] == [0, 28, 130]


def test_task_and_split_are_those_of_the_papers(root: Path) -> None:
    source = find("lits", root.parent)
    assert source.task.structures == ("liver", "lesion")
    assert [len(part) for part in (source.split.train, source.split.val, source.split.test)] == [100, 0, 31]
    assert source.split.labeled(5, "canonical", 0) == ("case0003", "case0001", "case0038", "case0037", "case0098")
    assert source.origin == (
        "official release in lits/, case0001 taken as number 0, which the published lists do not say"
    )


@pytest.mark.parametrize("codes", ["LAS", "RAS", "LPS", "RPI", "LAI", "PIR", "SLP", "ASR"])
def test_a_planted_cube_lands_in_its_place_however_the_axes_of_the_file_go(root: Path, codes: str) -> None:
    cube = np.zeros(folders.SHAPE, np.uint8)
    cube[2:5, 3:9, 10:14] = 1
    cube[3, 4, 11] = 2
    folders.write(root / "volume-0.nii", cube.astype(np.int16) * 100 - 50, codes=codes)
    folders.write(root / "segmentation-0.nii", cube, codes=codes)
    image, mask, case = read(root, 0)
    assert np.array_equal(np.argwhere(mask == 2), [[3, 4, 11]])
    assert np.array_equal(mask, cube)
    assert (image[3, 4, 11], image[2, 3, 10], image[0, 0, 0]) == (150, 50, -50)
    assert case.spacing == pytest.approx(folders.SPACING)
    assert np.allclose(case.affine[:, [2, 1, 0, 3]], folders.LPS)


def test_a_mask_in_another_order_than_its_image_is_brought_to_it(root: Path) -> None:
    folders.write(root / "segmentation-60.nii", folders.volume(60)[1], codes="RAI")
    assert np.array_equal(read(root, 60)[1], folders.volume(60)[1])


@pytest.mark.parametrize("number", [0, 27, 28, 47, 48, 52, 53, 99])
def test_all_volumes_of_the_release_lie_alike(root: Path, number: int) -> None:
    image, mask, case = read(root, number)
    want = folders.volume(number)
    assert np.array_equal(image, want[0])
    assert np.array_equal(mask, want[1])
    assert case.spacing == (None if number in UNPLACED else pytest.approx(folders.SPACING))
    assert (case.affine is None) == (number in UNPLACED)


def test_the_volumes_that_are_known_for_their_headers_are_these() -> None:
    assert [min(UNPLACED), max(UNPLACED), min(UNPLACED_MASKS), max(UNPLACED_MASKS)] == [28, 47, 28, 52]


def test_a_header_that_was_mended_is_believed(root: Path) -> None:
    image, mask = folders.volume(30)
    folders.write(root / "volume-30.nii", image, codes="RPI")
    folders.write(root / "segmentation-30.nii", mask, codes="LAS")
    found, labels, case = read(root, 30)
    assert np.array_equal(found, image) and np.array_equal(labels, mask)
    assert case.spacing == pytest.approx(folders.SPACING)


@pytest.mark.parametrize(
    ("number", "word", "said"),
    [
        (5, "volume", "says voxels of 1 x 1 x 1 mm, which nobody filled in; of LiTS as released only volumes 28 to 47"),
        (
            60,
            "segmentation",
            "case case0061 (volume-60): the mask has spacing 1 x 1 x 1 mm, the image 2.5 x 0.75 x 0.5",
        ),
    ],
)
def test_another_volume_with_such_a_header_is_an_error(root: Path, number: int, word: str, said: str) -> None:
    values = folders.volume(number)[word == "segmentation"]
    folders.write(root / f"{word}-{number}.nii", values, np.eye(4), "RAS")
    with pytest.raises(DataError) as error:
        find("lits", root.parent)
    assert said in str(error.value)


def test_a_volume_without_qform_and_sform_is_an_error(root: Path) -> None:
    path = root / "volume-5.nii"
    image = nibabel.Nifti1Image(folders.volume(5)[0].T, None)
    image.header["pixdim"][1:4] = folders.SPACING[::-1]
    path.unlink()
    nibabel.save(image, path)
    with pytest.raises(DataError, match=r"volume-5\.nii does not say how its voxels lie"):
        find("lits", root.parent)


@pytest.mark.parametrize(
    ("kind", "slope", "inter"),
    [
        ("<i2", 1, 0),
        ("<i2", 1, -1024),
        ("<u2", 1, -1024),
        ("<f4", 1, 0),
        ("<f8", 1, 0),
        ("<i2", 2, -1024),
        ("<f4", 0.5, 8),
    ],
)
def test_stored_numbers_of_every_kind_become_the_same_grey_values(
    root: Path, kind: str, slope: float, inter: float
) -> None:
    wanted = np.resize([-1024.0, -200, 0, 26, 250, 1000], folders.SHAPE).astype(np.float32)
    folders.write_stored(root / "volume-3.nii", ((wanted - inter) / slope).astype(kind), slope, inter)
    assert np.array_equal(read(root, 3)[0], wanted)


@pytest.mark.parametrize("way", ["nearest", "smooth", "cubic"])
def test_hounsfield_units_become_the_greys_of_the_papers_window(root: Path, way: str) -> None:
    values = (-3024, -1000, -200, -87.5, 25, 137.5, 250, 3071)
    for slices in (8, 40):  # more than are resized at once, too
        image = np.broadcast_to(np.resize(np.float32(values), slices)[:, None, None], (slices, 32, 32))
        folders.write(root / "volume-0.nii", image)
        folders.write(root / "segmentation-0.nii", np.zeros(image.shape, np.uint8))
        source = find("lits", root.parent)
        reading = source.reading(())
        assert reading is not None and reading["windows"] == [[-200, 250]]
        grid = Grid(32, "minmax", way, ((-200.0, 250.0),))
        pool = build_pool(source.cases(["case0001"]), grid, torch.device("cpu"))
        wanted = np.resize([0, 0, 0, 0.25, 0.5, 0.75, 1, 1], slices)
        assert torch.allclose(pool.images.mean((1, 2, 3)), torch.tensor(wanted, dtype=torch.float32), atol=1e-6)


def test_a_volume_without_a_lesion_has_liver_alone(root: Path) -> None:
    assert [np.unique(read(root, number)[1]).tolist() for number in (6, 7)] == [[0, 1, 2], [0, 1]]


@pytest.mark.parametrize(("value", "said"), [(3, "label value 3; known are 0 background, 1 liver, 2 lesion")])
def test_a_label_that_is_none_of_lits_is_an_error(root: Path, value: int, said: str) -> None:
    mask = folders.volume(9)[1]
    mask[0, 0, 0] = value
    folders.write(root / "segmentation-9.nii", mask, codes="LAS")
    with pytest.raises(DataError, match=f"case case0010: mask holds {said}"):
        read(root, 9)


def test_batches_gzip_and_decathlon_hold_the_same(root: Path, tmp_path: Path) -> None:
    layouts = [
        folders.challenge(tmp_path / "batches", batches=True),
        folders.challenge(tmp_path / "packed", ".nii.gz"),
        folders.decathlon(tmp_path / "msd" / "Task03_Liver"),
    ]
    here = Lits(layout_of(root))  # type: ignore[arg-type]  # which is there
    for folder in layouts:
        layout = layout_of(folder)
        assert layout is not None
        assert Lits(layout).content() == here.content()
    assert layout_of(tmp_path / "msd") == layout_of(tmp_path / "msd" / "Task03_Liver")


def test_one_voxel_is_another_fingerprint(root: Path, long_ago: None) -> None:
    before: Content = find("lits", root.parent).content()  # type: ignore[assignment]
    mask = folders.volume(120)[1]
    mask[0, 0, 0] = 1
    folders.write(root / "segmentation-120.nii", mask, codes="LAS")
    after: Content = find("lits", root.parent).content()  # type: ignore[assignment]
    assert before.training == after.training and before.scoring != after.scoring


def test_test_volumes_come_through_the_gate_alone(root: Path) -> None:
    source = find("lits", root.parent)
    with pytest.raises(DataError, match="test patient case0101 was asked for outside the gate"):
        source.cases(["case0001", "case0101"])
    cases = Gate(source).open("a test", 0)
    assert [case.name for case in cases] == [f"case{number:04d}" for number in range(101, 132)]
    with pytest.raises(DataError, match="LiTS has no case 'case0132'; it has case0001 to case0131"):
        source.cases(["case0132"])
