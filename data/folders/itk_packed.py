"""The packed voxels of NRRD and MetaImage, unpacked a little at a time to see that they are whole."""

from __future__ import annotations

import zlib
from math import prod
from pathlib import Path

from data.errors import DataError
from data.files import AGAIN
from data.folders.itk_header import Header

CHUNK = 1 << 20
GZIP = b"\x1f\x8b"  # with which each of its members begins
EITHER = zlib.MAX_WBITS | 32  # zlib or gzip, as the stream says


def check_packed(header: Header) -> None:
    """Raise DataError where packed voxels are damaged, which ITK doesn't always see, or fewer than is claimed."""
    if header.packing not in ("zlib", "gzip"):
        return
    files = header.files or (header.path,)
    claimed = (header.itemsize or 0) * prod(header.sides) // len(files)
    for path in files:
        try:
            found, whole = _unpacked(path, 0 if header.files else header.start, header.lines_before)
        except zlib.error as error:
            raise DataError(f"{path} cannot be read as {path.suffix} ({error}); {AGAIN}") from None
        if not whole or found < claimed:
            of = f", of {claimed}" if claimed else ""
            raise DataError(f"{path} ends early: it has {found} bytes of voxels{of}; {AGAIN}")


def _unpacked(path: Path, start: int, lines: int) -> tuple[int, bool]:
    """Return how many bytes a file holds unpacked, and whether its last stream is whole; zlib.error for a damaged one.

    start: where it begins to be voxels, and after how many lines then.
    """
    found, stream = 0, zlib.decompressobj(EITHER)
    with path.open("rb") as file:
        file.seek(start)
        while lines and (line := file.readline(CHUNK)):
            lines -= line.endswith(b"\n")
        while block := file.read(CHUNK):
            while block:
                found += len(stream.decompress(block, CHUNK))
                block = stream.unconsumed_tail
                if stream.eof:
                    block = stream.unused_data + file.read(CHUNK)
                    if not block.startswith(GZIP):  # padding, which every reader leaves alone
                        return found, True
                    stream = zlib.decompressobj(EITHER)
    return found, stream.eof
