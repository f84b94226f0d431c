"""What a case takes while it is prepared is told by its voxels, however small the file that says how many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from data import catalog
from data.folders.source import Folder
from data.grid import Grid
from data.preparing.jobs import GREY, HELD, STREAMED, Task
from data.preparing.preparation import Grids, digests_of
from data.preparing.preparation import _tasks as tasks_of
from tests.data.folders.toy import nnunet, save

CT, MRI = Grid(32, "minmax", windows=((0.0, 1.0),)), Grid(32, "minmax")
EMPTY = np.zeros((30, 50, 40), np.int16)
VOXELS = EMPTY.size


def itk(path: Path) -> list[Path]:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(EMPTY), str(path), path.suffix not in (".mhd", ".nhdr"))
    return [path, *sorted(path.parent.glob("*.raw"))]


def tiff(path: Path) -> list[Path]:
    tifffile.imwrite(path, EMPTY, compression="zlib", photometric="minisblack")
    return [path]


@pytest.mark.parametrize("ending", [".mhd", ".nhdr", ".mha", ".nrrd", ".tif"])
def test_voxels_count_and_not_bytes_of_a_header_or_of_packed_files(tmp_path: Path, ending: str) -> None:
    files = (tiff if ending == ".tif" else itk)(tmp_path / f"a{ending}")
    assert files[0].stat().st_size < VOXELS / 8
    assert Task("a", "a", CT, files).memory == VOXELS * STREAMED
    assert Task("a", "a", CT, files, 1).memory == VOXELS * HELD
    assert Task("a", "a", MRI, files, 1).memory == VOXELS * (HELD + GREY)


@pytest.mark.parametrize(("mode", "values"), [("L", 1), ("RGB", 3), ("P", 3)])
def test_values_of_a_picture_are_those_of_its_channels(tmp_path: Path, mode: str, values: int) -> None:
    Image.new(mode, (400, 300)).save(tmp_path / "a.png")
    assert Task("a", "a", CT, [tmp_path / "a.png"]).memory == 400 * 300 * values * STREAMED


def test_values_of_eight_bytes_count_twice_and_what_is_broken_not(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(EMPTY.astype(np.float64))
    SimpleITK.WriteImage(image, str(tmp_path / "a.mha"), True)
    assert Task("a", "a", CT, [tmp_path / "a.mha"]).memory == 2 * VOXELS * STREAMED
    for ending in (".mhd", ".tif", ".png", ".nii.gz"):
        path = tmp_path / f"b{ending}"
        path.write_bytes(b"II*\0nothing of it")
        assert Task("b", "b", CT, [path]).memory == 0


def tasks(root: Path, grid: Grid) -> list[Task]:
    source = catalog.find(str(root))
    assert isinstance(source, Folder)
    return [task for task in tasks_of(source, Grids(grid, grid), digests_of(source)) if task.grid is not None]


@pytest.mark.parametrize(("grid", "held"), [(MRI, STREAMED + GREY), (CT, STREAMED)])
def test_channels_that_are_streamed_are_held_one_at_a_time_at_most(tmp_path: Path, grid: Grid, held: int) -> None:
    root = nnunet(tmp_path / "toy", channels=("T1", "T1 after", "T2", "FLAIR"))
    assert {task.memory for task in tasks(root, grid)} == {20 * 16 * 6 * held}


def test_channels_of_volumes_that_are_cut_across_another_axis_are_held_one_at_a_time(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "toy", channels=("CT", "CT late"))
    import nibabel

    for path in root.glob("*/*.nii.gz"):
        save(path, np.asarray(nibabel.load(path).dataobj), np.diag([4.0, 1.0, 1.0, 1.0]))
    assert {task.memory for task in tasks(root, CT)} == {20 * 16 * 6 * HELD}
