"""The bytes of a NIfTI file: a header that claims no more than there is, and voxels up to the checksum behind them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
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
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    begins, size = int(header["vox_offset"]), int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    content = _content(path, begins + size)
    return _scaled(np.frombuffer(content, dtype, size // dtype.itemsize, begins).reshape(shape, order="F"), header)


@contextmanager
def streamed_voxels(path: Path, header: Any) -> Iterator[Callable[[int, int], Array]]:
    """Give what reads a volume's slices from a first up to a last, of which the file's other ones are not held.

    They are (slices, rows, columns), as ``read_voxels`` gives them reversed, and so is what is raised: by the reading
    of the last slice of all, where only the checksum behind it tells.
    """
    dtype, (columns, rows, slices) = header.get_data_dtype(), header.get_data_shape()[:3]
    begins, step = int(header["vox_offset"]), columns * rows * dtype.itemsize
    with _opened(path) as file:

        def read(first: int, last: int) -> Array:
            last = min(last, slices)
            file.seek(begins + first * step)
            content = file.read((last - first) * step)
            ends = begins + slices * step
            _check_length(begins + first * step + len(content), begins + last * step, ends)
            if last == slices:
                _check_end(path, file, ends)
            return _scaled(np.frombuffer(content, dtype).reshape(last - first, rows, columns), header)

        yield read


def _scaled(values: Array, header: Any) -> Array:
    from nibabel.volumeutils import apply_read_scaling

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
    content = bytearray()
    with _opened(path) as file:
        while chunk := file.read(min(SLACK, ends - len(content))):
            content += chunk
        _check_length(len(content), ends, ends)
        _check_end(path, file, ends)
    return content


def _check_length(found: int, wanted: int, ends: int) -> None:
    """Raise ValueError where a file ends before the bytes that are wanted of it. ends: where its voxels do."""
    if found < wanted:
        raise ValueError(f"it ends after {found:,} of the {ends:,} bytes that its header claims")


def _check_end(path: Path, file: IO[bytes], ends: int) -> None:
    """Read a packed file from the end of its voxels to its checksum, which gzip looks at; ValueError for much more."""
    after = 0
    while _packed(path) and after <= SLACK and (chunk := file.read(SLACK)):
        after += len(chunk)
    if after > SLACK:
        raise ValueError(f"it goes on after the {ends:,} bytes that its header claims")


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
