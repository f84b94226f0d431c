"""Answers to NRRD and MetaImage, which say of sizes and place what their images say, and nothing where these don't."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data.folders.itk_header import Header, read_header
from data.orientation import Array

PLACE_OF_META = ("TransformMatrix", "Offset", "CenterOfRotation", "AnatomicalOrientation")


def write_itk(values: Array, image: Path, target: Path) -> None:
    """Write values (slices, rows, columns) of an image's voxels in one packed file, with its sizes and place in mm."""
    import SimpleITK

    SimpleITK.ProcessObject.GlobalWarningDisplayOff()  # type: ignore[no-untyped-call]
    reader: Any = SimpleITK.ImageFileReader()  # type: ignore[no-untyped-call]
    reader.SetFileName(str(image))
    reader.ReadImageInformation()
    header, sides = read_header(image), min(reader.GetDimension(), 3)
    made: Any = SimpleITK.GetImageFromArray(values[0] if sides == 2 else values)
    sizes_mm = [size * header.unit for size in reader.GetSpacing()[:sides]]
    made.SetSpacing(sizes_mm)
    made.SetOrigin([place * header.unit for place in reader.GetOrigin()[:sides]])
    count = reader.GetDimension()
    turned = np.reshape(reader.GetDirection(), (count, count))[:sides, :sides]
    made.SetDirection(turned.ravel().tolist())
    SimpleITK.WriteImage(made, str(target), useCompression=True)
    if not all(header.says):
        _unsay(target, header, " ".join(f"{size:.17g}" for size in sizes_mm))


def _unsay(target: Path, image: Header, sizes: str) -> None:
    """Take from a header what ITK wrote of its own accord: sizes of 1 x 1 x 1, or a place at the origin."""
    start = read_header(target).start
    whole = target.read_bytes()
    said = whole[:start].decode("latin-1").splitlines()
    kept = _of_nrrd(said, image, sizes) if image.is_nrrd else _of_meta(said, image)
    target.write_bytes("".join(f"{line}\n" for line in kept).encode("latin-1") + whole[start:])


def _of_nrrd(said: Sequence[str], image: Header, sizes: str) -> Iterator[str]:
    """Yield lines with directions in a space of no known name, with sizes alone, or with neither, as the image."""
    for line in said:
        name = line.partition(":")[0]
        if "space directions" in image.fields:
            yield f"space dimension: {len(sizes.split())}" if name == "space" else line
        elif not name.startswith("space"):
            yield line
            if name == "sizes" and "spacings" in image.fields:
                yield f"spacings: {sizes}"


def _of_meta(said: Sequence[str], image: Header) -> list[str]:
    sized, placed = image.says
    unsaid = (*([] if sized else ["ElementSpacing"]), *([] if placed else PLACE_OF_META))
    return [line for line in said if line.partition(" = ")[0] not in unsaid]
