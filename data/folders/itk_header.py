"""What the text before the voxels of an NRRD or MetaImage file says, and whether the voxels can be there."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from data.errors import DataError
from data.files import AGAIN, check_file, wrong_claim

LONGEST = 1 << 20  # bytes of a header
CHUNK = 1 << 20
NRRD = (".nrrd", ".nhdr")
BYTES: Mapping[str, int] = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), 2),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(
        ("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t", "float"), 4
    ),
    **dict.fromkeys(("longlong", "long long", "int64", "int64_t", "ulonglong", "uint64", "uint64_t", "double"), 8),
    **dict.fromkeys(("met_char", "met_uchar"), 1),
    **dict.fromkeys(("met_short", "met_ushort"), 2),
    **dict.fromkeys(("met_int", "met_uint", "met_float"), 4),
    **dict.fromkeys(("met_long_long", "met_ulong_long", "met_double"), 8),
}
MM: Mapping[str, float] = {"": 1.0, "?": 1.0, "mm": 1.0, "millimeter": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001}
SPACES = ("right-anterior-superior", "left-anterior-superior", "left-posterior-superior", "ras", "las", "lps")


@dataclass(frozen=True)
class Header:
    """A header of one of both formats.

    fields: by name in small letters. start: bytes before the voxels of the file itself. files: others that hold the
    voxels, empty where the file does. sides: lengths of all axes, those of values within a voxel too.
    """

    path: Path
    fields: Mapping[str, str]
    start: int
    files: tuple[Path, ...]

    @property
    def is_nrrd(self) -> bool:
        """Return whether it is NRRD's."""
        return self.path.suffix.lower() in NRRD

    @property
    def sides(self) -> tuple[int, ...]:
        """Return the lengths of all axes."""
        stated = self.fields.get("sizes" if self.is_nrrd else "dimsize", "").split()
        inner = [] if self.is_nrrd else [self.fields.get("elementnumberofchannels", "1")]
        try:
            return tuple(int(side) for side in (*inner, *stated))
        except ValueError:
            raise DataError(f"{self.path} has sizes {' x '.join(stated)}, which are no numbers; {AGAIN}") from None

    @property
    def packing(self) -> str:
        """Return how the voxels are packed: ``raw``, ``zlib`` of MetaImage, or another word of NRRD."""
        if self.is_nrrd:
            return {"gz": "gzip"}.get(one := self.fields.get("encoding", "raw").lower(), one)
        return "zlib" if self.fields.get("compresseddata", "").lower().startswith("t") else "raw"

    @property
    def says(self) -> tuple[bool, bool]:
        """Return whether it gives the voxels' sizes, and where they lie."""
        if self.is_nrrd:
            sized = {"spacings", "space directions"} & set(self.fields)
            return bool(sized), "space directions" in self.fields and self.fields.get("space", "").lower() in SPACES
        placed = {"transformmatrix", "orientation", "rotation", "offset", "position", "origin"} & set(self.fields)
        return bool({"elementspacing", "elementsize"} & set(self.fields)), bool(placed)

    @property
    def unit(self) -> float:
        """Return how many millimetres its unit of length has."""
        stated = self.fields.get("space units", self.fields.get("units", self.fields.get("distanceunits", "")))
        known = {one for one in re.split(r'["\s]+', stated.replace("\u00b5", "u").lower()) if one}
        if len(known) > 1 or not known <= set(MM):
            raise DataError(f"{self.path} gives its sizes in {stated}; right is millimetres, mm")
        return MM[known.pop()] if known else 1.0


def read_header(path: Path) -> Header:
    """Return a file's header; DataError where it is another's, or the voxels can't be there."""
    check_file(path)
    with path.open("rb") as file:
        block = file.read(LONGEST)
    header = _nrrd(path, block) if path.suffix.lower() in NRRD else _meta(path, block)
    if not header.sides or min(header.sides) < 1:
        raise DataError(f"{path} has shape {header.sides}; expected columns, rows and slices")
    _check_voxels(header)
    return header


def _nrrd(path: Path, block: bytes) -> Header:
    if not block.startswith(b"NRRD000"):
        raise DataError(f"{path} cannot be read as {path.suffix} (it doesn't begin as NRRD does); {AGAIN}")
    ends = re.search(rb"\r?\n\r?\n", block)
    text = block[: ends.start()] if ends else block
    lines = text.decode("latin-1").splitlines()
    pairs = [line.split(":", 1) for line in lines[1:] if not line.startswith("#") and ": " in line]
    fields = {name.strip().lower(): value.strip() for name, value in pairs}
    stated = fields.get("data file", fields.get("datafile"))
    if stated is None and (ends is None or path.suffix.lower() == ".nhdr"):
        raise DataError(f"{path} is a header that names no data file; {AGAIN}")
    after = [line for line in lines if line.strip()]
    return Header(path, fields, ends.end() if ends else len(block), _named(path, stated, after))


def _meta(path: Path, block: bytes) -> Header:
    fields, start = dict[str, str](), 0
    for line in block.splitlines(keepends=True):
        name, equals, value = line.decode("latin-1").partition("=")
        start += len(line)
        if not equals:
            break
        fields[name.strip().lower()] = value.strip()
        if name.strip().lower() == "elementdatafile":
            break
    stated = fields.get("elementdatafile")
    if stated is None or "dimsize" not in fields:
        raise DataError(f"{path} cannot be read as {path.suffix} (it has no header of a MetaImage); {AGAIN}")
    after = block[start:].decode("latin-1").splitlines() if stated.upper().startswith("LIST") else []
    return Header(path, fields, start, _named(path, None if stated.upper() == "LOCAL" else stated, after))


def _named(path: Path, stated: str | None, lines: Sequence[str]) -> tuple[Path, ...]:
    """Return the files that hold the voxels, which a list names on the last lines of the header."""
    if stated is None:
        return ()
    if stated.upper().startswith("LIST"):
        names = [line.strip() for line in lines if line.strip()]
        first = next((k + 1 for k, line in enumerate(names) if re.match(r"data ?file:", line, re.IGNORECASE)), 0)
        return tuple(path.parent / name for name in names[first:])
    words = stated.split()
    if "%" in stated and len(words) >= 4:
        first, last, step = (int(word) for word in words[1:4])
        return tuple(path.parent / (words[0] % k) for k in range(first, last + 1, step))
    return (path.parent / stated,)


def _check_voxels(header: Header) -> None:
    """Raise DataError where the file, or those that it names, can't hold what the header claims."""
    path, fields = header.path, header.fields
    for file in header.files:
        if not file.exists():
            raise DataError(f"{path} has its voxels in {file.name}, which is not beside it; put the file there")
        check_file(file)
    size = BYTES.get(fields.get("type" if header.is_nrrd else "elementtype", "").lower())
    if size is None:
        return  # the library knows more types, or refuses
    claimed = size * prod(header.sides)
    if header.packing == "zlib":
        _check_stream(header, claimed)
    elif header.packing != "raw":
        _check_packed(header, size)
    else:
        held = sum(file.stat().st_size for file in header.files) or path.stat().st_size - header.start
        if claimed > held:
            raise DataError(f"{path} claims {claimed} bytes of voxels and has {held}; {AGAIN}")


def _check_packed(header: Header, size: int) -> Path:
    """Return the file of the packed voxels; DataError where it can't hold what the header claims.

    size: bytes of a voxel.
    """
    path = header.files[0] if header.files else header.path
    if wrong := wrong_claim(header.sides, size, path.stat().st_size, packed=True):
        raise DataError(f"{path} cannot be read as {path.suffix} ({wrong}); {AGAIN}")
    return path


def _check_stream(header: Header, claimed: int) -> None:
    """Raise DataError where a packed stream is damaged, which ITK doesn't see, or holds less than is claimed."""
    path = _check_packed(header, claimed // prod(header.sides))
    found, stream = 0, zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        with path.open("rb") as file:
            file.seek(0 if header.files else header.start)
            while not stream.eof and (block := file.read(CHUNK)):
                while block:
                    found += len(stream.decompress(block, CHUNK))
                    block = stream.unconsumed_tail
    except zlib.error as error:
        raise DataError(f"{path} cannot be read as {path.suffix} ({error}); {AGAIN}") from None
    if not stream.eof or found < claimed:
        raise DataError(f"{path} ends early: it has {found} bytes of voxels, of {claimed}; {AGAIN}")
