"""What the header of a file claims, checked before its voxels are decoded: none may ask for more than it holds."""

from __future__ import annotations

import gzip
import lzma
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

LARGEST = 2**30  # voxels: 1,024 slices of 1,024 x 1,024; the largest CT volumes of this field hold a quarter of it
RATIO = 1032  # deflate makes nothing smaller than this
SLACK = 2**20  # bytes that may stand before or after the voxels: header extensions, padding
HEADER = 540  # bytes of the larger of NIfTI's two headers
UNREADABLE = (  # what numpy, h5py and nibabel raise for files that are broken or something else
    *(OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError, ArithmeticError, AttributeError),
    *(MemoryError, SyntaxError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile),
)


class NoMaskError(ValueError):
    """A file holds something else than one mask; the message goes after the file's name."""


@dataclass(frozen=True)
class Claim:
    """What a file says of an array. stored: the bytes that the file has for it; packed: whether these are packed."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    stored: int
    packed: bool

    @property
    def size(self) -> int:
        """Bytes of the array when it is read."""
        return math.prod(self.shape) * self.dtype.itemsize


def check_kind(dtype: np.dtype[Any], what: str) -> None:
    """Raise NoMaskError for an array that is not of numbers."""
    if dtype.kind not in "biuf":
        colours = ", which are colours" if dtype.names and "R" in dtype.names else ""
        raise NoMaskError(f"{what} holds values of type {dtype}{colours}; a mask holds one whole number a structure")


def check_claim(claim: Claim) -> None:
    """Raise NoMaskError for an array without voxels, with too many, or with more than its bytes can hold."""
    shape = " x ".join(str(side) for side in claim.shape) or "no"
    if not claim.shape or min(claim.shape) < 1:
        raise NoMaskError(f"its array of {shape} voxels holds no voxel")
    if math.prod(claim.shape) > LARGEST:
        raise NoMaskError(f"its header claims {shape} voxels, more than any volume has")
    if claim.size > claim.stored * (RATIO if claim.packed else 1) + (SLACK if claim.packed else 0):
        raise NoMaskError(f"its header claims {shape} voxels, more than its {claim.stored:,} bytes can hold")


def check_nifti(path: Path) -> None:
    """Raise NoMaskError where a NIfTI file is not whole or claims more than it holds; packed ones are read through.

    nibabel looks neither at what follows the voxels nor at the checksum there, by which a changed byte shows.
    """
    packed, stored = path.name.lower().endswith(".gz"), path.stat().st_size
    with cast(IO[bytes], gzip.open(path)) if packed else path.open("rb") as file:
        claim, begins = _read_header(file, stored, packed)
        check_claim(claim)
        ends = begins + claim.size
        size = _size(file, ends + SLACK) if packed else stored
    if size < ends:
        raise NoMaskError(f"it ends after {size:,} of the {ends:,} bytes that its header claims")
    if packed and size > ends + SLACK:
        raise NoMaskError(f"it goes on after the {ends:,} bytes that its header claims")


def _read_header(file: IO[bytes], stored: int, packed: bool) -> tuple[Claim, int]:
    """Return what a NIfTI header claims, and where its voxels begin."""
    head = file.read(HEADER)
    import nibabel
    from nibabel.spatialimages import HeaderDataError

    kinds: tuple[Any, ...] = nibabel.Nifti1Header, nibabel.Nifti2Header
    known = next((kind for kind in kinds if kind.may_contain_header(head)), None)
    if known is None:
        raise NoMaskError("it is no NIfTI file")
    try:
        header = known.from_fileobj(BytesIO(head[: known.sizeof_hdr]), check=False)
        shape, dtype = tuple(int(side) for side in header.get_data_shape()), header.get_data_dtype()
    except HeaderDataError as error:
        raise NoMaskError(str(error)) from None
    begins = int(header["vox_offset"])
    if not 0 <= begins <= SLACK + HEADER:
        raise NoMaskError(f"its header says that its voxels begin after {begins:,} bytes")
    check_kind(dtype, "it")
    head += file.read(max(begins - HEADER, 0))
    _check_extensions(head[known.sizeof_hdr : begins], header.endianness)
    return Claim(shape, dtype, stored, packed), begins


def _check_extensions(area: bytes, endianness: str) -> None:
    """Raise NoMaskError where a header's extension is larger than its room; nibabel asks for as much memory."""
    place = 4
    while any(area[:1]) and len(area) - place >= 16:
        size = int.from_bytes(area[place : place + 4], "little" if endianness == "<" else "big", signed=True)
        if not 8 <= size <= len(area) - place:
            raise NoMaskError(f"its header has an extension of {size:,} bytes, with room for {len(area) - place:,}")
        place += size


def _size(file: IO[bytes], most: int) -> int:
    """Return how many bytes an unpacked stream has, read to its end, which checks them, or to more than most."""
    file.seek(0)
    size = 0
    while size <= most and (chunk := file.read(SLACK)):
        size += len(chunk)
    return size
