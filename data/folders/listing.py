"""What lies in a folder of images and masks: its cases, by the conventions that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from data.errors import DataError
from data.files import listed, seen_in
from data.folders.endings import stem_of
from data.folders.files import BESIDE, by_channel, image_files, masks_in, same_stem
from data.folders.images import is_flat
from data.folders.names import label_values

Part = Literal["labeled", "unlabeled", "test", "predict"]
MASK_FOLDERS = ("labels", "masks", "segmentations", "annotations", "labelsTr")
IMAGE_FOLDERS = ("images", "imagesTr")
BARE_FOLDERS = ("unlabeled", "unlabelled", "imagesUn")
DATASET = "dataset.json"
EXPECTED = (
    "imagesTr/CASE_0000.nii.gz, labelsTr/CASE.nii.gz and dataset.json (nnU-Net), the lists of dataset.json "
    "(Decathlon), or images/CASE.png beside labels/CASE.png or masks/CASE.png"
)


@dataclass(frozen=True)
class ListedCase:
    """A case of a folder: a file a channel, and its mask.

    part: ``labeled`` has a mask, ``unlabeled`` has none and trains, ``test`` is what the folder itself sets apart with
    masks, ``predict`` without, which nothing trains on.
    """

    name: str
    images: tuple[Path, ...]
    mask: Path | None
    part: Part


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    kind: the convention, in words. labels: each structure's value; None where no file names them. ignored: the value of
    voxels that nobody labelled. channels: their names, none where nothing names them. channels_in_file: whether a
    file's fourth axis are channels. planar: whether cases are single slices.
    """

    folder: Path
    name: str
    kind: str
    cases: tuple[ListedCase, ...]
    labels: Mapping[str, int] | None = None
    ignored: int | None = None
    channels: tuple[str, ...] = ()
    channels_in_file: bool = False
    planar: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def masked(self) -> list[ListedCase]:
        """Cases that have a mask."""
        return [case for case in self.cases if case.mask is not None]


def list_folder(folder: Path) -> Listing:
    """Return what a folder holds; DataError says what was seen and what is expected."""
    if not folder.is_dir():
        raise DataError(f"{folder} {seen_in(folder)}; expected a folder of {EXPECTED}")
    about = _about(folder)
    if about is None:
        found = _pair(folder)
    else:
        found = (_decathlon if isinstance(about.get("training"), list) else _nnunet)(folder, about)
    return _checked(found)


def _about(folder: Path) -> Mapping[str, Any] | None:
    path = folder / DATASET
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON ({error}); mend it, or remove it") from None
    if not isinstance(values, dict):
        raise DataError(f"{path} holds no table of names; expected channel_names, labels and file_ending")
    return values


def _nnunet(folder: Path, about: Mapping[str, Any]) -> Listing:
    """Return the cases of nnU-Net's raw layout: CASE_0000, a file a channel."""
    path = folder / DATASET
    labels, ignored = label_values(about.get("labels"), path)
    channels = _channels(about.get("channel_names", about.get("modality")), path)
    ending = about.get("file_ending")
    files = image_files(folder / "imagesTr")
    if ending is not None and not any(one.name.endswith(str(ending)) for one in files):
        raise DataError(f"{path} says file_ending {ending!r}, and {folder / 'imagesTr'} {seen_in(folder / 'imagesTr')}")
    masks, held = masks_in(folder / "labelsTr"), masks_in(folder / "labelsTs")
    trained = by_channel(folder / "imagesTr", files, len(channels))
    cases = [*_joined(trained, masks, "labeled", "unlabeled")]
    for name, own, part in (("imagesUn", {}, "unlabeled"), ("imagesTs", held, "predict")):
        if (folder / name).is_dir():
            found = by_channel(folder / name, image_files(folder / name), len(channels))
            cases += _joined(found, own, "test", part)  # type: ignore[arg-type]
    _check_masks(masks, cases, folder / "labelsTr")
    _check_masks(held, cases, folder / "labelsTs")
    return Listing(folder, _name(folder, about), "nnU-Net's layout", tuple(cases), labels, ignored, channels)


def _decathlon(folder: Path, about: Mapping[str, Any]) -> Listing:
    """Return the cases that the Decathlon's lists name; several channels are a file's fourth axis."""
    path = folder / DATASET
    labels, ignored = label_values(about.get("labels"), path)
    channels = _channels(about.get("modality", about.get("channel_names")), path)
    cases: list[ListedCase] = []
    for entry in about["training"]:
        if not isinstance(entry, dict) or not {"image", "label"} <= {*entry}:
            raise DataError(f"{path}: {entry!r} in training; expected an image and a label")
        image = _there(folder, entry["image"], path)
        cases.append(ListedCase(stem_of(image), (image,), _there(folder, entry["label"], path), "labeled"))
    for entry in about.get("test", []):
        image = _there(folder, entry["image"] if isinstance(entry, dict) else entry, path)
        cases.append(ListedCase(stem_of(image), (image,), None, "predict"))
    known = {case.images[0].resolve() for case in cases}
    for name in ("imagesTr", *BARE_FOLDERS):
        found = image_files(folder / name) if (folder / name).is_dir() else []
        others = (one for one in found if one.resolve() not in known)
        cases += [ListedCase(stem_of(one), (one,), None, "unlabeled") for one in others]
    kind, several = "the Decathlon's layout", len(channels) > 1
    return Listing(folder, _name(folder, about), kind, tuple(cases), labels, ignored, channels, several)


def _pair(folder: Path) -> Listing:
    """Return the cases of a folder of images beside one of masks; an image without a mask is unlabelled."""
    images = _one_of(folder, IMAGE_FOLDERS)
    masks = _one_of(folder, MASK_FOLDERS)
    if images is None or masks is None:
        lacking = "images" if images is None else "masks"
        raise DataError(f"{folder} {seen_in(folder)}, and no folder of {lacking}; expected {EXPECTED}")
    files, found = image_files(images), masks_in(masks)
    channels = 1
    numbered = {re.sub(r"_\d{4}$", "", stem_of(one)) for one in files}
    if all(BESIDE.fullmatch(stem_of(one)) for one in files) and numbered & {*found}:
        channels = max(int(stem_of(one)[-4:]) for one in files) + 1
        grouped = by_channel(images, files, channels)
    else:
        grouped = {name: (path,) for name, path in same_stem(files, images).items()}
    cases = _joined(grouped, found, "labeled", "unlabeled")
    for name in BARE_FOLDERS:
        if (folder / name).is_dir():
            bare = image_files(folder / name)
            others = (
                by_channel(folder / name, bare, channels)
                if channels > 1 or _is_numbered(bare, grouped)
                else {key: (path,) for key, path in same_stem(bare, folder / name).items()}
            )
            cases += _joined(others, {}, "unlabeled", "unlabeled")
    _check_masks(found, cases, masks)
    return Listing(folder, folder.resolve().name, f"{images.name}/ beside {masks.name}/", tuple(cases))


def _is_numbered(bare: Sequence[Path], grouped: Mapping[str, tuple[Path, ...]]) -> bool:
    """Return whether image files are CASE_0000 here as they are beside the masks."""
    first = next(iter(grouped.values()))[0]
    return stem_of(first) not in grouped and all(BESIDE.fullmatch(stem_of(one)) for one in bare)


def _one_of(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _name(folder: Path, about: Mapping[str, Any]) -> str:
    return str(about.get("name") or re.sub(r"^(Dataset\d+|Task\d+)_", "", folder.resolve().name))


def _channels(names: Any, path: Path) -> tuple[str, ...]:
    """Return the channels' names, in their numbers' order."""
    if not isinstance(names, dict) or not names:
        raise DataError(f"{path} names no channels; expected channel_names, such as {{'0': 'MRI'}}")
    if sorted(map(str, names)) != sorted(map(str, range(len(names)))):
        raise DataError(f"{path}: channels are numbered {', '.join(map(str, names))}; expected 0, 1 and so on")
    return tuple(str(names[str(number)]) for number in range(len(names)))


def _there(folder: Path, name: Any, path: Path) -> Path:
    found = folder / str(name)
    if found.is_file():
        return found
    raise DataError(f"{path} lists {name}, and {found} {seen_in(found)}; put the file there, or take it off the list")


def _joined(
    images: Mapping[str, tuple[Path, ...]], masks: Mapping[str, Path], with_mask: Part, without: Part
) -> list[ListedCase]:
    return [
        ListedCase(name, files, masks.get(name), with_mask if name in masks else without)
        for name, files in sorted(images.items())
    ]


def _check_masks(masks: Mapping[str, Path], cases: Sequence[ListedCase], folder: Path) -> None:
    lone = sorted({*masks} - {case.name for case in cases if case.mask is not None})
    if lone:
        name = masks[lone[0]].name
        raise DataError(f"{folder} holds {name}, a mask without an image; put its image there, or remove it")


def _checked(found: Listing) -> Listing:
    """Return a listing with whether its cases are single slices; DataError where names or kinds don't agree."""
    seen: dict[str, ListedCase] = {}
    for case in found.cases:
        other = seen.setdefault(case.name.lower(), case)
        if other is not case:
            two = " and ".join(str(one.images[0].relative_to(found.folder)) for one in (other, case))
            raise DataError(f"{found.folder} holds {two}, both of case {case.name}; a case has one image a channel")
    if not found.masked:
        raise DataError(f"{found.folder} {seen_in(found.folder)}, and no mask of an image; expected {EXPECTED}")
    flat = [case.name for case in found.cases if is_flat(case.images[0])]
    if flat and len(flat) < len(found.cases):
        volume = next(case.name for case in found.cases if case.name not in {*flat})
        raise DataError(
            f"{found.folder} holds single slices ({listed(sorted(flat))}) beside volumes ({volume}); expected one kind"
        )
    return replace(found, planar=bool(flat))
