"""Whatever a library raises over a damaged file is one sentence that names the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from data.errors import DataError
from data.folders import images
from tests.data.folders.harm import refused
from tests.data.folders.small_folders import nifti, volume


@pytest.mark.parametrize("read", [images.read_image, images.read_mask, images.place_of, images.is_flat])
@pytest.mark.parametrize("error", [AssertionError("a tag"), RuntimeError(), UnicodeError("b")])
def test_what_no_reader_knows_of_names_the_file_and_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object], error: Exception
) -> None:
    def raising(*_: object, **__: object) -> object:
        raise error

    path = nifti(tmp_path / "c1.nii.gz", volume())
    for name in ("read_place", "read_nifti"):
        monkeypatch.setattr(images.nifti, name, raising)
    refused(tmp_path, lambda: read(path), rf"c1\.nii\.gz cannot be read \({type(error).__name__}: .*\); copy it again")


def test_memory_that_runs_out_is_no_files_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr(images.nifti, "read_nifti", raising)
    with pytest.raises(MemoryError):
        images.read_image(nifti(tmp_path / "c1.nii.gz", volume()))


def test_a_damaged_tiff_that_tifffile_asserts_over_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((3, 8, 8), np.uint8), imagej=True)
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].tags["BitsPerSample"].valueoffset
    content = bytearray(path.read_bytes())
    content[place] = 0
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.tif cannot be read as TIFF \(.*\); copy it again from its source"):
        images.place_of(path)
