"""A plain pair of folders, of images and of masks, paired by the names of their files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from data.errors import DataError
from data.files import listed, seen_in
from data.folders.dataset_json import Named
from data.folders.endings import PICTURES, TIFF, ending_of
from data.folders.images import read_image
from data.folders.listed import ListedCase, Listing, NameRules, Part, in_order
from data.folders.scan import CHANNEL, Files, Images, by_case, holds_any, in_channels, scan

LOOKED_AT = 32  # pictures, evenly over a folder, that are looked into for colours
COLOURS = ("red", "green", "blue")
ByName = Mapping[str, Images]


@dataclass
class Masks:
    """The mask of each case that has one.

    alone: masks without an image, by the name of their case. wrong: what is wrong with cases, theirs among them.
    """

    of: dict[str, Path] = field(default_factory=dict)
    alone: dict[str, Path] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def has_pair(folder: Path, rules: NameRules) -> bool:
    """Return whether a folder holds one of images."""
    return bool(_of_names(folder, rules.images))


def list_pair(folder: Path, rules: NameRules, named: Named | None) -> Listing:
    """Return the cases of ``images/`` beside ``labels/`` or what they are called, and of folders of images alone.

    A mask whose image is gone is a case that can't be read.
    """
    images = scan(_one(folder, rules.images, "images"))
    masks_in = _of_names(folder, rules.masks)
    masks = scan(_one(folder, rules.masks, "masks")) if masks_in else None
    named_so, matched = _paired(images, masks, rules)
    cases = _cases(named_so, matched, images.folder, "labeled", "unlabeled")
    remarks = [one.remark for one in (images, masks) if one is not None and one.remark is not None]
    count = max(len(one.paths) for one in named_so.values())
    for path in filter(holds_any, _of_names(folder, rules.unlabeled)):
        alone = scan(path)
        remarks += [alone.remark] if alone.remark else []
        cases += _cases(_alone(alone, count), Masks(), path, "labeled", "unlabeled")
    tests, more = _tests(folder, count, rules)
    stated = bool(named.channels if named else rules.channels)
    found = in_order(folder, [one if stated else _of_as_many(one, count) for one in (*cases, *tests)])
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


def _paired(images: Files, masks: Files | None, rules: NameRules) -> tuple[ByName, Masks]:
    """Return the images of each case, and the masks."""
    whole = {stem: Images((path,)) for stem, path in images.by_stem.items()}
    if masks is None:
        return whole, Masks()
    known = len(_matches(masks, whole, rules)) == len(masks.by_stem)  # then numbers at the end are slices'
    found = whole if known else _in_channels(images) or whole
    return found, _matched(masks, found, rules)


def _in_channels(files: Files) -> ByName | None:
    """Return files by case where all are named CASE_0000, CASE_0001, ..., most to one number; None for other names."""
    found = by_case(files)
    if not found:
        return None
    numbers = Counter(frozenset(one) for one in found.values())
    most = max(numbers, key=lambda one: (numbers[one], len(one)))
    count = len(most)
    if most != {*range(count)} or numbers[most] * 2 < len(found):
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


def _matched(masks: Files, cases: Iterable[str], rules: NameRules) -> Masks:
    """Return the mask of each case; what is wrong are masks of no case, or of two, and cases with two."""
    names = sorted(cases)
    matches = _matches(masks, names, rules)
    found = Masks()
    for stem, path in masks.by_stem.items():
        meant = matches.get(stem, [])
        if not meant:
            name = _bare(stem, rules.mask_words)
            found.alone[name] = path
            found.wrong[name] = f"{path} is a mask without an image; among the images are {listed(names)}"
        for name in meant:
            other = found.of.setdefault(name, path)
            if len(meant) > 1 or other is not path:
                what = f"may be of {listed(meant)}" if len(meant) > 1 else f"and {other.name} are masks of one image"
                found.wrong[name] = f"{path} {what}; give each image and its mask one name"
    return found


def _bare(stem: str, words: Iterable[str]) -> str:
    """Return a name without a word at its end, or at its beginning."""
    known = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    shorter = re.sub(rf"[_\-. ]({known})$", "", stem, flags=re.IGNORECASE)
    return shorter if shorter != stem else re.sub(rf"^({known})[_\-. ]", "", stem, flags=re.IGNORECASE)


def _alone(files: Files, count: int) -> ByName:
    """Return the images of a folder without masks, of as many channels as the others."""
    channels = _in_channels(files) if count > 1 else None
    if channels is not None:
        return channels
    split = {stem: CHANNEL.fullmatch(stem) for stem in files.by_stem}
    if count == 1 and all(one and one[2] == "0000" for one in split.values()):
        return {one[1]: Images((files.by_stem[stem],)) for stem, one in split.items() if one}
    return {stem: Images((path,)) for stem, path in files.by_stem.items()}


def _tests(folder: Path, count: int, rules: NameRules) -> tuple[list[ListedCase], list[str]]:
    """Return the cases of imagesTs, which labelsTs may hold the masks of."""
    images_in, masks_in = (list(filter(holds_any, _of_names(folder, [name]))) for name in ("imagesTs", "labelsTs"))
    if not images_in:
        return [], []
    images = scan(images_in[0])
    named_so = _alone(images, count)
    masks = _matched(scan(masks_in[0]), named_so, rules) if masks_in else Masks()
    cases = _cases(named_so, masks, images.folder, "test", "predict")
    return cases, [images.remark] if images.remark else []


def _cases(images: ByName, masks: Masks, folder: Path, with_mask: Part, without: Part) -> list[ListedCase]:
    """Return the cases of images in a folder, and those of masks that are alone."""
    cases = [
        ListedCase(name, one.paths, mask, without if mask is None else with_mask, one.wrong or masks.wrong.get(name))
        for name, one in images.items()
        for mask in [masks.of.get(name)]
    ]
    for name, mask in masks.alone.items():
        image = folder / f"{name}{ending_of(mask)}"
        cases.append(ListedCase(name, (image,), mask, with_mask, masks.wrong[name]))
    return cases


def _of_as_many(case: ListedCase, count: int) -> ListedCase:
    """Return a case as wrong where it has another number of channels than the others."""
    if case.wrong is not None or len(case.images) == count:
        return case
    has = f"{len(case.images)} channel{'s' * (len(case.images) != 1)}"
    return replace(case, wrong=f"case {case.name} has {has}, others {count}; all must have as many")


def _channels(cases: tuple[ListedCase, ...], count: int, rules: NameRules, named: Named | None) -> tuple[str, ...]:
    stated = named.channels if named else rules.channels
    if stated:
        return stated
    if count > 1:
        return tuple(f"channel {k}" for k in range(count))
    sound = [case for case in cases if case.wrong is None]
    pictures = [case.images[0] for case in sound if ending_of(case.images[0]) in (*PICTURES, *TIFF)]
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
