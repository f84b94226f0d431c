"""What the image files of a data set are like, by which images that it does not hold are read as its own are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """How the files of a case make one image.

    channels: names, one a channel of the image. files: how many a case has. numbered: whether they are named
    CASE_0000 and so on. in_file: whether a file's fourth axis are channels. planar: whether a case is a single slice.
    axis: which of a file's axes (slices, rows, columns) is cut across. along: which of the body's axes (right, front,
    head) that one follows, from 0; None where the files don't say.
    """

    channels: tuple[str, ...] = ("image",)
    files: int = 1
    numbered: bool = False
    in_file: bool = False
    planar: bool = False
    axis: int = 0
    along: int | None = None
