"""TIFF: slices, or volumes of one page a slice, in 1 to 64 bits, grey, with a palette or in colours."""

from __future__ import annotations

import logging
import re
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError
from data.files import AGAIN, check_file, first_line, wrong_claim
from data.folders.pictures import GREY
from data.folders.tiff_sizes import SLICES, spacing_of
from data.orientation import Array, Place

SAMPLES = "SC"  # tifffile's letters of axes that are channels
COLOURS = 4  # more pages than these are no channels of one slice: so writes who names no axes
APPENDED = {"shaped", "uniform", "generic"}  # tifffile's kinds of series that say nothing but their shape
WHITE, PALETTE = 0, 3  # photometric: greys from white to black, and a picture with a palette
LIBTIFF = {2, 3, 4, 5}  # fax and LZW, which Pillow can unpack where tifffile can't


def read_tiff(path: Path, indices: bool = False) -> tuple[tuple[Array, ...], Place]:
    """Return the channels, each (slices, rows, columns); sizes where ImageJ or OME wrote them in a clear unit.

    indices: whether a palette gives its indices, as of a mask, and not its colours.
    """
    with _opened(path) as file:
        series = _series(path, file)
        values = _values(path, series)
        page = series.pages[0]
        if not indices and _has_palette(page):
            values = np.moveaxis(page.colormap[:, values], 0, -1)
        return _split(path, values, *_axes(series, indices), spacing_of(file, series))


def place_of_tiff(path: Path) -> Place:
    """Return where the voxels lie, as the file's pages say; the first is unpacked, to see that this can be done."""
    with _opened(path) as file:
        series = _series(path, file)
        page = series.pages[0]
        if _unpacked(path, page, page.asarray) is None:
            _by_pillow(path, 1)
        inner = (len(page.colormap),) if _has_palette(page) else ()
        nothing = np.broadcast_to(np.uint8(0), (*series.shape, *inner))
        volume, are_pages = _volume(path, nothing, *_axes(series, indices=False))
        return Place(volume.shape[1:], spacing_of(file, series), remark=_many(volume.shape[1]) if are_pages else None)


class _Faults(logging.Handler):
    """What tifffile says of a file's faults instead of raising, in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told = list[str]()
        self.of = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a fault."""
        if record.thread == self.of:
            self.told.append(re.sub(r"<[^>]*>", "", record.getMessage()).strip())

    def check(self) -> None:
        """Raise ValueError of the first fault."""
        if self.told:
            raise ValueError(self.told[0])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a file, and turn whatever tifffile says of a broken one, aloud or not, into one DataError."""
    import tifffile

    check_file(path)
    logger, faults = logging.getLogger("tifffile"), _Faults()
    logger.addHandler(faults)
    logger.propagate = False  # for good: turned on again by one thread, it would print what another reads
    broken = (tifffile.TiffFileError, OSError, ValueError, TypeError, LookupError, ArithmeticError, AssertionError)
    try:
        with tifffile.TiffFile(path) as file:
            _ = file.series
            faults.check()
            yield file
            faults.check()
    except (*broken, RuntimeError, MemoryError, AttributeError, EOFError, struct.error, zlib.error) as error:
        why = first_line(error) or type(error).__name__
        raise DataError(f"{path} cannot be read as TIFF ({why}); {AGAIN}") from None
    finally:
        logger.removeHandler(faults)


def _series(path: Path, file: Any) -> Any:
    """Return the one series of pages, all of which are whole."""
    if not file.series:
        raise DataError(f"{path} cannot be read as TIFF (it holds no picture); {AGAIN}")
    series = file.series[0] if len(file.series) == 1 else _stacked(path, file)
    page = series.pages[0]
    if series.dtype is None or series.dtype.kind not in "biuf":
        raise DataError(f"{path} holds values of type {series.dtype}; expected one real number a voxel")
    if not 0 < int(page.bitspersample) <= 8 * series.dtype.itemsize:
        raise ValueError(f"it says that its values have {page.bitspersample} bits each")
    size, packed = path.stat().st_size, page.compression != 1 or page.bitspersample < 8
    if wrong := wrong_claim(series.shape, series.dtype.itemsize, size, packed):
        raise ValueError(wrong)
    for number, one in enumerate(series.pages):
        parts = [] if one is None else list(zip(one.dataoffsets, one.databytecounts, strict=True))
        if one is not None and any(not count or start + count > size for start, count in parts):
            raise DataError(f"{path} ends early: page {number} is not whole in its {size} bytes; {AGAIN}")
    stated = file.imagej_metadata or {}
    if file.is_imagej and stated.get("images", 1) > int(np.prod(series.shape[:-2])) * _colours(page):
        raise DataError(f"{path} holds fewer pages than the {stated['images']} that it says; {AGAIN}")
    return series


def _stacked(path: Path, file: Any) -> Any:
    """Return pages that were appended one by one as one series, the slices in their order."""
    import tifffile

    parts, first = file.series, file.series[0]
    shapes = [" x ".join(map(str, one.shape)) for one in parts]
    if len({(one.shape, one.axes) for one in parts}) > 1:
        what = f"pictures of different shapes ({', '.join(shapes[:3])})"
    elif len({str(one.dtype) for one in parts}) > 1 or len({_looks(one.pages[0]) for one in parts}) > 1:
        what = f"pictures of {shapes[0]} in different types or colours"
    elif any(len(one.pages) > 1 or one.kind not in APPENDED for one in parts):
        what = f"volumes or pictures of {shapes[0]}"
    else:
        pages = [one.pages[0] for one in parts]
        return tifffile.TiffPageSeries(pages, (len(pages), *first.shape), first.dtype, f"Q{first.axes}", parent=file)
    raise DataError(f"{path} holds {len(parts)} {what}; expected one volume")


def _looks(page: Any) -> tuple[object, ...]:
    """Return what must be the same of all slices for their values to mean one thing."""
    palette = None if page.colormap is None else page.colormap.tobytes()
    return int(page.photometric), int(page.bitspersample), tuple(page.extrasamples or ()), palette


def _values(path: Path, series: Any) -> Array:
    page = series.pages[0]
    values = _unpacked(path, page, series.asarray)
    if values is None:
        return _by_pillow(path).reshape(series.shape)
    values = values.astype(np.uint8) if values.dtype == np.bool_ else values
    if int(page.photometric) == WHITE and values.dtype.kind == "u":  # turned as by every viewer, and by Pillow
        np.subtract(values.dtype.type(2 ** int(page.bitspersample) - 1), values, out=values)
    return values


def _unpacked(path: Path, page: Any, unpack: Callable[[], Array]) -> Array | None:
    """Return what unpacks pages like one; None where Pillow can and tifffile can't."""
    try:
        return unpack()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        if int(page.compression) in LIBTIFF:
            return None
        packed = page.compression.name
        raise DataError(f"{path} is packed by {packed}; save it unpacked, or packed by deflate or LZW") from None


def _by_pillow(path: Path, most: int | None = None) -> Array:
    """Return the pages of a file, or the first ones alone."""
    from PIL import Image, ImageSequence

    with Image.open(path, formats=("TIFF",)) as film:
        values: Array = np.stack([np.asarray(page) for page in islice(ImageSequence.Iterator(film), most)])
    return values.astype(np.uint8) if values.dtype == np.bool_ else values


def _colours(page: Any) -> int:
    """Return how many of the values a pixel are no alpha."""
    return int(page.samplesperpixel) - len(page.extrasamples or ())


def _has_palette(page: Any) -> bool:
    return int(page.photometric) == PALETTE and page.colormap is not None


def _axes(series: Any, indices: bool) -> tuple[str, int]:
    """Return the letters of a series' axes, those of a palette's colours too, and how many colours a pixel has."""
    page = series.pages[0]
    if indices or not _has_palette(page):
        return series.axes, _colours(page)
    return series.axes + "S", len(page.colormap)


def _split(
    path: Path, values: Array, axes: str, colours: int, spacing: tuple[float, ...] | None
) -> tuple[tuple[Array, ...], Place]:
    """Return the channels of values whose axes have these letters."""
    volume, are_pages = _volume(path, values, axes, colours)
    channels = tuple(np.ascontiguousarray(one) for one in volume)
    shape = channels[0].shape
    if len(channels) == 3 and all(np.array_equal(channels[0], other) for other in channels[1:]):
        return channels[:1], Place(shape, spacing, remark=GREY)
    return channels, Place(shape, spacing, remark=_many(shape[0]) if are_pages else None)


def _many(slices: int) -> str:
    return f"its {slices} pages are said to be channels of one slice; they are read as slices"


def _volume(path: Path, values: Array, axes: str, colours: int) -> tuple[Array, bool]:
    """Return values whose axes have these letters as channels, slices, rows and columns, a view if that can be.

    The second tells whether pages that are said to be channels are slices.
    """
    kept = [k for k, axis in enumerate(axes) if axis in "YX" or values.shape[k] > 1]
    values = values.reshape([values.shape[k] for k in kept])
    letters = "".join(axes[k] for k in kept)
    order = [letters.find(axis) for axis in "YX"]
    pages = {k for k, axis in enumerate(letters) if axis == "C" and len(letters) == 3 and values.shape[k] > COLOURS}
    inner = [k for k, axis in enumerate(letters) if axis in SAMPLES and k not in pages]
    slices = [k for k, axis in enumerate(letters) if k not in (*order, *inner)]
    if -1 in order or len(inner) > 1 or len(slices) > 1 or any(letters[k] not in SLICES for k in {*slices} - pages):
        shape = " x ".join(map(str, values.shape))
        raise DataError(f"{path} has shape {shape} (axes {letters}); expected one volume, or one slice")
    volume = values.transpose([*inner, *slices, *order]).reshape(
        -1 if inner else 1, *([values.shape[k] for k in slices] or [1]), *(values.shape[k] for k in order)
    )
    if inner and letters[inner[0]] == "S":
        volume = volume[: max(colours, 1)]
    return volume, bool(pages)
