"""What lies in a folder: cases with their files, and what is named of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from data.errors import DataError
from data.files import check_file

Kind = Literal["nnU-Net v2", "Decathlon", "pair"]
Part = Literal["labeled", "unlabeled", "test", "predict"]
PARTS: tuple[Part, ...] = ("labeled", "unlabeled", "test", "predict")
FEWEST, MOST = 2, 60  # classes, background included
AVERAGE = "avg"
"""What records call the average over the structures, so that none may be called so."""


@dataclass(frozen=True)
class NameRules:
    """How folders and files of a plain pair are named, in any letters; each has what people call them.

    images, masks, unlabeled: names of folders. image_words, mask_words: what a file's name may begin or end with.
    channels: names of an image's channels, where no dataset.json gives them.
    """

    images: tuple[str, ...] = ("images", "image", "imgs", "img", "imagesTr")
    masks: tuple[str, ...] = (
        *("labels", "label", "masks", "mask", "segmentations", "segmentation", "segs", "seg"),
        *("annotations", "annotation", "gt", "groundtruth", "ground_truth", "labelsTr"),
    )
    unlabeled: tuple[str, ...] = ("unlabeled", "unlabelled", "imagesUn", "images_unlabeled", "images_unlabelled")
    image_words: tuple[str, ...] = ("images", "image", "img", "volume", "vol", "scan")
    mask_words: tuple[str, ...] = (
        *("mask", "masks", "segmentation", "segmentations", "seg", "label", "labels", "gt"),
        *("groundtruth", "ground_truth", "annotation", "manual"),
    )
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListedCase:
    """A case and its files: one a channel, or one that holds all.

    part: labeled has a mask; unlabeled has none and may be trained on; test has a mask that only scoring reads; predict
    has none and is never trained on. wrong: why its files, as they are named, make no case, such as a channel that is
    missing; None where nothing is.
    """

    name: str
    images: tuple[Path, ...]
    mask: Path | None
    part: Part
    wrong: str | None = None


@dataclass(frozen=True)
class Listing:
    """The cases of a folder, by part and name.

    labels: each structure's value, without background; None where no file names them. ignored: the value of what nobody
    labelled. remarks: sentences for the user.
    """

    name: str
    kind: Kind
    cases: tuple[ListedCase, ...]
    labels: Mapping[str, int] | None
    ignored: int | None
    channels: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    def of(self, *parts: Part) -> tuple[ListedCase, ...]:
        """Return the cases of some parts."""
        return tuple(case for case in self.cases if case.part in parts)


def unusable(cases: Iterable[ListedCase]) -> Mapping[str, str]:
    """Return what is wrong with the files of cases as one looks at them, before any is opened: missing, or empty."""
    found = dict[str, str]()
    for case in cases:
        try:
            check_listed(case)
            for path in (*case.images, *([] if case.mask is None else [case.mask])):
                check_file(path)
        except DataError as error:
            found[case.name] = str(error)
    return found


def check_listed(case: ListedCase) -> None:
    """Raise DataError where a case's files, as they are named, make none."""
    if case.wrong is not None:
        raise DataError(case.wrong)


def in_order(folder: Path, cases: Iterable[ListedCase]) -> tuple[ListedCase, ...]:
    """Return cases by part and name, each once: what is named twice is no case; DataError where no case has a mask."""
    found = sorted(cases, key=lambda case: (PARTS.index(case.part), case.name))
    seen, twice = dict[str, ListedCase](), dict[str, str]()
    for case in found:
        other = seen.setdefault(case.name.casefold(), case)
        if other is not case:
            where = [one.images[0].relative_to(folder) for one in (other, case)]
            twice[other.name] = (
                f"{folder}: case {case.name} is there twice, {where[0]} and {where[1]}; name each case once"
            )
    if not any(case.part == "labeled" for case in found):
        raise DataError(f"{folder}: none of its {len(found)} images has a mask; at least one must have one to train by")
    return tuple(replace(case, wrong=case.wrong or twice.get(case.name)) for case in seen.values())
