"""Images and masks of each ending: the same voxels in one order of axes, and in one place."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from data.errors import DataError
from data.folders.images import is_flat, place_of, read_image, read_mask
from data.orientation import directions, placed
from tests.data.folders.small_folders import CUBE, MASK, itk, nifti, volume

ITK = ("a.mha", "a.mhd", "a.nrrd", "a.nhdr")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ITK)
def test_itks_files_are_as_their_nifti(tmp_path: Path, name: str, packed: bool) -> None:
    itk(tmp_path / "a.nii.gz", volume())
    mine, theirs = read_image(itk(tmp_path / name, volume(), packed)), read_image(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(mine.channels[0], volume())
    assert mine.channels[0].dtype == np.int16 and not mine.planar and not is_flat(tmp_path / name)
    assert mine.place.spacing == theirs.place.spacing == (10.0, 1.25, 1.5)
    assert mine.place.affine is not None and theirs.place.affine is not None
    np.testing.assert_allclose(mine.place.affine, theirs.place.affine, atol=1e-5)
    np.testing.assert_allclose(mine.place.affine @ [1, 2, 3, 1], [-7 - 2 * 1.25, -8 - 3 * 1.5, 9 - 10, 1])
    assert directions(mine.place.affine) == "PLI"
    affine = place_of(tmp_path / name).affine
    assert affine is not None and np.array_equal(affine, mine.place.affine)


def test_a_mask_of_itk_is_brought_to_an_image_of_nifti_that_lies_otherwise(tmp_path: Path) -> None:
    image = read_image(itk(tmp_path / "a.mha", volume()))
    straight = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(itk(tmp_path / "m.mha", MASK))), "RAS")
    SimpleITK.WriteImage(straight, str(tmp_path / "m.nii.gz"))
    mask = read_mask(tmp_path / "m.nii.gz")
    assert mask.channels[0].shape != MASK.shape
    np.testing.assert_array_equal(placed(mask.channels[0], mask.place, image.place, "c"), MASK)


def nrrd(path: Path, *lines: str) -> Path:
    head = ["NRRD0005", "type: short", "dimension: 3", "sizes: 5 4 3", "endian: little", "encoding: raw", *lines]
    path.write_bytes(("\n".join(head) + "\n\n").encode() + volume().tobytes())
    return path


@pytest.mark.parametrize(
    ("lines", "spacing", "axes"),
    [
        ([], None, None),
        (["spacings: 1.5 1.25 10"], (10, 1.25, 1.5), None),
        (["space dimension: 3", "space directions: (1.5,0,0) (0,1.25,0) (0,0,10)"], (10, 1.25, 1.5), None),
        (["space: right-anterior-superior", "space directions: (1,0,0) (0,2,0) (0,0,3)"], (3, 2, 1), "RAS"),
        (["space: left-posterior-superior", "space directions: (1,0,0) (0,2,0) (0,0,3)"], (3, 2, 1), "LPS"),
        (
            ["space: LPS", "space directions: (1,0,0) (0,2,0) (0,0,3)", 'space units: "cm" "cm" "cm"'],
            (30, 20, 10),
            "LPS",
        ),
    ],
)
def test_of_nrrd_what_the_file_says_is_taken_and_nothing_else(tmp_path: Path, lines, spacing, axes) -> None:
    place = read_image(nrrd(tmp_path / "a.nrrd", *lines)).place
    assert place.spacing == (None if spacing is None else pytest.approx(spacing))
    assert axes == (None if place.affine is None else directions(place.affine))


def test_a_fourth_axis_is_channels_where_the_caller_says_so(tmp_path: Path) -> None:
    four = np.stack([volume(k) for k in range(4)])
    files = [nifti(tmp_path / "a.nii.gz", four), itk(tmp_path / "a.nrrd", np.moveaxis(four, 0, -1))]
    for path in files:
        found = read_image(path, channels_last_axis=True)
        np.testing.assert_array_equal(np.stack(found.channels), four)
        assert found.place.shape == (3, 4, 5) and found.place.spacing == pytest.approx((10, *found.place.spacing[1:]))
        with pytest.raises(DataError, match="expected one"):
            read_image(path)


def test_a_slice_of_nifti_is_a_volume_of_one(tmp_path: Path) -> None:
    nifti(tmp_path / "a.nii.gz", volume()[0])
    found = read_image(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(found.channels[0], volume()[:1])
    assert found.planar and is_flat(tmp_path / "a.nii.gz")
    assert found.place.shape == (1, 4, 5) and found.place.spacing == (10.0, 1.5, 1.25)
    nifti(tmp_path / "b.nii.gz", volume()[:1])
    assert read_image(tmp_path / "b.nii.gz").planar and not is_flat(tmp_path / "b.nii.gz")


def png(path: Path, depth: int, colour: int, row: bytes, side: tuple[int, int] = (1, 1)) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", *side, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    return path


@pytest.mark.parametrize(
    ("depth", "colour", "row", "width", "values"),
    [
        (1, 0, b"\xb0", 4, [[1, 0, 1, 1]]),
        (2, 0, b"\x1b", 4, [[0, 1, 2, 3]]),
        (4, 0, b"\x1f", 2, [[1, 15]]),
        (8, 0, b"\x07\xff", 2, [[7, 255]]),
        (16, 0, struct.pack(">HH", 300, 65535), 2, [[300, 65535]]),
        (8, 4, b"\x07\xff\x09\x01", 2, [[7, 9]]),
        (8, 6, b"\x01\x02\x03\xff", 1, [[1], [2], [3]]),
        (16, 2, struct.pack(">HHH", 1000, 2000, 65535), 1, [[1000], [2000], [65535]]),
    ],
)
def test_png_gives_the_values_of_the_file(tmp_path: Path, depth, colour, row, width, values) -> None:
    found = read_image(png(tmp_path / "a.png", depth, colour, row, (width, 1)))
    assert [channel[0, 0].tolist() for channel in found.channels] == values
    assert found.planar and found.place.spacing is None and found.place.shape == (1, 1, width)


def test_16_bit_grey_beside_alpha_and_a_claim_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="16 bits of grey beside an alpha channel; save it without"):
        read_image(png(tmp_path / "a.png", 16, 4, struct.pack(">HH", 1, 65535)))
    with pytest.raises(DataError, match=r"b\.png cannot be read as \.png \(its header claims 9000 x 9000 voxels, more"):
        read_image(png(tmp_path / "b.png", 8, 0, b"\0", (9000, 9000)))


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_a_palette_is_indices_of_a_mask_and_colours_of_an_image(tmp_path: Path, name: str) -> None:
    picture = Image.fromarray(MASK[0])
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(tmp_path / name)
    np.testing.assert_array_equal(read_mask(tmp_path / name).channels[0], MASK[:1])
    assert len(read_image(tmp_path / name).channels) == 3


def test_equal_colours_are_one_channel_and_that_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    grey = volume()[0].astype(np.uint8)
    for name in ("a.png", "b.png", "c.tif"):
        Image.fromarray(np.stack([grey] * 3, -1)).save(tmp_path / name)
        found = read_image(tmp_path / name)
        assert len(found.channels) == 1 and np.array_equal(found.channels[0][0], grey)
    assert capsys.readouterr().err.count("three colours are equal in every pixel") == 1


@pytest.mark.parametrize("packing", [None, "zlib"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4", "f4", "f8"])
def test_tiff_is_a_volume_of_its_pages(tmp_path: Path, dtype: str, packing: str | None) -> None:
    values = (volume() % 200).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, compression=packing, photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tiff", values[1], compression=packing)
    found, single = read_image(tmp_path / "a.tif"), read_image(tmp_path / "b.tiff")
    np.testing.assert_array_equal(found.channels[0], values)
    np.testing.assert_array_equal(single.channels[0][0], values[1])
    assert (found.planar, single.planar, found.channels[0].dtype) == (False, True, np.dtype(dtype))
    assert found.place.spacing is None and is_flat(tmp_path / "b.tiff")


@pytest.mark.parametrize(
    ("options", "spacing"),
    [
        (
            {"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "spacing": 3.0, "unit": "mm"}},
            (3, 0.25, 0.5),
        ),
        ({"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "spacing": 3.0, "unit": "pixel"}}, None),
        ({"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "unit": "mm"}}, None),
        ({"resolution": (2, 4), "resolutionunit": "CENTIMETER"}, None),  # of print
    ],
)
def test_tiff_has_sizes_where_their_unit_is_clear(tmp_path: Path, options, spacing) -> None:
    tifffile.imwrite(tmp_path / "a.tif", volume().astype(np.uint16), photometric="minisblack", **options)
    found = read_image(tmp_path / "a.tif").place.spacing
    assert found == (None if spacing is None else pytest.approx(spacing))


def test_ome_tiff_has_its_sizes(tmp_path: Path) -> None:
    sizes = {"PhysicalSizeX": 500, "PhysicalSizeY": 250, "PhysicalSizeZ": 3, "PhysicalSizeZUnit": "mm"}
    tifffile.imwrite(tmp_path / "a.ome.tif", volume(), metadata={"axes": "ZYX", **sizes}, photometric="minisblack")
    assert read_image(tmp_path / "a.ome.tif").place.spacing == pytest.approx((3, 0.25, 0.5))


def test_tiff_of_lzw_fax_channels_and_colours_is_read(tmp_path: Path) -> None:
    pages = [Image.fromarray(page) for page in CUBE]
    pages[0].save(tmp_path / "lzw.tif", compression="tiff_lzw", save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(read_image(tmp_path / "lzw.tif").channels[0], CUBE)
    Image.fromarray(MASK[0] > 0).save(tmp_path / "fax.tif", compression="group4")
    np.testing.assert_array_equal(read_mask(tmp_path / "fax.tif").channels[0][0], MASK[0] > 0)
    colours = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    tifffile.imwrite(tmp_path / "rgb.tif", colours, photometric="rgb")
    assert np.array_equal(np.concatenate(read_image(tmp_path / "rgb.tif").channels), np.moveaxis(colours, -1, 0))
    tifffile.imwrite(tmp_path / "two.tif", CUBE[:6].reshape(3, 2, 64, 64), imagej=True, metadata={"axes": "ZCYX"})
    found = read_image(tmp_path / "two.tif")
    np.testing.assert_array_equal(found.channels[1], CUBE[1:6:2])
    tifffile.imwrite(tmp_path / "white.tif", np.uint8([[0, 255, 3]]), photometric="miniswhite")
    assert read_image(tmp_path / "white.tif").channels[0].tolist() == [[[255, 0, 252]]]


def test_masks_are_whole_numbers_in_8_bits(tmp_path: Path) -> None:
    found = read_mask(nifti(tmp_path / "a.nii.gz", MASK.astype(np.float32)))
    assert found.channels[0].dtype == np.uint8 and np.array_equal(found.channels[0], MASK)
    with pytest.raises(DataError, match="256 first"):
        read_mask(nifti(tmp_path / "b.nii.gz", MASK.astype(np.int16) + 256 - MASK.astype(np.int16)))


def test_an_unknown_ending_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a.dcm is none of .nii.gz, .*; convert DICOM to NIfTI, with dcm2niix"):
        read_image(tmp_path / "a.dcm")


@pytest.mark.parametrize("ending", ["png", "bmp"])
def test_where_a_picture_lies_is_read_without_its_pixels(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4)).save(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("pixels were read"))
        found = place_of(path)
    known = read_image(path).place
    assert (found.shape, found.spacing) == (known.shape, known.spacing) == ((1, 3, 4), None)
