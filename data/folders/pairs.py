"""A plain pair of folders, of images and of masks, paired by the names of their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from data.errors import DataError
from data.files import listed, seen_in
from data.folders.dataset_json import Named
from data.folders.endings import PICTURES, TIFF, ending_of
from data.folders.images import read_image
from data.folders.listed import ListedCase, Listing, NameRules, in_order
from data.folders.scan import CHANNEL, Files, by_case, holds_any, in_channels, scan

LOOKED_AT = 32  # pictures, evenly over a folder, that are looked into for colours
COLOURS = ("red", "green", "blue")
Images = Mapping[str, tuple[Path, ...]]


def has_pair(folder: Path, rules: NameRules) -> bool:
    """Return whether a folder holds one of images."""
    return bool(_of_names(folder, rules.images))


def list_pair(folder: Path, rules: NameRules, named: Named | None) -> Listing:
    """Return the cases of ``images/`` beside ``labels/`` or what they are called, and of folders of images alone."""
    images = scan(_one(folder, rules.images, "images"))
    masks_in = _of_names(folder, rules.masks)
    masks = scan(_one(folder, rules.masks, "masks")) if masks_in else None
    by_case, of_case = _paired(images, masks, rules)
    cases = [_case(name, paths, of_case.get(name)) for name, paths in by_case.items()]
    remarks = [one.remark for one in (images, masks) if one is not None and one.remark is not None]
    count = max(len(paths) for paths in by_case.values())
    for path in filter(holds_any, _of_names(folder, rules.unlabeled)):
        alone = scan(path)
        remarks += [alone.remark] if alone.remark else []
        cases += [_case(name, paths, None) for name, paths in _alone(alone, count, rules).items()]
    tests, more = _tests(folder, count, rules)
    found = in_order(folder, [*cases, *tests])
    channels = _channels(found, count, rules, named)
    name, labels, ignored = (named.name, named.labels, named.ignored) if named else (folder.resolve().name, None, None)
    return Listing(name, "pair", found, labels, ignored, channels, (*remarks, *more))


def _of_names(folder: Path, names: Iterable[str]) -> list[Path]:
    wanted = {name.lower() for name in names}
    return sorted(path for path in folder.iterdir() if path.name.lower() in wanted and path.is_dir())


def _one(folder: Path, names: Iterable[str], what: str) -> Path:
    found = _of_names(folder, names)
    if len(found) > 1:
        both = " and ".join(path.name for path in found[:2])
        raise DataError(f"{folder} holds {both}, which may both be its {what}; keep one, or rename the other")
    return found[0]


def _paired(images: Files, masks: Files | None, rules: NameRules) -> tuple[Images, Mapping[str, Path]]:
    """Return the images of each case, and the mask of each case that has one."""
    whole = {stem: (path,) for stem, path in images.by_stem.items()}
    if masks is None:
        return whole, {}
    known = len(_matches(masks, whole, rules)) == len(masks.by_stem)  # then numbers at the end are slices'
    found = whole if known else _in_channels(images) or whole
    return found, _matched(masks, found, rules)


def _in_channels(files: Files) -> Images | None:
    """Return files by case where all are named CASE_0000, CASE_0001, ...; None for other names."""
    found = by_case(files)
    if found is None or not any(0 in one for one in found.values()):
        return None
    count = 1 + max(max(one) for one in found.values())
    if count > len(files.by_stem):
        return None
    if sum(set(one) == set(range(count)) for one in found.values()) * 2 < len(found):
        return None  # numbers of slices
    return {case: in_channels(case, one, count) for case, one in found.items()}


def _matches(masks: Files, cases: Iterable[str], rules: NameRules) -> Mapping[str, list[str]]:
    """Return the cases that a mask's name may mean, of each mask that means any."""
    names = set(cases)
    bare = dict[str, list[str]]()
    for name in names:
        bare.setdefault(_bare(name, rules.image_words), []).append(name)
    found = dict[str, list[str]]()
    for stem in masks.by_stem:
        short = _bare(stem, rules.mask_words)
        found[stem] = [stem] if stem in names else [short] if short in names else bare.get(short, [])
    return {stem: meant for stem, meant in found.items() if meant}


def _matched(masks: Files, cases: Iterable[str], rules: NameRules) -> Mapping[str, Path]:
    """Return the mask of each case; DataError for a mask that is no case's, or of two, and for a case with two."""
    names = sorted(cases)
    matches = _matches(masks, names, rules)
    found = dict[str, Path]()
    for stem, path in masks.by_stem.items():
        meant = matches.get(stem, [])
        if not meant:
            raise DataError(f"{path} is a mask without an image; among the images are {listed(names)}")
        other = found.setdefault(meant[0], path)
        if len(meant) > 1 or other is not path:
            what = f"may be of {listed(meant)}" if len(meant) > 1 else f"and {other.name} are masks of one image"
            raise DataError(f"{path} {what}; give each image and its mask one name")
    return found


def _bare(stem: str, words: Iterable[str]) -> str:
    """Return a name without a word at its end, or at its beginning."""
    known = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    shorter = re.sub(rf"[_\-. ]({known})$", "", stem, flags=re.IGNORECASE)
    return shorter if shorter != stem else re.sub(rf"^({known})[_\-. ]", "", stem, flags=re.IGNORECASE)


def _alone(files: Files, count: int, rules: NameRules) -> Images:
    """Return the images of a folder without masks, of as many channels as the others."""
    channels = _in_channels(files) if count > 1 else None
    if channels is not None:
        return channels
    split = {stem: CHANNEL.fullmatch(stem) for stem in files.by_stem}
    if count == 1 and all(one and one[2] == "0000" for one in split.values()):
        return {one[1]: (files.by_stem[stem],) for stem, one in split.items() if one}
    return {stem: (path,) for stem, path in files.by_stem.items()}


def _tests(folder: Path, count: int, rules: NameRules) -> tuple[list[ListedCase], list[str]]:
    """Return the cases of imagesTs, which labelsTs may hold the masks of."""
    images_in, masks_in = (list(filter(holds_any, _of_names(folder, [name]))) for name in ("imagesTs", "labelsTs"))
    if not images_in:
        return [], []
    images = scan(images_in[0])
    paths = _alone(images, count, rules)
    masks = _matched(scan(masks_in[0]), paths, rules) if masks_in else {}
    cases = [
        ListedCase(name, files, masks.get(name), "test" if name in masks else "predict")
        for name, files in paths.items()
    ]
    return cases, [images.remark] if images.remark else []


def _case(name: str, images: tuple[Path, ...], mask: Path | None) -> ListedCase:
    return ListedCase(name, images, mask, "unlabeled" if mask is None else "labeled")


def _channels(cases: tuple[ListedCase, ...], count: int, rules: NameRules, named: Named | None) -> tuple[str, ...]:
    stated = named.channels if named else rules.channels
    if stated:
        return stated
    wrong = next((case for case in cases if len(case.images) != count), None)
    if wrong is not None:
        raise DataError(f"case {wrong.name} has {len(wrong.images)} channels, others {count}; all must have as many")
    if count > 1:
        return tuple(f"channel {k}" for k in range(count))
    pictures = [case.images[0] for case in cases if ending_of(case.images[0]) in (*PICTURES, *TIFF)]
    step = max(1, len(pictures) // LOOKED_AT)
    most = max(map(_colours_in, pictures[::step]), default=1)
    if most == 1:
        return ("image",)
    return COLOURS if most == len(COLOURS) else tuple(f"channel {k}" for k in range(most))


def _colours_in(path: Path) -> int:
    """Return how many channels a picture has; 1 of one that can't be read, which its reading says."""
    try:
        return len(read_image(path).channels)
    except DataError:
        return 1


def expected(folder: Path) -> str:
    """Return in a sentence that a folder is none that is known, and what would be one."""
    below = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and any((path / name).is_dir() for name in ("images", "imagesTr"))
    )
    hint = f"; give one of its folders instead: {listed(below)}" if below else ""
    return (
        f"{folder} {seen_in(folder)}; expected dataset.json beside imagesTr and labelsTr (nnU-Net, Decathlon), or "
        f"images/ beside labels/ or masks/{hint}"
    )
