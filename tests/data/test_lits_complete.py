"""All of LiTS or an error, in a sentence; and its folders are recognised by their path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.catalog import find
from data.errors import DataError, DataUsageError
from data.folders import found
from data.sources.lits_files import FEWEST, layout_of
from tests.data import acdc_folders
from tests.data import lits_folders as folders


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.challenge(tmp_path_factory.mktemp("lits") / "lits")


@pytest.fixture
def root(made: Path, tmp_path: Path, cache: Path) -> Path:
    return folders.copied(made, tmp_path / "data" / "lits")


def lost(*names: str) -> Callable[[Path], None]:
    def lose(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    return lose


def shifted(root: Path) -> None:
    away = folders.LPS.copy()
    away[0, 3] += 7
    folders.write(root / "segmentation-9.nii", folders.volume(9)[1], away, "LAS")


def shorter(root: Path) -> None:
    folders.write(root / "segmentation-29.nii", folders.volume(29)[1][:-1], np.eye(4), "RAS")


BROKEN = {
    "volume": (
        lost("volume-7.nii", "segmentation-7.nii"),
        "lacks 1 of LiTS' 131 volumes, volume-7 first; expected volume-0.nii",
    ),
    "volumes": (
        lost(*(f"{word}-{n}.nii" for word in ("volume", "segmentation") for n in (130, 3, 11, 100, 99))),
        "lacks 5 of LiTS' 131 volumes, volume-3 first, then volume-11, volume-99, volume-100 and 1 more; expected",
    ),
    "mask": (lost("segmentation-7.nii"), "lacks segmentation-7.nii.gz (or .nii): its image has no mask; each volume"),
    "image": (lost("volume-7.nii"), "lacks volume-7.nii.gz (or .nii): its mask has no image; each volume needs both"),
    "letters": (
        lambda root: (root / "volume-7.nii").rename(root / "Volume-7.nii"),
        "lacks volume-7.nii.gz (or .nii) (there is Volume-7.nii; names are in small letters)",
    ),
    "twice": (
        lambda root: folders.write_pair(root / "again", 7),
        "lits/again/volume-7.nii; keep the one that is meant",
    ),
    "shifted": (shifted, "case case0010 (volume-9): the mask's first voxel lies at"),
    "shorter": (shorter, "case case0030 (volume-29): the mask has shape (11, 20, 16), the image (12, 20, 16)"),
    "cut": (
        lambda root: ((root / "volume-7.nii").unlink(), (root / "volume-7.nii").write_bytes(b"not NIfTI")),
        "volume-7.nii cannot be read as .nii (it ends within its header)",
    ),
    "link": (
        lambda root: ((root / "volume-7.nii").unlink(), (root / "volume-7.nii").symlink_to("away")),
        "volume-7.nii is a link that leads nowhere, to away",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_missing_or_too_much_is_one_sentence(root: Path, kind: str) -> None:
    breaks, said = BROKEN[kind]
    breaks(root)
    with pytest.raises(DataError) as error:
        find("lits", root.parent)
    assert said in str(error.value)
    assert "\n" not in str(error.value) and error.value.exits_with == 1


def test_of_several_that_cannot_be_used_the_first_and_how_many_are_told(root: Path) -> None:
    shifted(root)
    shorter(root)
    with pytest.raises(DataError, match=r"volume-9.*\(2 volumes can't be used: case0010 \(volume-9\), case0030"):
        find("lits", root.parent)


def test_where_none_is_found_it_is_said_where_was_looked_and_what_helps(tmp_path: Path) -> None:
    (tmp_path / "lits").mkdir()
    (tmp_path / "lits" / "ct_1.nii").write_bytes(b"")
    with pytest.raises(DataError) as error:
        find("lits", tmp_path)
    for words in (
        f"{tmp_path}/lits (holds 1 file, ct_1.nii)",
        "Task03_Liver (does not exist)",
        "expected there volume-0.nii and segmentation-0.nii to volume-130.nii",
        "name the folder above lits/ with --data-root or ACTION_BENCH_DATA",
    ):
        assert words in str(error.value)


def test_test_volumes_and_files_of_others_do_not_matter(root: Path) -> None:
    for name in ("test-volume-0.nii", "volume-131.nii", "README.txt", "volume-007.nii"):
        (root / name).write_bytes(b"no NIfTI")
    assert find("lits", root.parent).dataset == "lits"


@pytest.mark.parametrize("layout", ["challenge", "batches", "decathlon"])
def test_by_its_path_lits_is_lits_and_found_again_there(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str], layout: str
) -> None:
    folder = tmp_path / "somewhere"
    if layout == "decathlon":
        folders.decathlon(folder)
    else:
        folders.challenge(folder, batches=layout == "batches")
    source = find(str(folder))
    assert (source.dataset, source.split.fingerprint, source.root) == ("lits", "4d0c7c8f99d8479e", folder)
    assert f"{folder} is LiTS, " in capsys.readouterr().err
    assert find("lits", source.root).origin == source.origin
    with pytest.raises(DataUsageError, match="lits has its published split and no folds; name"):
        find(f"{folder}:fold2")


def test_by_its_path_acdc_is_found_again_by_workers(tmp_path: Path, cache: Path) -> None:
    folder = acdc_folders.volumes(tmp_path / "hearts").parent
    source = find(str(folder))
    assert (source.dataset, source.root) == ("acdc", folder)
    assert find("acdc", source.root).fingerprint() == source.fingerprint()
    assert found.plan_of(source) is None


def test_a_part_of_the_challenges_files_by_its_path_is_told_what_it_lacks(tmp_path: Path) -> None:
    for number in range(3):
        folders.write_pair(tmp_path / "few", number)
    with pytest.raises(DataError, match=r"lacks 128 of LiTS' 131 volumes, volume-3 first"):
        find(str(tmp_path / "few"))


def test_a_few_livers_in_the_decathlons_layout_are_a_folder_of_ones_own(tmp_path: Path) -> None:
    for number in range(10):
        for part, values in zip(("imagesTr", "labelsTr"), folders.volume(number), strict=True):
            folders.write(tmp_path / part / f"liver_{number}.nii.gz", values)
    assert layout_of(tmp_path, FEWEST) is None
    assert found.published_at(tmp_path) is None
