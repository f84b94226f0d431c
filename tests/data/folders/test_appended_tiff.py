"""A TIFF whose pages were written one by one is a volume of them, and other films are refused for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from data.folders.images import is_flat, read_image, read_mask
from tests.data.folders.harm import refused
from tests.data.folders.small_folders import CUBE, MASK


def appended(path: Path, parts: Sequence[np.ndarray], *options: dict[str, Any]) -> Path:
    """Write pages one by one, each with options of its own or those of all."""
    for number, values in enumerate(parts):
        tifffile.imwrite(path, values, append=True, **options[min(number, len(options) - 1)])
    return path


@pytest.mark.parametrize("options", [{}, {"metadata": None}, {"compression": "zlib", "photometric": "minisblack"}])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4"])
def test_pages_that_were_appended_are_slices_in_order(tmp_path: Path, dtype: str, options: dict[str, Any]) -> None:
    values = (CUBE[:6, :18, :20] % 250).astype(dtype)
    path = appended(tmp_path / "a.tif", values, options)
    found = read_image(path)
    np.testing.assert_array_equal(found.channels[0], values)
    assert (len(found.channels), found.planar, found.place.shape) == (1, False, (6, 18, 20)) and not is_flat(path)
    assert found.channels[0].dtype == np.dtype(dtype)


def test_appended_slices_of_one_page_of_depth_colours_palettes_and_white_are_read(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_image(appended(tmp_path / "a.tif", CUBE[:6, None], {})).channels[0], CUBE[:6])
    colours = np.arange(180, dtype=np.uint8).reshape(3, 4, 5, 3)
    found = read_image(appended(tmp_path / "b.tif", colours, {"photometric": "rgb"})).channels
    np.testing.assert_array_equal(np.stack(found), np.moveaxis(colours, -1, 0))
    palette = np.random.default_rng(0).integers(0, 60_000, (3, 256)).astype(np.uint16)
    masks = appended(tmp_path / "c.tif", MASK, {"photometric": "palette", "colormap": palette})
    np.testing.assert_array_equal(read_mask(masks).channels[0], MASK)
    white = appended(tmp_path / "d.tif", MASK, {"photometric": "miniswhite"})
    np.testing.assert_array_equal(read_mask(white).channels[0], 255 - MASK)


PAGE = CUBE[0, :18, :20]
GREY, WHITE = {"photometric": "minisblack"}, {"photometric": "miniswhite"}


@pytest.mark.parametrize(
    ("parts", "options", "words"),
    [
        ([PAGE, PAGE[:9]], [{}], r"holds 2 pictures of different shapes \(18 x 20, 9 x 20\); expected one volume"),
        ([PAGE, PAGE.astype("f4")], [{}], r"holds 2 pictures of 18 x 20 in different types or colours; expected one"),
        ([PAGE, PAGE], [GREY, WHITE], r"holds 2 pictures of 18 x 20 in different types or colours"),
        ([CUBE[:6], CUBE[:6]], [GREY], r"holds 2 volumes or pictures of 6 x 64 x 64; expected one volume"),
    ],
)
def test_pages_that_are_no_slices_of_one_volume_are_said_to_be_what_they_are(
    tmp_path: Path, parts: Sequence[np.ndarray], options: Sequence[dict[str, Any]], words: str
) -> None:
    refused(tmp_path, lambda: read_image(appended(tmp_path / "a.tif", parts, *options)), rf"a\.tif {words}")


def test_an_appended_page_that_is_cut_off_is_seen(tmp_path: Path) -> None:
    path = appended(tmp_path / "a.tif", CUBE[:6], {})
    path.write_bytes(path.read_bytes()[:-40])
    refused(tmp_path, lambda: read_image(path), r"a\.tif (ends early: page 5 is not whole|cannot be read as TIFF)")
