"""The bytes of a NIfTI file: a header that claims no more than there is, and voxels up to the checksum behind them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from data.files import SLACK, wrong_claim
from data.orientation import Array

HEADER = 540  # bytes of the larger of NIfTI's two headers


def read_header(path: Path) -> Any:
    """Return the header as it stands in the file: nibabel's own reading mends sizes that are wrong.

    ValueError where it claims more than its file can hold, before anybody makes room for that.
    """
    with _opened(path) as file:
        block = file.read(HEADER)
        header = _parsed(block)
        begins = _checked_offset(header)
        stored = path.stat().st_size
        if wrong := wrong_claim(header.get_data_shape(), header.get_data_dtype().itemsize, stored, _packed(path)):
            raise ValueError(wrong)
        block += file.read(max(begins - HEADER, 0))
    _check_extensions(block[len(header.binaryblock) : begins], header.endianness)
    return header


def read_voxels(path: Path, header: Any) -> Array:
    """Return the voxels in the file's order of axes, scaled by its slope and intercept.

    ValueError or what gzip raises where the file isn't whole: shorter than its header claims, longer if packed, or not
    what its checksum was made of. That stands behind the voxels; who stops at the last of them never sees it.
    """
    from nibabel.volumeutils import apply_read_scaling

    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    begins, size = int(header["vox_offset"]), int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    content = _content(path, begins + size)
    values: Array = np.frombuffer(content, dtype, size // dtype.itemsize, begins).reshape(shape, order="F")
    slope, inter = header.get_slope_inter()
    scaled: Array = apply_read_scaling(
        values, np.float64(1 if slope is None else slope), np.float64(0 if inter is None else inter)
    )
    return scaled


def _packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with cast("IO[bytes]", gzip.open(path)) if _packed(path) else path.open("rb") as file:
        yield file


def _content(path: Path, ends: int) -> bytearray:
    """Return a file's bytes to where its voxels end; memory grows with what it holds, not with what it claims."""
    content, after = bytearray(), 0
    with _opened(path) as file:
        while chunk := file.read(min(SLACK, ends - len(content))):
            content += chunk
        while _packed(path) and after <= SLACK and (chunk := file.read(SLACK)):
            after += len(chunk)
    if len(content) < ends:
        raise ValueError(f"it ends after {len(content):,} of the {ends:,} bytes that its header claims")
    if after > SLACK:
        raise ValueError(f"it goes on after the {ends:,} bytes that its header claims")
    return content


def _parsed(block: bytes) -> Any:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    kind: Any = (
        Nifti2Header if 540 in (int.from_bytes(block[:4], order) for order in ("little", "big")) else Nifti1Header
    )
    if len(block) < kind.template_dtype.itemsize:
        raise ValueError("it ends within its header")
    header: Any = kind(block[: kind.template_dtype.itemsize], check=False)
    if header["magic"].item().rstrip(b"\0")[:3] not in (b"n+1", b"n+2"):
        raise ValueError("its header is none of NIfTI")
    if abs(header["pixdim"][0]) != 1:
        header["pixdim"][0] = 1  # as the standard reads a 0
    if header["dim"][0] < 3:
        header["pixdim"][3] = 1  # of a slice alone: often 0
    return header


def _checked_offset(header: Any) -> int:
    begins = int(header["vox_offset"])
    if not header.single_vox_offset <= begins <= SLACK + HEADER:
        raise ValueError(f"its header says that its voxels begin after {begins:,} bytes")
    return begins


def _check_extensions(area: bytes, endianness: str) -> None:
    """Raise ValueError where a header's extension is larger than its room: what follows it is not where it says."""
    place = 4
    while any(area[:1]) and len(area) - place >= 16:
        size = int.from_bytes(area[place : place + 4], "little" if endianness == "<" else "big", signed=True)
        if not 8 <= size <= len(area) - place:
            raise ValueError(f"its header has an extension of {size:,} bytes, with room for {len(area) - place:,}")
        place += size
