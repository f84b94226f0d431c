"""Images that are cut short, changed or lie about themselves are one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from data.errors import DataError
from data.folders.images import read_image
from tests.data.folders.small_folders import CUBE, itk, nifti, volume


def bare(path: Path) -> None:
    tifffile.imwrite(path, CUBE, photometric="minisblack")


def deflated(path: Path) -> None:
    tifffile.imwrite(path, CUBE, compression="zlib", photometric="minisblack")


def of_imagej(path: Path) -> None:
    tifffile.imwrite(path, CUBE, imagej=True, metadata={"axes": "ZYX"})


def of_pillow(path: Path) -> None:
    pages = [Image.fromarray(page) for page in CUBE]
    pages[0].save(path, save_all=True, append_images=pages[1:])


WRITERS: dict[str, Callable[[Path], object]] = {
    "bare.tif": bare,
    "deflated.tif": deflated,
    "imagej.tif": of_imagej,
    "pillow.tif": of_pillow,
    "itk.mha": lambda path: itk(path, CUBE),
    "itk-packed.mha": lambda path: itk(path, CUBE, packed=True),
    "itk.nrrd": lambda path: itk(path, CUBE),
    "itk-packed.nrrd": lambda path: itk(path, CUBE, packed=True),
    "nifti.nii": lambda path: nifti(path, CUBE),
    "nifti.nii.gz": lambda path: nifti(path, CUBE),
    "picture.png": lambda path: Image.fromarray(CUBE[0]).save(path),
    "picture.bmp": lambda path: Image.fromarray(CUBE[0].astype(np.uint8)).save(path),
}


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", WRITERS)
def test_a_truncated_file_is_one_sentence_and_nothing_else(
    tmp_path: Path, name: str, share: float, capfd: pytest.CaptureFixture
) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    assert read_image(path).channels[0].size >= 256
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DataError) as error:
        read_image(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_a_page_that_has_no_bytes_is_named(tmp_path: Path) -> None:
    deflated(tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages[3].tags["StripByteCounts"].overwrite(0)
    with pytest.raises(DataError, match=r"a.tif ends early: page 3 is not whole in its \d+ bytes; copy it again"):
        read_image(tmp_path / "a.tif")


PACKED = ["deflated.tif", "itk-packed.mha", "itk-packed.nrrd", "nifti.nii.gz", "picture.png"]


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.97])
@pytest.mark.parametrize("name", PACKED)
def test_a_changed_byte_of_a_packed_file_is_seen(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 16
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as"):
        read_image(path)


@pytest.mark.parametrize(("name", "data"), [("a.mhd", "a.raw"), ("a.nhdr", "a.raw")])
def test_a_data_file_that_is_missing_is_named(tmp_path: Path, name: str, data: str) -> None:
    itk(tmp_path / name, volume())
    (tmp_path / data).unlink()
    with pytest.raises(
        DataError, match=rf"{name} has its voxels in {data}, which is not beside it; put the file there"
    ):
        read_image(tmp_path / name)


def test_a_header_that_claims_more_than_there_is_is_refused(tmp_path: Path) -> None:
    path = itk(tmp_path / "a.mha", volume(), packed=True)
    path.write_bytes(path.read_bytes().replace(b"DimSize = 5 4 3", b"DimSize = 5000 4000 3000"))
    with pytest.raises(DataError, match=r"a\.mha cannot be read as \.mha \(its header claims 1 x 5000 x 4000"):
        read_image(path)
