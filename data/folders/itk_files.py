"""The files beside a header of NRRD or MetaImage that hold its voxels, as it names them: one, a list, a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from pathlib import Path

from data.errors import DataError

MOST = 1 << 16  # files of one image
NUMBER = r"([+-]?\d{1,9})"
LIST = re.compile(r"LIST(?:\s+(\d{1,2})D?)?", re.ASCII | re.IGNORECASE)
PATTERN = re.compile(
    rf"((?:[^%\s]|%%)*%0?\d?\d?[diu](?:[^%\s]|%%)*)\s+{NUMBER}\s+{NUMBER}\s+{NUMBER}(\s+\d+)?", re.ASCII
)
"""A name with the place of one number, the first number, the last, the step, and of NRRD the axes of a file."""


def named_files(path: Path, stated: str | None, lines: Sequence[str], is_nrrd: bool) -> tuple[Path, ...]:
    """Return the files that a header at ``path`` names, none where it holds the voxels itself; DataError of no sense.

    stated: what it says of them. lines: those after it, which a list has.
    """
    if stated is None:
        return ()
    if stated.upper().startswith("LIST"):
        names = [line.strip() for line in lines if line.strip()]
        if not names or LIST.fullmatch(stated) is None:
            raise DataError(
                f"{path} has its voxels in {stated}, {len(names)} files; expected LIST, and a file a line below"
            )
        return tuple(path.parent / name for name in names)
    alone = path.parent / stated
    if "%" not in stated or (is_nrrd and (len(stated.split()) < 4 or alone.exists())):
        return (alone,)
    return _by_pattern(path, stated, is_nrrd)


def check_count(path: Path, stated: str, sides: Sequence[int], count: int) -> None:
    """Raise DataError where a MetaImage names more or fewer files than it is cut into: ITK fills in what is there.

    stated: what it says of them. sides: of its axes, in its order. count: of the files.
    """
    is_list = LIST.fullmatch(stated)
    if is_list is None and "%" not in stated:
        return
    axes = int(is_list[1]) if is_list and is_list[1] else 0  # of each file
    if axes == len(sides):
        raise DataError(f"{path} has a list of files of {axes} axes, as many as its own; name the one file instead")
    expected = prod(sides[axes if 0 < axes < len(sides) else len(sides) - 1 :])
    if count != expected:
        raise DataError(f"{path} names {count} files of voxels; expected {expected}, each of one part")


def _by_pattern(path: Path, stated: str, is_nrrd: bool) -> tuple[Path, ...]:
    """Return the files of a pattern; ITK reads a MetaImage's that is none, or runs backwards, as chance has it."""
    match = PATTERN.fullmatch(stated)
    if match is not None and (is_nrrd or match[5] is None):
        first, last, step = (int(match[k]) for k in (2, 3, 4))
        numbers = range(first, last + (1 if step > 0 else -1), step) if step else range(0)
        if 0 < len(numbers) <= MOST and (is_nrrd or step > 0):
            return tuple(path.parent / (match[1] % number) for number in numbers)
    raise DataError(
        f"{path} has its voxels in files {stated}; expected NAME%d.raw FIRST LAST STEP, say slice%d.raw 0 9 1 for ten"
    )
