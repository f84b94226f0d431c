"""NRRD and MetaImage files, with their place as NIfTI gives it: ITK's left and posterior are its right and anterior."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.files import AGAIN
from data.folders.itk_header import NRRD, Header, read_header
from data.folders.itk_packed import check_packed
from data.nifti import wrong_affine
from data.orientation import Affine, Array, Place

TO_RAS = np.diag([-1.0, -1.0, 1.0])
REVERSED = [2, 1, 0]  # from columns, rows, slices to slices, rows, columns


def read_itk(path: Path, channels_last_axis: bool) -> tuple[tuple[Array, ...], Place]:
    """Return the channels, each (slices, rows, columns), and where they lie.

    channels_last_axis: whether several values a voxel, or volumes along a fourth axis, are channels.
    """
    header = read_header(path)
    check_packed(header)
    place = _place(header, channels_last_axis)
    try:
        image = _reader(path).Execute()
    except RuntimeError as error:
        raise unreadable(path, error) from None
    values: Array = np.asarray(_Voxels(image))
    if image.GetNumberOfComponentsPerPixel() > 1:
        values = np.moveaxis(values, -1, 0)
    return tuple(np.ascontiguousarray(one) for one in values.reshape(-1, *place.shape)), place


class _Voxels:
    """An image of SimpleITK as NumPy takes one: in its own memory, which stays as long as an array looks at it."""

    def __init__(self, image: Any) -> None:
        from SimpleITK import GetArrayViewFromImage

        self._image = image
        self.__array_interface__ = GetArrayViewFromImage(image).__array_interface__


def place_of_itk(path: Path, channels_last_axis: bool) -> Place:
    """Return where the voxels lie, from the header alone."""
    return _place(read_header(path), channels_last_axis)


def is_flat_itk(path: Path) -> bool:
    """Return whether a file is a 2-D one."""
    read_header(path)
    return bool(_informed(path).GetDimension() == 2)


def _place(header: Header, channels_last_axis: bool) -> Place:
    import SimpleITK

    itk: Any = SimpleITK
    path = header.path
    reader = _informed(path)
    size, inner = [int(side) for side in reader.GetSize()], int(reader.GetNumberOfComponents())
    kind = itk.GetPixelIDValueAsString(reader.GetPixelID())
    if kind.startswith("complex"):
        raise DataError(f"{path} holds values of type {kind}; expected one real number a voxel")
    more = inner * int(np.prod(size[3:]))
    if more > 1 and not channels_last_axis:
        stated = " x ".join(map(str, [*size, *([inner] if inner > 1 else [])]))
        raise DataError(
            f"{path} holds {more} volumes or values a voxel, {stated}; expected one: save one channel a file"
        )
    sides = min(len(size), 3)
    spacing = np.ones(3)
    spacing[:sides] = np.array(reader.GetSpacing()[:sides]) * header.unit
    sized, placed = header.says
    if sized and not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise DataError(f"{path} gives voxels of {' x '.join(f'{one:g}' for one in spacing)}; sizes must be positive")
    affine = _affine(path, reader, spacing, header.unit) if sized and placed else None
    shape = (*(1,) * (3 - sides), *size[:3][::-1])
    return Place(shape, tuple(spacing[REVERSED].tolist()) if sized else None, affine)


def _affine(path: Path, reader: Any, spacing: npt.NDArray[np.float64], unit: float) -> Affine:
    """Return the affine from (slice, row, column) to mm (right, anterior, superior)."""
    count = reader.GetDimension()
    sides = min(count, 3)
    turned, origin = np.eye(3), np.zeros(3)
    turned[:sides, :sides] = np.reshape(reader.GetDirection(), (count, count))[:sides, :sides]
    origin[:sides] = np.array(reader.GetOrigin()[:sides]) * unit
    affine = np.eye(4)
    affine[:3, :3] = (TO_RAS @ turned * spacing)[:, REVERSED]
    affine[:3, 3] = TO_RAS @ origin
    wrong = wrong_affine(affine)
    if wrong:
        raise DataError(f"{path} has {wrong} as its directions; expected three axes at right angles, in mm a voxel")
    return affine


def reader_of(path: Path, form: str) -> Any:
    """Return ITK's reader of a file in a form such as ``NrrdImageIO``, which prints nothing."""
    import SimpleITK

    itk: Any = SimpleITK
    itk.ProcessObject.GlobalWarningDisplayOff()
    reader = itk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO(form)
    return reader


def _reader(path: Path) -> Any:
    return reader_of(path, "NrrdImageIO" if path.suffix.lower() in NRRD else "MetaImageIO")


def _informed(path: Path) -> Any:
    reader = _reader(path)
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise unreadable(path, error) from None
    return reader


def unreadable(path: Path, error: RuntimeError) -> DataError:
    """Return what ITK says of a file as one sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    why = lines[-1].rpartition("] ")[2][:120]
    return DataError(f"{path} cannot be read as {path.suffix} ({why}); {AGAIN}")
