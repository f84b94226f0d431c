"""TIFF: slices, or volumes of one page a slice, in 1 to 64 bits, grey, with a palette or in colours."""

from __future__ import annotations

import logging
import re
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError
from data.files import AGAIN, check_file, first_line, wrong_claim
from data.folders.pictures import GREY
from data.orientation import Array, Place

SLICES, SAMPLES = "ZIQT", "SC"  # tifffile's letters of axes that are slices, and of those that are channels
COLOURS = 4  # more pages than these are no channels of one slice: so writes who names no axes
MANY = "its {} pages are said to be channels of one slice; they are read as slices"
APPENDED = {"shaped", "uniform", "generic"}  # tifffile's kinds of series that say nothing but their shape
WHITE, PALETTE = 0, 3  # photometric: greys from white to black, and a picture with a palette
LIBTIFF = {2, 3, 4, 5}  # fax and LZW, which Pillow can unpack where tifffile can't
MM: Mapping[str, float] = {
    **dict.fromkeys(("mm", "millimeter", "millimetre"), 1.0),
    **dict.fromkeys(("um", "\u00b5m", "\u03bcm", "micron", "microns", "micrometer", "\\u00b5m"), 1e-3),
    **dict.fromkeys(("nm", "nanometer"), 1e-6),
    **dict.fromkeys(("cm", "centimeter"), 10.0),
    **dict.fromkeys(("m", "meter"), 1000.0),
}


def read_tiff(path: Path, indices: bool = False) -> tuple[tuple[Array, ...], Place]:
    """Return the channels, each (slices, rows, columns); sizes where ImageJ or OME wrote them in a clear unit.

    indices: whether a palette gives its indices, as of a mask, and not its colours.
    """
    with _opened(path) as file:
        series = _series(path, file)
        values = _values(path, series)
        page = series.pages[0]
        axes, colours = series.axes, _colours(page)
        if int(page.photometric) == PALETTE and page.colormap is not None and not indices:
            values, axes = np.moveaxis(page.colormap[:, values], 0, -1), axes + "S"
            colours = len(page.colormap)
        return _split(path, values, axes, colours, _spacing(file, series))


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
    try:
        values: Array = series.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error) or int(page.compression) not in LIBTIFF:
            if "imagecodecs" in str(error):
                packed = page.compression.name
                raise DataError(
                    f"{path} is packed by {packed}; save it unpacked, or packed by deflate or LZW"
                ) from None
            raise
        return _by_pillow(path).reshape(series.shape)
    values = values.astype(np.uint8) if values.dtype == np.bool_ else values
    if int(page.photometric) == WHITE and values.dtype.kind == "u":  # turned as by every viewer, and by Pillow
        return np.asarray(2 ** int(page.bitspersample) - 1 - values, values.dtype)
    return values


def _by_pillow(path: Path) -> Array:
    from PIL import Image, ImageSequence

    with Image.open(path, formats=("TIFF",)) as film:
        values: Array = np.stack([np.asarray(page) for page in ImageSequence.Iterator(film)])
    return values.astype(np.uint8) if values.dtype == np.bool_ else values


def _colours(page: Any) -> int:
    """Return how many of the values a pixel are no alpha."""
    return int(page.samplesperpixel) - len(page.extrasamples or ())


def _split(
    path: Path, values: Array, axes: str, colours: int, spacing: tuple[float, ...] | None
) -> tuple[tuple[Array, ...], Place]:
    """Return the channels of values whose axes have these letters."""
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
    channels = tuple(np.ascontiguousarray(one) for one in volume)
    shape3 = channels[0].shape
    if len(channels) == 3 and all(np.array_equal(channels[0], other) for other in channels[1:]):
        return channels[:1], Place(shape3, spacing, remark=GREY)
    return channels, Place(shape3, spacing, remark=MANY.format(shape3[0]) if pages else None)


def _spacing(file: Any, series: Any) -> tuple[float, ...] | None:
    """Return millimetres (slice, row, column), where all are said in a clear unit; of one slice 1 mm to the next."""
    steps = _of_ome(file.ome_metadata) if file.is_ome else _of_imagej(file, series.pages[0]) if file.is_imagej else None
    if steps is None:
        return None
    deep = any(axis in SLICES and side > 1 for axis, side in zip(series.axes, series.shape, strict=True))
    known = [step for step in (steps if deep else steps[1:]) if step is not None and np.isfinite(step) and step > 0]
    if len(known) < (3 if deep else 2):
        return None
    return tuple(known) if deep else (1.0, *known)


def _of_imagej(file: Any, page: Any) -> tuple[float | None, ...] | None:
    stated = file.imagej_metadata or {}
    factor = MM.get(str(stated.get("unit", "")).lower())
    resolutions = [page.tags.get(name) for name in ("YResolution", "XResolution")]
    if factor is None or None in resolutions:
        return None
    sizes = [tag.value[1] / tag.value[0] * factor if tag.value[0] else None for tag in resolutions]
    return (float(stated["spacing"]) * factor if "spacing" in stated else None, *sizes)


def _of_ome(text: str | None) -> tuple[float | None, ...]:
    pixels = re.search(r"<(?:\w+:)?Pixels\b[^>]*>", text or "")
    found = dict(re.findall(r'(PhysicalSize[XYZ](?:Unit)?)="([^"]*)"', pixels[0] if pixels else ""))
    factors = [MM.get(found.get(f"PhysicalSize{axis}Unit", "um").lower()) for axis in "ZYX"]
    return tuple(
        float(found[f"PhysicalSize{axis}"]) * factor if factor and f"PhysicalSize{axis}" in found else None
        for axis, factor in zip("ZYX", factors, strict=True)
    )
