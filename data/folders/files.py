"""The image files of a folder, by case and channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from data.errors import DataError
from data.files import seen_in
from data.folders.endings import DATA, ending_of, known_ending, stem_of

BESIDE = re.compile(r"(?P<case>.+)_(?P<number>\d{4})")
"""A channel's file in nnU-Net's layout."""
WORDS = re.compile(r"(?P<case>.+?)[_-](?:masks?|seg|segmentation|labels?|labelmap|gt|image|img)", re.IGNORECASE)
"""A name that says what its file is, as CASE_mask beside CASE_image."""


def image_files(folder: Path) -> list[Path]:
    """Return the image files in a folder, by name; DataError where there is none, or a file that is no image."""
    if not folder.is_dir():
        raise DataError(f"{folder} {seen_in(folder)}; expected a folder of images")
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or (path.is_dir() and known_ending(path.name) is None):
            continue
        if path.name.lower().endswith((*DATA, ".txt", ".json", ".csv", ".md")) and known_ending(path.name) is None:
            continue
        ending_of(path)
        if not path.is_file():
            raise DataError(f"{path} {seen_in(path)}; expected an image file")
        found.append(path)
    if not found:
        raise DataError(f"{folder} {seen_in(folder)}; expected images in it")
    return found


def by_channel(folder: Path, files: Sequence[Path], channels: int) -> Mapping[str, tuple[Path, ...]]:
    """Return the files of each case in the order of channels; DataError for one that lacks any or has more."""
    found: dict[str, dict[int, Path]] = {}
    for path in files:
        match = BESIDE.fullmatch(stem_of(path))
        if match is None:
            raise DataError(f"{path} has no channel in its name; expected {stem_of(path)}_0000{ending_of(path)}")
        numbers = found.setdefault(match["case"], {})
        number = int(match["number"])
        if number in numbers:
            raise DataError(f"{folder} holds {numbers[number].name} and {path.name}, of one case and channel; keep one")
        numbers[number] = path
    for case, numbers in found.items():
        if sorted(numbers) != list(range(channels)):
            have = ", ".join(f"_{number:04d}" for number in sorted(numbers))
            raise DataError(
                f"{folder}: case {case} has channels {have}; expected _0000 to _{channels - 1:04d}, as dataset.json or "
                "the other cases say"
            )
    return {case: tuple(numbers[number] for number in range(channels)) for case, numbers in sorted(found.items())}


def masks_in(folder: Path) -> Mapping[str, Path]:
    """Return the mask of each case in a folder; none where there is no such folder."""
    return same_stem(image_files(folder), folder) if folder.is_dir() else {}


def same_stem(files: Sequence[Path], folder: Path) -> Mapping[str, Path]:
    """Return each case's file, by its name without an ending and without a word that says what it is."""
    stems = [stem_of(path) for path in files]
    told = [WORDS.fullmatch(stem) for stem in stems]
    cases = [match["case"] for match in told if match is not None] if all(told) else stems
    found: dict[str, Path] = {}
    for case, path in zip(cases, files, strict=True):
        if case in found:
            raise DataError(f"{folder} holds {found[case].name} and {path.name}, both of case {case}; keep one of them")
        found[case] = path
    return found
