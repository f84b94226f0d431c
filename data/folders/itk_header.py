"""What the text before the voxels of an NRRD or MetaImage file says, and whether the voxels can be there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

from data.digits import whole_number
from data.errors import DataError
from data.files import AGAIN, check_file, stamp, wrong_claim
from data.folders.itk_files import check_count, named_files

LONGEST = 1 << 20  # bytes of a header
NRRD = (".nrrd", ".nhdr")
YES = ("t", "1")  # what MetaImage takes for true begins so
BYTES: Mapping[str, int] = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), 2),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(
        ("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t", "float"), 4
    ),
    **dict.fromkeys(("longlong", "long long", "int64", "int64_t", "ulonglong", "uint64", "uint64_t", "double"), 8),
    **dict.fromkeys(("long long int", "signed long long", "signed long long int"), 8),
    **dict.fromkeys(("unsigned long long", "unsigned long long int"), 8),
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
        """Return how the voxels are packed: ``raw``, ``text`` or ``zlib`` of MetaImage, or another word of NRRD."""
        if self.is_nrrd:
            return {"gz": "gzip", "bz2": "bzip2"}.get(one := self.fields.get("encoding", "raw").lower(), one)
        if self.fields.get("compresseddata", "").lower().startswith(YES):
            return "zlib"
        return "raw" if self.fields.get("binarydata", "true").lower().startswith(YES) else "text"

    @property
    def itemsize(self) -> int | None:
        """Return the bytes of a value; None of a type that the library may know, or refuses."""
        return BYTES.get(self.fields.get("type" if self.is_nrrd else "elementtype", "").lower())

    @property
    def lines_before(self) -> int:
        """Return how many lines stand before the voxels, after the header of NRRD or at the beginning of its files."""
        stated = self.fields.get("line skip", self.fields.get("lineskip", "")) if self.is_nrrd else ""
        return whole_number(stated) or 0

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
        known = {one for one in re.split(r'["\s]+', re.sub("[\u00b5\u03bc]", "u", stated).lower()) if one}
        if len(known) > 1 or not known <= set(MM):
            raise DataError(f"{self.path} gives its sizes in {stated}; right is millimetres, mm")
        return MM[known.pop()] if known else 1.0


def read_header(path: Path) -> Header:
    """Return a file's header; DataError where it is another's, or the voxels can't be there."""
    header = _parsed(path)
    if not header.sides or min(header.sides) < 1:
        raise DataError(f"{path} has shape {header.sides}; expected columns, rows and slices")
    _check_voxels(header)
    return header


def files_of_itk(path: Path) -> tuple[Path, ...]:
    """Return a file and those that its header says hold its voxels, there or not; the file alone of no sense."""
    try:
        return _files(path, stamp(path))
    except (DataError, OSError):  # reading it says what is wrong
        return (path,)


@lru_cache(None)  # a process that runs many cells looks at each header once
def _files(path: Path, _: tuple[int, ...]) -> tuple[Path, ...]:
    return path, *_parsed(path).files


def _parsed(path: Path) -> Header:
    check_file(path)
    with path.open("rb") as file:
        block = file.read(LONGEST)
    return _nrrd(path, block) if path.suffix.lower() in NRRD else _meta(path, block)


def _nrrd(path: Path, block: bytes) -> Header:
    if not block.startswith(b"NRRD000"):
        raise DataError(f"{path} cannot be read as {path.suffix} (it doesn't begin as NRRD does); {AGAIN}")
    ends = re.search(rb"\r?\n\r?\n", block)
    lines = [_text(line) for line in (block[: ends.start()] if ends else block).splitlines()]
    pairs = [line.split(":", 1) for line in lines[1:] if not line.startswith("#") and ": " in line]
    fields = {name.strip().lower(): value.strip() for name, value in pairs}
    stated = fields.get("data file", fields.get("datafile"))
    if stated is None and (ends is None or path.suffix.lower() == ".nhdr"):
        raise DataError(f"{path} is a header that names no data file; {AGAIN}")
    first = next((k for k, line in enumerate(lines, 1) if re.match(r"data ?file:", line, re.IGNORECASE)), 0)
    return Header(path, fields, ends.end() if ends else len(block), named_files(path, stated, lines[first:], True))


def _meta(path: Path, block: bytes) -> Header:
    fields, start = dict[str, str](), 0
    for line in block.splitlines(keepends=True):
        name, equals, value = _text(line).partition("=")
        start += len(line)
        if not equals:
            break
        fields[name.strip().lower()] = value.strip()
        if name.strip().lower() == "elementdatafile":
            break
    stated = fields.get("elementdatafile")
    if stated is None or "dimsize" not in fields:
        raise DataError(f"{path} cannot be read as {path.suffix} (it has no header of a MetaImage); {AGAIN}")
    after = list[str]()
    if stated.upper().startswith("LIST"):
        after = [_text(line) for line in block[start:].splitlines()]
        if not block.endswith(b"\n"):
            raise DataError(f"{path} ends within its list of files, whose last one ITK then leaves out; end the line")
    return Header(path, fields, start, named_files(path, None if stated.upper() == "LOCAL" else stated, after, False))


def _text(line: bytes) -> str:
    """Return a line of a header, as ITK writes it today, or as programs before UTF-8 did."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _check_voxels(header: Header) -> None:
    """Raise DataError where the file, or those that it names, can't hold what the header claims."""
    path, fields, packing = header.path, header.fields, header.packing
    for file in header.files:
        if not file.exists():
            raise DataError(f"{path} has its voxels in {file.name}, which is not beside it; put the file there")
        check_file(file)
    if packing == "bzip2":
        raise DataError(f"{path} is packed by bzip2, which is not read; save it unpacked, or packed by gzip")
    if not header.is_nrrd:
        check_count(path, fields["elementdatafile"], header.sides[1:], len(header.files))
    if header.itemsize is None:
        return
    held = sum(file.stat().st_size for file in header.files) or path.stat().st_size - header.start
    claimed = header.itemsize * prod(header.sides)
    if packing == "raw" and claimed > held:
        raise DataError(f"{path} claims {claimed} bytes of voxels and has {held}; {AGAIN}")
    if packing != "raw" and (wrong := wrong_claim(header.sides, header.itemsize, held, packed=True)):
        raise DataError(f"{path} cannot be read as {path.suffix} ({wrong}); {AGAIN}")
