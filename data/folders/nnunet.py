"""nnU-Net's raw folders of version 2, and the Decathlon's, which version 1 took over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from data.errors import DataError
from data.files import listed
from data.folders.dataset_json import Named
from data.folders.endings import PICTURES, TIFF, ending_of, stem_of
from data.folders.listed import Kind, ListedCase, Listing, Part, in_order
from data.folders.scan import CHANNEL, Files, by_case, in_channels, scan

Images = Mapping[str, tuple[Path, ...]]
TRAIN, TEST, ALONE = ("imagesTr", "labelsTr"), ("imagesTs", "labelsTs"), "imagesUn"
ROLES: tuple[tuple[str, str, Part, Part], ...] = (
    (*TRAIN, "labeled", "unlabeled"),
    (*TEST, "test", "predict"),
    (ALONE, "", "labeled", "unlabeled"),
)
"""Folders of images and of their masks, and what a case with and one without a mask is there."""


def list_v2(folder: Path, named: Named) -> Listing:
    """Return the cases of a folder as nnU-Net v2 names them, and of ``imagesUn`` those without masks."""
    cases, remarks = list[ListedCase](), list[str]()
    for images, masks, with_mask, without in ROLES:
        if images != TRAIN[0] and not (folder / images).is_dir():
            continue
        files = scan(folder / images, named.ending)
        found = _in_channels(files, named)
        known = _masks(folder / masks, named, found) if masks else None
        remarks += [one.remark for one in (files, known) if one is not None and one.remark is not None]
        by_stem = {} if known is None else known.by_stem
        cases += [_case(name, paths, by_stem.get(name), with_mask, without) for name, paths in found.items()]
    remarks += _counted(cases, named)
    return _listing(folder, "nnU-Net v2", named, cases, remarks)


def list_decathlon(folder: Path, named: Named) -> Listing:
    """Return the cases that ``training`` and ``test`` of a Decathlon's ``dataset.json`` list, and those of imagesUn."""
    cases, listed_files = list[ListedCase](), set[Path]()
    for entry in _entries(named, "training"):
        image, mask = (None if one is None else folder / one for one in entry)
        assert image is not None
        paths = _found(image, named)
        if mask is not None and not mask.exists():
            raise _absent(named, mask)
        cases.append(_case(stem_of(image), paths, mask, "labeled", "unlabeled"))
        listed_files |= {*paths, *([mask] if mask else [])}
    tests, remarks = _tests(folder, named)
    cases += tests
    listed_files |= {path for case in tests for path in (*case.images, *([case.mask] if case.mask else []))}
    for entry in _entries(named, "unlabeled"):
        cases.append(_case(stem_of(folder / entry[0]), _found(folder / entry[0], named), None, "labeled", "unlabeled"))
    remarks += _unlisted(folder, listed_files)
    if (folder / ALONE).is_dir():
        alone = scan(folder / ALONE)
        known = {path for case in cases for path in case.images}
        left = {name: paths for name, paths in _alone(alone, named).items() if not known & set(paths)}
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
    if not folder.is_dir():
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


def _found(image: Path, named: Named) -> tuple[Path, ...]:
    """Return the file that an entry names, or those of its channels, which version 1 leaves unsaid."""
    if image.exists() or image.is_symlink():
        return (image,)
    stem, ending = stem_of(image), ending_of(image)
    candidates = sorted(image.parent.glob(f"{stem}_[0-9][0-9][0-9][0-9]{ending}"))
    if not candidates:
        raise _absent(named, image)
    return in_channels(stem, {int(stem_of(path)[-4:]): path for path in candidates}, len(named.channels))


def _absent(named: Named, path: Path) -> DataError:
    return DataError(f"{named.path} lists {path.name}, which {path.parent} does not have; put it there, or unlist it")


def _tests(folder: Path, named: Named) -> tuple[list[ListedCase], list[str]]:
    entries = list(_entries(named, "test"))
    if entries and not (folder / TEST[0]).is_dir():
        return [], [f"dataset.json lists {len(entries)} test images, and there is no folder {TEST[0]}"]
    cases = list[ListedCase]()
    for image, stated in entries:
        path = folder / image
        mask = folder / (stated or f"{TEST[1]}/{path.name}")
        if stated and not mask.exists():
            raise _absent(named, mask)
        cases.append(_case(stem_of(path), _found(path, named), mask if mask.exists() else None, "test", "predict"))
    return cases, []


def _unlisted(folder: Path, known: set[Path]) -> list[str]:
    """Return a sentence a folder on the files that dataset.json does not list."""
    remarks = list[str]()
    resolved = {path.resolve() for path in known}
    for name in (*TRAIN, *TEST):
        if (folder / name).is_dir() and any(not path.name.startswith(".") for path in (folder / name).iterdir()):
            files = scan(folder / name)
            left = [path.name for path in files.by_stem.values() if path.resolve() not in resolved]
            remarks += [f"{name}: dataset.json does not list {listed(left)}; left aside"] if left else []
    return remarks


def _alone(files: Files, named: Named) -> Images:
    found = by_case(files) if len(named.channels) > 1 or by_case(files) else None
    if found is None:
        return {stem: (path,) for stem, path in files.by_stem.items()}
    return {case: in_channels(case, one, len(named.channels)) for case, one in found.items()}


def _case(name: str, images: tuple[Path, ...], mask: Path | None, with_mask: Part, without: Part) -> ListedCase:
    return ListedCase(name, images, mask, without if mask is None else with_mask)


def _listing(folder: Path, kind: Kind, named: Named, cases: list[ListedCase], remarks: list[str]) -> Listing:
    found = in_order(folder, cases)
    return Listing(named.name, kind, found, named.labels, named.ignored, named.channels, tuple(remarks))
