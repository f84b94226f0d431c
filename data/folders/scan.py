"""The image files of one folder, by the names of their cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from data.errors import DataError
from data.files import listed, seen_in
from data.folders.endings import CURES, DATA, ENDINGS, known_ending, stem_of

CHANNEL = re.compile(r"(.+)_(\d{4})")


@dataclass(frozen=True)
class Files:
    """A folder's image files by their names without ending, and a sentence on those of other kinds."""

    folder: Path
    by_stem: Mapping[str, Path]
    remark: str | None


class Images(NamedTuple):
    """A case's image files, one a channel or one that holds all. wrong: why they make none; None where they do."""

    paths: tuple[Path, ...]
    wrong: str | None = None


def scan(folder: Path, ending: str | None = None) -> Files:
    """Return the images of a folder, of one ending or all; DataError where two are of one name, or there are none.

    Hidden files, ``._`` among them, and the data files of headers are passed over.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} {seen_in(folder)}; expected a folder of images")
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    images = [path for path in entries if known_ending(path.name) is not None]
    _check_once(folder, images)
    mine = [path for path in images if ending is None or path.name.lower().endswith(ending.lower())]
    others = [path.name for path in entries if path not in mine and not path.name.lower().endswith(DATA)]
    if not mine:
        raise DataError(_none_there(folder, ending, images, entries))
    files = "1 file of another kind" if len(others) == 1 else f"{len(others)} files of other kinds"
    remark = f"{folder.name}: {files} left aside ({listed(others)})" if others else None
    size = len(ending) if ending else 0
    return Files(folder, {path.name[:-size] if size else stem_of(path): path for path in mine}, remark)


def holds_any(folder: Path) -> bool:
    """Return whether a folder is there and holds anything but hidden files: one that is optional counts only then."""
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def by_case(files: Files) -> Mapping[str, Mapping[int, Path]] | None:
    """Return files by case and channel, of names such as CASE_0000; None where one is named otherwise."""
    found, others = numbered(files)
    return None if others else found


def numbered(files: Files) -> tuple[Mapping[str, Mapping[int, Path]], Mapping[str, Path]]:
    """Return files by case and channel, of names such as CASE_0000, and those that are named otherwise."""
    found, others = dict[str, dict[int, Path]](), dict[str, Path]()
    for stem, path in files.by_stem.items():
        named = CHANNEL.fullmatch(stem)
        if named is None:
            others[stem] = path
        else:
            found.setdefault(named[1], {})[int(named[2])] = path
    return found, others


def in_channels(case: str, files: Mapping[int, Path], count: int) -> Images:
    """Return a case's files by channel, and what is wrong where they are not the channels 0 to count - 1."""
    first, there = next(iter(files.values())), tuple(files[number] for number in sorted(files))[:count]
    lacking = sorted(set(range(count)) - set(files))
    beyond = sorted(set(files) - set(range(count)))
    if lacking:
        name = re.sub(r"_\d{4}(?=\.)", f"_{lacking[0]:04d}", first.name)
        return Images(there, f"{first.parent}: case {case} lacks channel {lacking[0]}, {name}; each case has {count}")
    if beyond:
        name = files[beyond[0]].name
        wrong = f"{first.parent}: case {case} has channel {beyond[0]}, {name}; expected 0 to {count - 1}"
        return Images(there, wrong)
    return Images(there)


def _check_once(folder: Path, images: list[Path]) -> None:
    seen = dict[str, Path]()
    for path in images:
        other = seen.setdefault(stem_of(path).casefold(), path)
        if other is path:
            continue
        same = stem_of(other) == stem_of(path)
        how = f"are two files of one case, {stem_of(path)}" if same else "differ by the case of letters only"
        raise DataError(f"{folder}: {other.name} and {path.name} {how}; keep one, or rename it")


def _none_there(folder: Path, ending: str | None, images: list[Path], entries: list[Path]) -> str:
    if images:
        return f"{folder} has no file that ends with {ending}, but {listed([path.name for path in images])}"
    cure = next((CURES[path.suffix.lower()] for path in entries if path.suffix.lower() in CURES), None)
    right = cure or f"expected images that end with {ending or ', '.join(ENDINGS)}"
    return f"{folder} {seen_in(folder)}, and no image; {right}"
