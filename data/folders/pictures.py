"""PNG and BMP: slices without sizes, in 1 to 16 bits, grey, with a palette or in colours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError
from data.files import AGAIN, check_file, first_line, wrong_claim
from data.orientation import Array, Place

GREY = "its three colours are equal in every pixel; it is read as one channel of grey"
DEEP = ("RGB;16B", "RGBA;16B")  # what Pillow would cut to 8 bits, as it would
DEEP_GREY = "LA;16B"  # which ITK doesn't read
SCALED = {"L;2": 85, "L;4": 17}  # what Pillow multiplies greys of 2 and 4 bits by
COUNTS = {"LA": 1, "RGB": 3, "RGBA": 3, "RGBX": 3}  # channels without alpha, of modes with several
PLAIN = ("1", "L", "I", "F", "I;16", "I;16B", "I;16L")


def read_picture(path: Path) -> tuple[tuple[Array, ...], Place]:
    """Return the channels of a picture, each (1, rows, columns): one of grey, or three; a palette gives its colours."""
    with _opened(path) as (picture, coded):
        values = np.asarray(picture.convert("RGB")) if picture.mode == "P" else _values(path, picture, coded)
    return split(values)


def read_indices(path: Path) -> tuple[tuple[Array, ...], Place]:
    """Return the channels of a picture that is a mask: as ``read_picture``, but a palette gives its indices."""
    with _opened(path) as (picture, coded):
        values = np.asarray(picture) if picture.mode == "P" else _values(path, picture, coded)
    return split(values)


def place_of_picture(path: Path) -> Place:
    """Return the place of a picture, from its header alone."""
    with _opened(path, load=False) as (picture, _):
        return Place((1, picture.height, picture.width), None)


def values_of_picture(path: Path) -> int:
    """Return how many values a picture holds, of all its channels, from its header alone; of a palette, colours."""
    with _opened(path, load=False) as (picture, _):
        return int(picture.width * picture.height) * (3 if picture.mode == "P" else len(picture.getbands()))


def white_of_picture(path: Path) -> int:
    """Return what a pixel of so many bits holds at most, from a picture's header alone; of a palette, its colours."""
    with _opened(path, load=False) as (picture, coded):
        if picture.mode == "1":
            return 1
        if coded in SCALED:
            return 255 // SCALED[coded]
        return 65_535 if coded in (*DEEP, DEEP_GREY) or picture.mode.startswith("I") else 255


def split(values: Array) -> tuple[tuple[Array, ...], Place]:
    """Return the channels of values (rows, columns) or (rows, columns, channels), where equal colours are one."""
    if values.ndim == 2:
        return (values[None],), Place((1, *values.shape), None)
    channels = tuple(np.ascontiguousarray(one)[None] for one in np.moveaxis(values, -1, 0))
    if len(channels) == 3 and all(np.array_equal(channels[0], other) for other in channels[1:]):
        return channels[:1], Place(channels[0].shape, None, remark=GREY)
    return channels, Place(channels[0].shape, None)


@contextmanager
def _opened(path: Path, load: bool = True) -> Iterator[tuple[Any, str]]:
    """Give a picture that is what its name says, and how its pixels are coded, in Pillow's words.

    Whatever Pillow says of a broken one becomes one DataError.
    """
    from PIL import Image, UnidentifiedImageError

    check_file(path)
    kind = path.suffix[1:].upper()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=(kind,)) as picture:
                _check(path, picture)
                coded = _coded(picture)
                if load:
                    picture.load()
                yield picture, coded
    except UnidentifiedImageError:
        raise DataError(f"{path} cannot be read as {path.suffix} (it holds no {kind}); {AGAIN}") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError, Image.DecompressionBombError) as error:
        why = first_line(error) or type(error).__name__
        raise DataError(f"{path} cannot be read as {path.suffix} ({why}); {AGAIN}") from None


def _check(path: Path, picture: Any) -> None:
    frames = getattr(picture, "n_frames", 1)
    if frames > 1:
        raise DataError(f"{path} is a film, of {frames} pictures; expected one")
    if wrong := wrong_claim((picture.height, picture.width), 1, path.stat().st_size, packed=True):
        raise ValueError(wrong)


def _values(path: Path, picture: Any, coded: str) -> Array:
    """Return values as the file has them, (rows, columns), or with the channels last."""
    if coded == DEEP_GREY:
        raise DataError(f"{path} holds 16 bits of grey beside an alpha channel; save it without the alpha channel")
    if coded in DEEP:
        return _deep(path)[..., :3]
    if picture.mode in COUNTS:
        count = COUNTS[picture.mode]
        found: Array = np.asarray(picture)[..., :count]
        return found[..., 0] if count == 1 else found
    if picture.mode not in PLAIN:
        raise DataError(f"{path} holds colours of kind {picture.mode}; expected grey, a palette or RGB")
    plain = np.asarray(picture)
    if plain.dtype == np.bool_:
        return plain.astype(np.uint8)
    return plain // SCALED[coded] if coded in SCALED else plain


def _coded(picture: Any) -> str:
    found = picture.tile[0][3]
    return str(found if isinstance(found, str) else found[0])


def _deep(path: Path) -> Array:
    from SimpleITK import GetArrayFromImage

    from data.folders.itk import reader_of, unreadable

    try:
        values: Array = GetArrayFromImage(reader_of(path, "PNGImageIO").Execute())
    except RuntimeError as error:
        raise unreadable(path, error) from None
    return values
