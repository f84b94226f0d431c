"""Which files of a folder, or beside a file, are the images of which case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import DataError
from data.files import listed, seen_in
from data.folders.endings import CURES, known_ending, stem_of, unread
from data.folders.form import Form
from data.folders.scan import CHANNEL
from data.sources.lits_files import IMAGE, MASK
from data.sources.official import VOLUME
from data.unseen.answers import WORDS


@dataclass(frozen=True)
class UnseenCase:
    """A case by its name and its files, in the order of channels. wrong: why it can't be read; None where it may be."""

    name: str
    images: tuple[Path, ...]
    wrong: str | None = None


@dataclass(frozen=True)
class Inputs:
    """The cases at a path. remark: which files there are none, in words; None where all are."""

    cases: tuple[UnseenCase, ...]
    remark: str | None = None


def inputs_at(path: Path, form: Form) -> Inputs:
    """Return the cases that a file or a folder holds, by name; DataError where it holds no image.

    Of ACDC's own folders, which hold masks and series too, the frames alone are images; of LiTS' no segmentation is.
    Folders of answers in them, named as their images are, hold none.
    """
    if path.is_file():
        return Inputs(_cases(_channels_beside(path, form), form))
    if not path.is_dir():
        raise DataError(f"{path} {seen_in(path)}; name an image, or a folder of images")
    released = _released(path)
    if released is not None:
        return Inputs(_cases(released[0], form), released[1])
    files, others = _in_folder(path)
    if not files:
        raise DataError(f"{path} {seen_in(path)}, and no image{_below(path)}")
    return Inputs(_cases(files, form), f"no images: {listed(others)}" if others else None)


def _released(folder: Path) -> tuple[list[Path], str] | None:
    """Return the images in a folder as a challenge releases it, masks beside them, and a remark; None for others."""
    below = (one for one in folder.glob("*/*") if not (one.parent / WORDS).exists())
    there = [one for one in (*folder.iterdir(), *below) if known_ending(one.name) is not None]
    frames = [one for one in there if VOLUME.fullmatch(stem_of(one))]
    if frames:
        return frames, "of ACDC's files the frames are images; masks and series are left out"
    masks = {one for one in there if MASK.fullmatch(stem_of(one))}
    volumes = {one for one in there if IMAGE.fullmatch(stem_of(one))}
    if not masks or not volumes:
        return None
    images = [one for one in there if one in volumes or (one.parent == folder and one not in masks)]
    return images, "of LiTS' files the volumes are images; segmentations are left out"


def _in_folder(folder: Path) -> tuple[list[Path], list[str]]:
    """Return what is an image or was meant as one, and the names of what is none."""
    files, others = list[Path](), list[str]()
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if known_ending(path.name) is not None or path.suffix.lower() in CURES:
            files.append(path)
        elif not path.is_dir():
            others.append(path.name)
    return files, others


def _below(folder: Path) -> str:
    """Return which folder below is rather meant, as words to add."""
    for below in sorted(path for path in folder.iterdir() if path.is_dir()):
        if any(known_ending(path.name) for path in below.iterdir() if path.is_file()):
            names = [path.name for path in folder.iterdir() if path.is_dir()]
            return f"; name the one of its folders that is meant, such as {folder / _likely(names, below.name)}"
    return "; expected images in it"


def _likely(names: Sequence[str], first: str) -> str:
    return next((name for name in ("imagesTs", "imagesUn", "images") if name in names), first)


def _channels_beside(path: Path, form: Form) -> list[Path]:
    """Return a file, or where a case has several that of each channel."""
    match = CHANNEL.fullmatch(stem_of(path)) if known_ending(path.name) is not None else None
    if form.files == 1 or match is None:
        return [path]
    others = (one for one in path.parent.iterdir() if known_ending(one.name) is not None)
    mates = ((one, CHANNEL.fullmatch(stem_of(one))) for one in others)
    return sorted(one for one, mate in mates if mate is not None and mate[1] == match[1])


def _cases(files: Sequence[Path], form: Form) -> tuple[UnseenCase, ...]:
    """Return the files by case: numbered ones are channels where the data set's are, others are cases of their own."""
    readable = [path for path in files if known_ending(path.name) is not None]
    bad = [UnseenCase(path.name, (path,), unread(path)) for path in files if path not in set(readable)]
    numbers = [match[2] for path in readable if (match := CHANNEL.fullmatch(stem_of(path)))]
    numbered = form.numbered or form.files > 1 or {*numbers} == {"0000"}
    found: dict[str, dict[str, list[Path]]] = {}
    for path in readable:
        match = CHANNEL.fullmatch(stem_of(path)) if numbered else None
        name, number = (match[1], match[2]) if match else (stem_of(path), "0000")
        found.setdefault(name, {}).setdefault(number, []).append(path)
    return tuple(sorted([*bad, *(_case(name, found[name], form) for name in found)], key=lambda case: case.name))


def _case(name: str, numbers: Mapping[str, Sequence[Path]], form: Form) -> UnseenCase:
    """Return a case, with what is wrong where its channels are not those of the data set."""
    files = tuple(path for number in sorted(numbers) for path in numbers[number])
    twice = next((paths for paths in numbers.values() if len(paths) > 1), None)
    if twice is not None:
        wrong = f"{twice[0]} stands beside {twice[1].name}, of one case and channel; keep one of them"
        return UnseenCase(name, files, wrong)
    wanted = [f"{number:04d}" for number in range(form.files)]
    if sorted(numbers) != wanted:
        have = ", ".join(path.name for path in files)
        ends = files[0].name[len(stem_of(files[0])) :]
        meant = ", ".join(
            f"{name}_{number}{ends} ({kind})" for number, kind in zip(wanted, form.channels, strict=False)
        )
        return UnseenCase(name, files, f"case {name} has {have}; expected {meant}")
    return UnseenCase(name, files)
