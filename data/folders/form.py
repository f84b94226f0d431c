"""What the image files of a data set are like, by which images that it does not hold are read as its own are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """How the files of a case make one image.

    channels: names, one a channel of the image. files: how many a case has. numbered: whether they are named
    CASE_0000 and so on. in_file: whether a file's fourth axis are channels. planar: whether a case is a single slice.
    axis: which of a file's axes (slices, rows, columns) is cut across, where a file says not how it lies. frame: the
    directions (right, front, head) of the slices, rows and columns that are trained on; None where files lie otherwise
    than each other, or don't say.
    """

    channels: tuple[str, ...] = ("image",)
    files: int = 1
    numbered: bool = False
    in_file: bool = False
    planar: bool = False
    axis: int = 0
    frame: tuple[tuple[float, ...], ...] | None = None
