"""Answers to an image in a file of its own kind, at its own place: label maps, and maps of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from data.folders.endings import ITK, NIFTI, PICTURES, TIFF, ending_of
from data.nifti import one_sentence
from data.orientation import Array
from data.unseen.itk_answers import write_itk
from data.writing import whole

WORDS = "predictions.json"
"""What a folder of answers says of them: whose they are, and what their values mean; by it such a folder is known."""
PACKED: Mapping[str, str] = {".nhdr": ".nrrd", ".mhd": ".mha"}  # one file instead of a header and what it names


def ending_of_answer(image: Path, numbers: bool = False) -> str:
    """Return the ending of an image's answer: the image's own, but one file for a header and its data.

    numbers: whether it holds float32, which pictures can't: they are answered by TIFF.
    """
    ending = ending_of(image)
    return ".tif" if numbers and ending in PICTURES else PACKED.get(ending, ending)


def write_answer(values: Array, image: Path, target: Path) -> None:
    """Write values of an image's voxels, (slices, rows, columns) in its file's order, whole or not at all.

    values: uint8 labels, or float32. What the image's file says of where its voxels lie is kept as it stands there.
    """
    with whole(target) as file:
        _WRITERS[ending_of(target)](values, image, file)


def _nifti(values: Array, image: Path, target: Path) -> None:
    """Write the image's own header, extensions among it, with another type of voxels."""
    import nibabel

    with one_sentence(image):
        file: Any = nibabel.load(image, mmap=False)
    header = file.header.copy()
    header.set_data_dtype(values.dtype)
    header["cal_min"] = header["cal_max"] = 0  # of the image's greys
    flat = len(file.shape) == 2
    made = type(file)(values[0].T if flat else values.T, None, header)  # without an affine the header's forms stay
    nibabel.save(made, target)


def _picture(values: Array, image: Path, target: Path) -> None:
    from PIL import Image

    Image.fromarray(np.asarray(values[0], np.uint8)).save(target)


def _tiff(values: Array, image: Path, target: Path) -> None:
    """Write pages as the image has them, with the sizes that ImageJ, OME or the baseline tags give."""
    import tifffile

    volume = values[0] if len(values) == 1 else values
    axes = "ZYX"[-volume.ndim :]
    with tifffile.TiffFile(image) if ending_of(image) in TIFF else _none() as file:
        if file is None:
            kept: Mapping[str, Any] = {}
        elif file.is_ome:
            kept = {"ome": True, "metadata": {"axes": axes, **_sizes_of_ome(file.ome_metadata or "")}}
        else:
            kept = _kept(file, axes)
        tifffile.imwrite(target, volume, photometric="minisblack", compression="zlib", **kept)


@contextmanager
def _none() -> Iterator[None]:
    yield None


def _kept(file: Any, axes: str) -> Mapping[str, Any]:
    """Return resolution, and what ImageJ says of the voxels' sizes, as tifffile writes them."""
    tags = file.series[0].pages[0].tags
    found: dict[str, Any] = {}
    if "XResolution" in tags and "YResolution" in tags:
        found["resolution"] = tuple(tags[name].value for name in ("XResolution", "YResolution"))
    if "ResolutionUnit" in tags:
        found["resolutionunit"] = int(tags["ResolutionUnit"].value)
    if not file.is_imagej:
        return {**found, "metadata": None}
    said = {name: file.imagej_metadata[name] for name in ("spacing", "unit") if name in file.imagej_metadata}
    return {**found, "imagej": True, "metadata": {"axes": axes, **said}}


def _sizes_of_ome(text: str) -> Mapping[str, Any]:
    import re

    pixels = re.search(r"<(?:\w+:)?Pixels\b[^>]*>", text)
    found = re.findall(r'(PhysicalSize[XYZ](?:Unit)?)="([^"]*)"', pixels[0] if pixels else "")
    return {name: value if name.endswith("Unit") else float(value) for name, value in found}


_WRITERS: Mapping[str, Callable[[Array, Path, Path], None]] = {
    **dict.fromkeys(NIFTI, _nifti),
    **dict.fromkeys(ITK, write_itk),
    **dict.fromkeys(PICTURES, _picture),
    **dict.fromkeys(TIFF, _tiff),
}
