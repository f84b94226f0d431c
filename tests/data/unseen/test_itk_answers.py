"""An answer to NRRD or MetaImage says of sizes and place no more than its image does."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from data.folders.images import place_of, read_image
from data.folders.itk_header import read_header
from data.unseen.answers import ending_of_answer, write_answer

SHAPE = (4, 5, 6)  # slices, rows, columns
LABELS = np.random.default_rng(0).integers(0, 3, SHAPE).astype(np.uint8)
NRRD = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 6 5 4\nencoding: raw\n"
META = "ObjectType = Image\nNDims = 3\nDimSize = 6 5 4\nElementType = MET_UCHAR\n"
TURNED = "space directions: (0,0.5,0) (2,0,0) (0,0,3)\nspace origin: (1,2,3)\n"
MATRIX = "TransformMatrix = 0 1 0 1 0 0 0 0 1\nOffset = 1 2 3\n"
SPACING = "ElementSpacing = 0.5 2 3\n"


def written(folder: Path, said: str, ending: str) -> tuple[Path, Path]:
    """Return an image whose header says this of its place, and the answer to it."""
    image = folder / f"image{ending}"
    head = f"{NRRD}{said}\n" if ending == ".nrrd" else f"{META}{said}ElementDataFile = LOCAL\n"
    image.write_bytes(head.encode() + bytes(120))
    target = folder / f"answer{ending_of_answer(image)}"
    write_answer(LABELS, image, target)
    return image, target


@pytest.mark.parametrize(
    ("ending", "said", "sizes", "placed"),
    [
        (".nrrd", "", None, False),
        (".nrrd", "spacings: 0.5 2 3\n", (3, 2, 0.5), False),
        (".nrrd", 'spacings: 0.05 0.2 0.3\nunits: "cm" "cm" "cm"\n', (3, 2, 0.5), False),
        (".nrrd", f"space dimension: 3\n{TURNED}", (3, 2, 0.5), False),
        (".nrrd", f"space: scanner-xyz\n{TURNED}", (3, 2, 0.5), False),
        (".nrrd", f"space: left-posterior-superior\n{TURNED}", (3, 2, 0.5), True),
        (".nrrd", f"space: RAS\n{TURNED}", (3, 2, 0.5), True),
        (".mha", "", None, False),
        (".mha", SPACING, (3, 2, 0.5), False),
        (".mha", MATRIX, None, False),
        (".mha", f"{SPACING}{MATRIX}", (3, 2, 0.5), True),
    ],
)
def test_an_answer_says_what_the_image_does(tmp_path: Path, ending: str, said: str, sizes, placed: bool) -> None:
    image, target = written(tmp_path, said, ending)
    theirs, mine = place_of(image), place_of(target)
    assert theirs.spacing == (None if sizes is None else pytest.approx(sizes))
    assert mine.spacing == (None if sizes is None else pytest.approx(sizes))
    assert (theirs.affine is not None, mine.affine is not None) == (placed, placed)
    assert read_header(target).says == read_header(image).says
    if theirs.affine is not None and mine.affine is not None:
        assert np.allclose(mine.affine, theirs.affine)
    assert np.array_equal(read_image(target).channels[0], LABELS)
    by_itk = [SimpleITK.ReadImage(str(path)) for path in (image, target)]
    assert np.array_equal(SimpleITK.GetArrayFromImage(by_itk[1]), LABELS)
    if "cm" not in said:
        for name in ("GetSpacing", "GetOrigin", "GetDirection", "GetSize"):
            assert getattr(by_itk[1], name)() == pytest.approx(getattr(by_itk[0], name)())


def test_a_flat_image_without_sizes_is_answered_by_one(tmp_path: Path) -> None:
    image, target = tmp_path / "image.nrrd", tmp_path / "answer.nrrd"
    image.write_bytes(b"NRRD0004\ntype: uint8\ndimension: 2\nsizes: 6 5\nencoding: raw\n\n" + bytes(30))
    write_answer(LABELS[:1], image, target)
    assert place_of(target).spacing is None
    assert np.array_equal(read_image(target).channels[0], LABELS[:1])
