"""What of a volume is held while it is read some slices at a time, where its file gives it whole only."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from data.case import labels_of
from data.errors import DataError
from data.folders import streamed
from data.folders.axes import Cut
from data.folders.cases import kinds_of, read_channel, read_volume
from data.folders.images import place_of, read_grey, read_image
from data.folders.listed import ListedCase
from data.grid import Grid
from data.preparing.jobs import HELD, Task
from data.stream import Packed
from tests.data.folders.harm import refused
from tests.data.folders.small_folders import CUBE, MASK, nifti

CHANNELS = CUBE[:20].astype(np.float32), CUBE[20:].astype(np.int16)
ENDINGS = [".nrrd", ".mha", ".tif", ".nii.gz"]


def stored(path: Path, values: np.ndarray) -> Path:
    if path.name.endswith(".nii.gz"):
        return nifti(path, values)
    if path.suffix == ".tif":
        tifffile.imwrite(path, values, photometric="minisblack")
    else:
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(path), True)
    return path


@pytest.fixture(params=ENDINGS)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> ListedCase:
    paths = [stored(tmp_path / f"a_000{k}{request.param}", values) for k, values in enumerate(CHANNELS)]
    return ListedCase("a", tuple(paths), None, "unlabeled")


@pytest.mark.parametrize("cut", [Cut(2), Cut(1, (2, 0), (0, 2))])
def test_one_channel_is_held_at_a_time_and_read_once(
    case: ListedCase, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[weakref.ref[np.ndarray]]()

    def reading(case: ListedCase, number: int) -> np.ndarray:
        gc.collect()
        assert not [one for one in made if one() is not None]
        values = np.array(read_channel(case, number))
        made.append(weakref.ref(values))
        return values

    monkeypatch.setattr(streamed, "read_channel", reading)
    stream = streamed.streamed(case, cut, 2, lambda _: None)
    assert not made and stream.shape == cut.view(CHANNELS[0]).shape
    for channel, values in enumerate(read_volume(case, 2).channels):
        for _ in range(2):
            read = np.concatenate(list(stream.grey(channel)))
            assert np.array_equal(read, cut.view(values)) and np.array_equal(values, CHANNELS[channel])
        assert len(made) == channel + 1
    assert streamed.held_of(case, cut, 2) == 1


def test_a_file_of_several_channels_is_one_image_of_as_many_voxels(tmp_path: Path) -> None:
    tifffile.imwrite(path := tmp_path / "a.tif", CUBE.reshape(10, 4, 64, 64), imagej=True, metadata={"axes": "ZCYX"})
    case = ListedCase("a", (path,), None, "unlabeled")
    task = Task("a", "a", Grid(32, "minmax", windows=((0.0, 1.0),) * 4), [path], streamed.held_of(case, Cut(0), 4))
    assert task.memory == HELD * CUBE.size


@pytest.mark.parametrize("slope", [1.0, 0.3])
@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.int32, np.float32, np.float64, ">i2", ">f4"])
def test_a_volume_of_nifti_is_held_as_float32_at_most(tmp_path: Path, kind: type, slope: float) -> None:
    values = (CUBE[:, :6, :7].astype(np.float64) * (1e5 + 1 / 3 if np.dtype(kind) == np.float64 else 1)).astype(kind)
    image = nibabel.Nifti1Image(values.T, np.eye(4))
    image.header.set_slope_inter(slope, 7 if slope != 1 else 0)
    nibabel.save(image, path := tmp_path / "a.nii.gz")
    held, whole = read_grey(path), read_image(path)
    assert held.place is whole.place and held.channels[0].dtype.itemsize <= 4 and held.channels[0].dtype.isnative
    np.testing.assert_array_equal(held.channels[0].astype(np.float32), whole.channels[0].astype(np.float32))


def test_types_are_told_of_the_files_not_of_what_is_held(tmp_path: Path) -> None:
    paths = [nifti(tmp_path / f"a_000{k}.nii.gz", MASK.astype(kind)) for k, kind in enumerate(("f8", "u1"))]
    assert kinds_of(ListedCase("a", tuple(paths), None, "labeled"), 2) == [np.dtype("f8"), np.dtype("u1")]


@pytest.mark.parametrize("ending", [".nrrd", ".mha"])
def test_voxels_of_itk_stay_when_their_image_is_gone(tmp_path: Path, ending: str) -> None:
    path = stored(tmp_path / f"a{ending}", CHANNELS[1])
    views = [read_image(path).channels[0].transpose(2, 0, 1)[::-1] for _ in range(3)]
    for _ in range(3):
        gc.collect()
        np.random.default_rng(1).random(CUBE.shape)
    assert all(np.array_equal(view, CHANNELS[1].transpose(2, 0, 1)[::-1]) for view in views)


def _fax(path: Path) -> None:
    Image.fromarray(MASK[0] > 0).save(path, compression="group4")


def _palette(path: Path) -> None:
    picture = Image.fromarray(MASK[0])
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(path)


MM = {"axes": "ZYX", "spacing": 3.0, "unit": "mm"}
TIFFS: dict[str, Callable[[Path], None]] = {
    "pages": lambda path: tifffile.imwrite(path, CUBE, compression="zlib", photometric="minisblack"),
    "one page": lambda path: tifffile.imwrite(path, CUBE[0]),
    "said to be channels": lambda path: tifffile.imwrite(path, CUBE, imagej=True, metadata={"axes": "CYX"}),
    "channels": lambda path: tifffile.imwrite(path, CUBE[:6].reshape(3, 2, 64, 64), imagej=True),
    "colours": lambda path: tifffile.imwrite(path, MASK[..., :3].copy(), photometric="rgb"),
    "colours a slice": lambda path: tifffile.imwrite(path, CUBE[:8].reshape(8, 32, 128)[..., :3].copy()),
    "sizes": lambda path: tifffile.imwrite(path, CUBE, imagej=True, resolution=(2, 4), metadata=MM),
    "equal colours": lambda path: tifffile.imwrite(path, np.stack([MASK[0]] * 3, -1), photometric="rgb"),
    "palette": _palette,
    "fax": _fax,
}


@pytest.mark.parametrize("kind", TIFFS)
def test_a_tiff_lies_where_its_voxels_do_though_one_page_alone_is_unpacked(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    TIFFS[kind](path := tmp_path / "a.tif")
    found = read_image(path)
    monkeypatch.setattr(tifffile.TiffPageSeries, "asarray", lambda *_, **__: pytest.fail("all pages were unpacked"))
    place = place_of(path)
    assert (place.shape, place.spacing, place.affine) == (found.place.shape, found.place.spacing, None)
    assert place.shape == found.channels[0].shape
    if kind != "equal colours":  # which its pixels alone tell
        assert place.remark == found.place.remark


@pytest.mark.parametrize("axes", ["CYX", "ZCYX"])
def test_a_palette_of_several_channels_lies_nowhere(tmp_path: Path, axes: str) -> None:
    values = CUBE[: 5 if axes == "CYX" else 6].astype(np.uint8).reshape(-1, *([3] if axes == "ZCYX" else []), 64, 64)
    palette = np.random.default_rng(0).integers(0, 60_000, (3, 256)).astype(np.uint16)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, photometric="palette", colormap=palette, metadata={"axes": axes})
    for read in (place_of, read_image):
        refused(tmp_path, lambda read=read: read(path), rf"has shape .* x 3 \(axes {axes}S\); expected one volume")


def test_a_damaged_slice_that_pillow_alone_unpacks_is_seen_where_it_is_asked_for_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(CUBE[0]).save(path, compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    content[100:400] = b"\xff" * 300
    path.write_bytes(content)
    for read in (place_of, read_image):
        refused(tmp_path, lambda read=read: read(path), r"a\.tif cannot be read as TIFF \(.*\); copy it again")


def test_pages_that_are_said_to_be_channels_are_told_without_their_voxels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(path := tmp_path / "a.tif", CUBE, imagej=True, metadata={"axes": "CYX"})
    assert place_of(path).shape == CUBE.shape
    assert "its 40 pages are said to be channels of one slice; they are read as slices" in capsys.readouterr().err


@pytest.mark.parametrize("read", [place_of, read_image])
@pytest.mark.parametrize("ending", [".nrrd", ".nhdr"])
def test_complex_numbers_are_no_channels(tmp_path: Path, ending: str, read: Callable[[Path], object]) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(CHANNELS[0] + 1j), str(path := tmp_path / f"a{ending}"))
    refused(tmp_path, lambda: read(path), r"holds values of type complex.*; expected one real number a voxel")


@pytest.mark.parametrize("shape", [(300_000, 2, 8), (2, 2049, 2049), (0, 4, 4), (5,)])
def test_labels_are_seen_in_parts_of_any_shape(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
    assert np.array_equal(labels_of(values, "a"), values)
    if values.size:
        values.flat[-1] = 0.5
        with pytest.raises(DataError, match=r"case a: mask holds values that are no whole numbers .*, 0\.5 first"):
            labels_of(values, "a")


@pytest.mark.parametrize("first", range(0, 40, 7))
def test_a_packed_mask_gives_its_slices(first: int) -> None:
    mask = np.arange(40 * 5 * 3, dtype=np.uint8).reshape(40, 5, 3)
    some = Packed(mask.transpose(0, 2, 1))[first : first + 16]
    assert np.array_equal(some, mask.transpose(0, 2, 1)[first : first + 16])
    assert some.flags.writeable and some.dtype == np.uint8
