"""An answer lies where its image does, by the words of the image's own header."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile
from nibabel.nifti1 import Nifti1Extension
from PIL import Image

from data.folders.images import place_of, read_image
from data.unseen.answers import ending_of_answer, write_answer

SHAPE = (4, 5, 6)  # slices, rows, columns
LABELS = np.random.default_rng(0).integers(0, 3, SHAPE).astype(np.uint8)
MAP = LABELS.astype(np.float32) / 7
TILTED = np.array([[0.7, 0.1, 0.0, -31], [-0.1, 0.7, 0.2, 17.5], [0.01, -0.14, 3.0, 8], [0, 0, 0, 1]])
GRID = ("srow_x", "srow_y", "srow_z", "sform_code", "qform_code", "xyzt_units", "pixdim")
GRID += ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z", "descrip", "toffset")


def nifti(path: Path, kind: str, codes: tuple[int, int], unit: str = "mm") -> Path:
    grey = np.random.default_rng(1).integers(-500, 900, SHAPE[::-1]).astype(np.int16)
    made = {"1": nibabel.Nifti1Image, "2": nibabel.Nifti2Image}[kind](grey, None)
    turned = TILTED.copy()
    turned[:3, :3] = np.linalg.qr(TILTED[:3, :3])[0] * np.linalg.norm(TILTED[:3, :3], axis=0)
    made.header.set_qform(turned, codes[0])
    made.header.set_sform(turned, codes[1])
    made.header.set_xyzt_units(unit, "sec")
    made.header["descrip"] = b"a scanner's words"
    made.header["cal_max"] = 900
    made.header.set_slope_inter(2.0, -1.0)
    made.header.extensions.append(Nifti1Extension("comment", b"kept"))
    nibabel.save(made, path)
    return path


@pytest.mark.parametrize("codes", [(1, 0), (0, 2), (1, 1), (2, 4), (0, 0)])
@pytest.mark.parametrize(("kind", "ending"), [("1", ".nii.gz"), ("2", ".nii"), ("1", ".nii")])
def test_a_nifti_header_stays_word_by_word(codes: tuple[int, int], kind: str, ending: str, tmp_path: Path) -> None:
    image = nifti(tmp_path / f"image{ending}", kind, codes)
    target = tmp_path / "out" / f"image{ending}"
    for values in (LABELS, MAP):
        write_answer(values, image, target)
        mine, theirs = nibabel.load(target), nibabel.load(image)
        assert type(mine) is type(theirs)
        assert all(np.array_equal(mine.header[name], theirs.header[name]) for name in GRID)
        assert [one.get_content() for one in mine.header.extensions] == [b"kept"]
        assert mine.get_data_dtype() == values.dtype
        assert (float(mine.dataobj.slope), float(mine.dataobj.inter)) == (1.0, 0.0)
        assert np.array_equal(np.asanyarray(mine.dataobj).T, values)
        assert np.array_equal(mine.affine, theirs.affine)
    assert (float(mine.header["cal_min"]), float(mine.header["cal_max"])) == (0.0, 0.0)  # no greys of the image's


@pytest.mark.parametrize("unit", ["mm", "micron", "meter"])
def test_itk_finds_a_nifti_answer_where_the_image_is(unit: str, tmp_path: Path) -> None:
    image, target = nifti(tmp_path / "image.nii.gz", "1", (1, 1), unit), tmp_path / "answer.nii.gz"
    write_answer(LABELS, image, target)
    mine, theirs = (SimpleITK.ReadImage(str(path)) for path in (target, image))
    for name in ("GetOrigin", "GetSpacing", "GetDirection", "GetSize"):
        assert getattr(mine, name)() == getattr(theirs, name)()
    assert np.array_equal(SimpleITK.GetArrayFromImage(mine), LABELS)


def test_a_flat_nifti_file_is_answered_by_a_flat_one(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(np.ones((6, 5), np.float32), np.diag([2.0, 3, 1, 1])), tmp_path / "a.nii")
    write_answer(LABELS[:1], tmp_path / "a.nii", tmp_path / "b.nii")
    found = nibabel.load(tmp_path / "b.nii")
    assert found.shape == (6, 5)
    assert np.array_equal(np.asanyarray(found.dataobj).T, LABELS[0])


@pytest.mark.parametrize("ending", [".nrrd", ".mha", ".nhdr", ".mhd"])
def test_an_itk_answer_has_the_origin_spacing_and_direction(ending: str, tmp_path: Path) -> None:
    made = SimpleITK.GetImageFromArray(np.zeros(SHAPE, np.float32))
    made.SetSpacing((1.5, 0.25, 3.0))
    made.SetOrigin((10.5, -20.0, 30.25))
    made.SetDirection((0, 1, 0, 1, 0, 0, 0, 0, -1))
    image = tmp_path / f"image{ending}"
    SimpleITK.WriteImage(made, str(image))
    target = tmp_path / f"answer{ending_of_answer(image)}"
    assert target.suffix == {".nhdr": ".nrrd", ".mhd": ".mha"}.get(ending, ending)
    for values in (LABELS, MAP):
        write_answer(values, image, target)
        found = SimpleITK.ReadImage(str(target))
        assert np.array_equal(SimpleITK.GetArrayFromImage(found), values)
        assert found.GetSpacing() == (1.5, 0.25, 3.0)
        assert found.GetOrigin() == (10.5, -20.0, 30.25)
        assert found.GetDirection() == (0, 1, 0, 1, 0, 0, 0, 0, -1)
        assert np.array_equal(place_of(target).affine, place_of(image).affine)  # type: ignore[arg-type]


def test_a_metaimage_in_centimetres_is_answered_at_the_same_place(tmp_path: Path) -> None:
    header = "ObjectType = Image\nNDims = 3\nDimSize = 6 5 4\nElementSpacing = 0.1 0.2 0.3\nOffset = 1 2 3\n"
    header += "TransformMatrix = 1 0 0 0 1 0 0 0 1\nDistanceUnits = cm\nElementType = MET_UCHAR\n"
    image, target = tmp_path / "image.mha", tmp_path / "answer.mha"
    image.write_bytes((header + "ElementDataFile = LOCAL\n").encode() + bytes(120))
    write_answer(LABELS, image, target)
    assert np.allclose(place_of(target).affine, place_of(image).affine)  # type: ignore[arg-type]
    assert place_of(target).spacing == pytest.approx((3.0, 2.0, 1.0))


KINDS = {
    "imagej": {"imagej": True, "resolution": (2.0, 4.0), "metadata": {"spacing": 3.0, "unit": "mm", "axes": "ZYX"}},
    "ome": {
        "ome": True,
        "metadata": {"axes": "ZYX", "PhysicalSizeX": 500.0, "PhysicalSizeY": 0.25, "PhysicalSizeYUnit": "mm"}
        | {"PhysicalSizeZ": 3.0, "PhysicalSizeZUnit": "mm"},
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_tiff_answer_has_the_images_sizes(kind: str, tmp_path: Path) -> None:
    image, target = tmp_path / "image.tif", tmp_path / "answer.tif"
    tifffile.imwrite(image, np.ones(SHAPE, np.uint16), **KINDS[kind])
    for values in (LABELS, MAP):
        write_answer(values, image, target)
        found = read_image(target)
        assert np.array_equal(found.channels[0], values) and found.channels[0].dtype == values.dtype
        assert place_of(target).spacing == place_of(image).spacing == (3.0, 0.25, 0.5)


def test_a_picture_is_answered_by_a_picture_and_a_map_of_it_by_tiff(tmp_path: Path) -> None:
    image = tmp_path / "image.png"
    Image.fromarray(np.zeros((5, 6, 3), np.uint8)).save(image)
    assert (ending_of_answer(image), ending_of_answer(image, numbers=True)) == (".png", ".tif")
    write_answer(LABELS[:1], image, tmp_path / "a.png")
    write_answer(MAP[:1], image, tmp_path / "a.tif")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), LABELS[0])
    assert np.array_equal(tifffile.imread(tmp_path / "a.tif"), MAP[0])


def test_an_answers_ending_is_in_small_letters() -> None:
    assert [ending_of_answer(Path(f"a{end}")) for end in (".NII.GZ", ".NHDR", ".MHD")] == [".nii.gz", ".nrrd", ".mha"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, out = nifti(tmp_path / "image.nii", "1", (1, 1)), tmp_path / "out"

    def full(made: object, path: Path) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nibabel, "save", full)
    with pytest.raises(OSError, match="No space left"):
        write_answer(LABELS, image, out / "answer.nii")
    assert list(out.iterdir()) == []
