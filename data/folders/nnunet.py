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
from data.folders.scan import CHANNEL, Files, by_case, holds_any, in_channels, scan
from data.folders.stated_files import check_stated

Images = Mapping[str, tuple[Path, ...]]
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
    """Return the cases of a folder as nnU-Net v2 names them, and of ``imagesUn`` those without masks."""
    cases, remarks = list[ListedCase](), list[str]()
    if not (folder / TRAIN[0]).is_dir():
        check_stated(folder, named, ())
    for images, masks, with_mask, without in ROLES:
        if images != TRAIN[0] and not holds_any(folder / images):
            continue
        files = scan(folder / images, named.ending)
        found = _in_channels(files, named)
        known = _masks(folder / masks, named, found) if masks else None
        remarks += [one.remark for one in (files, known) if one is not None and one.remark is not None]
        by_stem = {} if known is None else known.by_stem
        cases += [_case(name, paths, by_stem.get(name), with_mask, without) for name, paths in found.items()]
    remarks += _counted(cases, named)
    check_stated(folder, named, cases)
    return _listing(folder, "nnU-Net v2", named, cases, remarks)


def list_decathlon(folder: Path, named: Named) -> Listing:
    """Return the cases that ``training`` and ``test`` of a Decathlon's ``dataset.json`` list, and those of imagesUn.

    A case is one file there, whatever number its name ends with. Where files are found by the channels that version 1
    leaves unsaid, those of imagesUn have channels too.
    """
    stated = {folder / image for key in ("training", "test", "unlabeled") for image, _ in _entries(named, key)}
    cases, listed_files, numbered = list[ListedCase](), set[Path](), False
    for entry in _entries(named, "training"):
        image, mask = folder / entry[0], None if entry[1] is None else folder / entry[1]
        paths = _found(image, named, stated)
        if mask is not None and not mask.exists():
            raise _absent(named, mask)
        cases.append(_case(stem_of(image), paths, mask, "labeled", "unlabeled"))
        listed_files |= {*paths, *([mask] if mask else [])}
        numbered |= paths != (image,)
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
        left = {name: paths for name, paths in _alone(alone, named, numbered).items() if not known & set(paths)}
        cases += [_case(name, paths, None, "labeled", "unlabeled") for name, paths in left.items()]
    return _listing(folder, "Decathlon", named, cases, remarks)


def _in_channels(files: Files, named: Named) -> Images:
    """Return the files of each case, one a channel, or one that holds colours."""
    found = by_case(files)
    if found is None:
        wrong = next(path for stem, path in files.by_stem.items() if CHANNEL.fullmatch(stem) is None)
        raise DataError(f"{wrong} has no channel's number; nnU-Net v2 names images CASE_0000{ending_of(wrong)}")
    count = len(named.channels)
    colours = all(set(one) == {0} and ending_of(one[0]) in (*PICTURES, *TIFF) for one in found.values())
    return {case: in_channels(case, one, 1 if colours and count > 1 else count) for case, one in found.items()}


def _masks(folder: Path, named: Named, images: Images) -> Files | None:
    if not (folder.is_dir() if folder.name == TRAIN[1] else holds_any(folder)):
        return None
    files = scan(folder, named.ending)
    lonely = sorted(set(files.by_stem) - set(images))
    if lonely:
        path = files.by_stem[lonely[0]]
        beside = next(iter(images.values()))[0].parent.name
        raise DataError(f"{path} is a mask without an image; expected {lonely[0]}_0000{ending_of(path)} in {beside}")
    return files


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


def _found(image: Path, named: Named, stated: Collection[Path]) -> tuple[Path, ...]:
    """Return the file that an entry names, or those of its channels, which version 1 leaves unsaid.

    stated: what entries name, which is no channel of another.
    """
    if image.exists() or image.is_symlink():
        return (image,)
    stem, ending = stem_of(image), ending_of(image)
    found = image.parent.glob(f"{glob.escape(stem)}_[0-9][0-9][0-9][0-9]{ending}")
    candidates = sorted(path for path in found if path not in stated)
    if not candidates:
        raise _absent(named, image)
    return in_channels(stem, {int(stem_of(path)[-4:]): path for path in candidates}, len(named.channels))


def _absent(named: Named, path: Path) -> DataError:
    return DataError(f"{named.path} lists {path.name}, which {path.parent} does not have; put it there, or unlist it")


def _tests(folder: Path, named: Named, stated: Collection[Path]) -> tuple[list[ListedCase], list[str]]:
    entries = list(_entries(named, "test"))
    if entries and not holds_any(folder / TEST[0]):
        return [], [f"dataset.json lists {len(entries)} test images, and {TEST[0]} is not there, or empty"]
    cases = list[ListedCase]()
    for image, label in entries:
        path = folder / image
        mask = folder / (label or f"{TEST[1]}/{path.name}")
        if label and not mask.exists():
            raise _absent(named, mask)
        paths = _found(path, named, stated)
        cases.append(_case(stem_of(path), paths, mask if mask.exists() else None, "test", "predict"))
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


def _alone(files: Files, named: Named, numbered: bool) -> Images:
    found = by_case(files) if numbered else None
    if found is None:
        return {stem: (path,) for stem, path in files.by_stem.items()}
    return {case: in_channels(case, one, len(named.channels)) for case, one in found.items()}


def _case(name: str, images: tuple[Path, ...], mask: Path | None, with_mask: Part, without: Part) -> ListedCase:
    return ListedCase(name, images, mask, without if mask is None else with_mask)


def _listing(folder: Path, kind: Kind, named: Named, cases: list[ListedCase], remarks: list[str]) -> Listing:
    found = in_order(folder, cases)
    return Listing(named.name, kind, found, named.labels, named.ignored, named.channels, tuple(remarks))
