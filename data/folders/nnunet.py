"""nnU-Net's raw folders of version 2, and the Decathlon's, which version 1 took over."""

from __future__ import annotations

import glob
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from data.errors import DataError
from data.files import listed
from data.folders.dataset_json import Named
from data.folders.endings import PICTURES, TIFF, ending_of, known_ending, stem_of
from data.folders.listed import Kind, ListedCase, Listing, Part, in_order
from data.folders.scan import CHANNEL, Files, Images, by_case, holds_any, in_channels, numbered, scan
from data.folders.stated_files import check_stated

ByName = Mapping[str, Images]
TRAIN, TEST, ALONE = ("imagesTr", "labelsTr"), ("imagesTs", "labelsTs"), "imagesUn"
ROLES: tuple[tuple[str, str, Part, Part], ...] = (
    (*TRAIN, "labeled", "unlabeled"),
    (*TEST, "test", "predict"),
    (ALONE, "", "labeled", "unlabeled"),
)
"""Folders of images and of their masks, and what a case with and one without a mask is there."""


def is_v2(folder: Path, named: Named) -> bool:
    """Return whether a folder is nnU-Net's of version 2, which reads no list of ``training``, should one be there."""
    if not named.is_v2 or not named.entries.get("training"):
        return named.is_v2
    found = dict[str, set[int]]()
    for path in (folder / TRAIN[0]).iterdir() if (folder / TRAIN[0]).is_dir() else ():
        if known_ending(path.name) is not None and not path.name.startswith("."):
            match = CHANNEL.fullmatch(stem_of(path)) if not (folder / TRAIN[1] / path.name).exists() else None
            found.setdefault(match[1] if match else path.name, set()).add(int(match[2]) if match else -1)
    channels = set(range(len(named.channels)))
    return 2 * sum(0 in one and one <= channels for one in found.values()) > len(found)


def list_v2(folder: Path, named: Named) -> Listing:
    """Return the cases of a folder as nnU-Net v2 names them, and of ``imagesUn`` those without masks.

    A mask whose image is gone is a case that can't be read.
    """
    cases, remarks = list[ListedCase](), list[str]()
    if not (folder / TRAIN[0]).is_dir():
        check_stated(folder, named, ())
    for images, masks, with_mask, without in ROLES:
        if images != TRAIN[0] and not holds_any(folder / images):
            continue
        files = scan(folder / images, named.ending)
        found = _in_channels(files, named)
        known = _masks(folder / masks, named) if masks else None
        remarks += [one.remark for one in (files, known) if one is not None and one.remark is not None]
        by_stem = {} if known is None else known.by_stem
        cases += [_case(name, one, by_stem.get(name), with_mask, without) for name, one in found.items()]
        lonely = {name: path for name, path in by_stem.items() if name not in found}
        cases += [_alone_of(name, path, folder / images, with_mask) for name, path in lonely.items()]
    remarks += _counted(cases, named)
    check_stated(folder, named, cases)
    return _listing(folder, "nnU-Net v2", named, cases, remarks)


def list_decathlon(folder: Path, named: Named) -> Listing:
    """Return the cases that ``training`` and ``test`` of a Decathlon's ``dataset.json`` list, and those of imagesUn.

    A case is one file there, whatever number its name ends with. Where files are found by the channels that version 1
    leaves unsaid, those of imagesUn have channels too. One whose listed files are not there is a case all the same.
    """
    stated = {folder / image for key in ("training", "test", "unlabeled") for image, _ in _entries(named, key)}
    cases, listed_files, in_files = list[ListedCase](), set[Path](), False
    for entry in _entries(named, "training"):
        image, mask = folder / entry[0], None if entry[1] is None else folder / entry[1]
        found = _with_mask(_found(image, named, stated), named, mask)
        cases.append(_case(stem_of(image), found, mask, "labeled", "unlabeled"))
        listed_files |= {*found.paths, *([mask] if mask else [])}
        in_files |= found.paths != (image,)
    if not cases:
        raise DataError(f"{named.path}: training lists no image; expected each there, with its label")
    tests, remarks = _tests(folder, named, stated)
    cases += tests
    listed_files |= {path for case in tests for path in (*case.images, *([case.mask] if case.mask else []))}
    for entry in _entries(named, "unlabeled"):
        image = folder / entry[0]
        cases.append(_case(stem_of(image), _found(image, named, stated), None, "labeled", "unlabeled"))
    remarks += _unlisted(folder, listed_files)
    if holds_any(folder / ALONE):
        alone = scan(folder / ALONE)
        known = {path for case in cases for path in case.images}
        left = {name: one for name, one in _alone(alone, named, in_files).items() if not known & set(one.paths)}
        cases += [_case(name, one, None, "labeled", "unlabeled") for name, one in left.items()]
    return _listing(folder, "Decathlon", named, cases, remarks)


def _in_channels(files: Files, named: Named) -> ByName:
    """Return the files of each case, one a channel, or one that holds colours; DataError where none is named so."""
    found, others = numbered(files)
    wrong = {
        stem: Images((path,), f"{path} has no channel's number; nnU-Net v2 names images CASE_0000{ending_of(path)}")
        for stem, path in others.items()
    }
    if not found:
        raise DataError(str(next(iter(wrong.values())).wrong))
    count = len(named.channels)
    colours = all(set(one) == {0} and ending_of(one[0]) in (*PICTURES, *TIFF) for one in found.values())
    count = 1 if colours and count > 1 else count
    return {**{case: in_channels(case, one, count) for case, one in found.items()}, **wrong}


def _masks(folder: Path, named: Named) -> Files | None:
    there = folder.is_dir() if folder.name == TRAIN[1] else holds_any(folder)
    return scan(folder, named.ending) if there else None


def _alone_of(name: str, mask: Path, images: Path, part: Part) -> ListedCase:
    """Return the case of a mask whose image is not there."""
    image = images / f"{name}_0000{ending_of(mask)}"
    wrong = f"{mask} is a mask without an image; expected {image.name} in {images.name}"
    return ListedCase(name, (image,), mask, part, wrong)


def _counted(cases: list[ListedCase], named: Named) -> list[str]:
    stated, found = named.entries.get("numTraining"), sum(case.part == "labeled" for case in cases)
    if stated in (None, found, sum(case.part in ("labeled", "unlabeled") for case in cases)):
        return []
    return [f"dataset.json says numTraining {stated}; {found} images have masks"]


def _entries(named: Named, key: str) -> Iterator[tuple[str, str | None]]:
    """Yield the image and the mask of each entry of a list."""
    stated = named.entries.get(key, [])
    if not isinstance(stated, list):
        raise DataError(f"{named.path}: {key} is no list; expected one of images and their labels")
    for entry in stated:
        one = {"image": entry} if isinstance(entry, str) else entry
        image, mask = (one.get("image"), one.get("label")) if isinstance(one, dict) else (None, None)
        if not isinstance(image, str) or not isinstance(mask, str | None):
            raise DataError(f"{named.path}: {key} lists {entry!r}; expected an image's path, or an image and its label")
        if not Path(image).name.startswith("._"):
            yield image, mask


def _found(image: Path, named: Named, stated: Collection[Path]) -> Images:
    """Return the file that an entry names, or those of its channels, which version 1 leaves unsaid.

    stated: what entries name, which is no channel of another.
    """
    if image.exists() or image.is_symlink():
        return Images((image,))
    stem, ending = stem_of(image), ending_of(image)
    found = image.parent.glob(f"{glob.escape(stem)}_[0-9][0-9][0-9][0-9]{ending}")
    candidates = sorted(path for path in found if path not in stated)
    if not candidates:
        return Images((image,), _absent(named, image))
    return in_channels(stem, {int(stem_of(path)[-4:]): path for path in candidates}, len(named.channels))


def _with_mask(images: Images, named: Named, mask: Path | None) -> Images:
    """Return a case's images as wrong where the mask that is listed with them is not there."""
    if images.wrong is None and mask is not None and not mask.exists():
        return Images(images.paths, _absent(named, mask))
    return images


def _absent(named: Named, path: Path) -> str:
    return f"{named.path} lists {path.name}, which {path.parent} does not have; put it there, or unlist it"


def _tests(folder: Path, named: Named, stated: Collection[Path]) -> tuple[list[ListedCase], list[str]]:
    entries = list(_entries(named, "test"))
    if entries and not holds_any(folder / TEST[0]):
        return [], [f"dataset.json lists {len(entries)} test images, and {TEST[0]} is not there, or empty"]
    cases = list[ListedCase]()
    for image, label in entries:
        path = folder / image
        mask = folder / (label or f"{TEST[1]}/{path.name}")
        found = _with_mask(_found(path, named, stated), named, mask if label else None)
        cases.append(_case(stem_of(path), found, mask if label or mask.exists() else None, "test", "predict"))
    return cases, []


def _unlisted(folder: Path, known: set[Path]) -> list[str]:
    """Return a sentence a folder on the files that dataset.json does not list."""
    remarks = list[str]()
    resolved = {path.resolve() for path in known}
    for name in (*TRAIN, *TEST):
        if holds_any(folder / name):
            files = scan(folder / name)
            left = [path.name for path in files.by_stem.values() if path.resolve() not in resolved]
            remarks += [f"{name}: dataset.json does not list {listed(left)}; left aside"] if left else []
    return remarks


def _alone(files: Files, named: Named, in_files: bool) -> ByName:
    found = by_case(files) if in_files else None
    if found is None:
        return {stem: Images((path,)) for stem, path in files.by_stem.items()}
    return {case: in_channels(case, one, len(named.channels)) for case, one in found.items()}


def _case(name: str, images: Images, mask: Path | None, with_mask: Part, without: Part) -> ListedCase:
    return ListedCase(name, images.paths, mask, without if mask is None else with_mask, images.wrong)


def _listing(folder: Path, kind: Kind, named: Named, cases: list[ListedCase], remarks: list[str]) -> Listing:
    found = in_order(folder, cases)
    return Listing(named.name, kind, found, named.labels, named.ignored, named.channels, tuple(remarks))
