"""The files of LiTS, as the challenge and as the Decathlon release them, and which of them a case of the split is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import DataError
from data.files import listed, misnamed

COUNT = 131
DECATHLON = "Task03_Liver"
FEWEST = 99  # images, from which on a folder in the Decathlon's layout is LiTS and not somebody's own livers
NUMBER = r"(0|[1-9]\d{0,2})\.nii(?:\.gz)?"
IMAGE, MASK = re.compile(r"(?:test-)?volume-\d+"), re.compile(r"segmentation-\d+")
"""Names of the challenge's files without their ending; those of its test images have no mask."""
EXPECTED = (
    "volume-0.nii and segmentation-0.nii to volume-130.nii and segmentation-130.nii (the challenge's release, also "
    f".nii.gz, also a folder deeper, as in 'Training Batch 1'), or {DECATHLON}/imagesTr/liver_0.nii.gz and "
    f"{DECATHLON}/labelsTr/liver_0.nii.gz to liver_130.nii.gz (the Medical Segmentation Decathlon)"
)


def number_of(case: str) -> int:
    """Return the number of the volume that a case of the split is: case0001 is volume-0, case0131 volume-130.

    This is the one place that says so, and it is taken, not known: the published lists (data/splits/lits.json) name
    case0001 to case0131, the challenge's files go from 0 to 130, and nobody has published which is which. In order is
    the plain reading of both. That the Decathlon's liver_N is the challenge's volume-N is taken likewise.
    """
    return int(case.removeprefix("case")) - 1


TAKEN = "case0001 taken as number 0, which the published lists do not say"
"""What an origin tells of ``number_of``."""


@dataclass(frozen=True)
class Layout:
    """Where the files lie, by the number of their volume; two at one number are two that could be meant.

    spelled: how image and mask of a number are called, without their ending.
    """

    name: str
    folder: Path
    spelled: tuple[str, str]
    images: Mapping[int, Sequence[Path]]
    masks: Mapping[int, Sequence[Path]]

    @property
    def is_challenge(self) -> bool:
        """Whether these are the challenge's own files, with the faults of their headers."""
        return self.spelled == CHALLENGE

    def files(self, number: int) -> tuple[Path, Path]:
        """Return image and mask of a volume; DataError where one is missing, or two could be meant."""
        return self._only(self.images, number, 0), self._only(self.masks, number, 1)

    def _only(self, found: Mapping[int, Sequence[Path]], number: int, kind: int) -> Path:
        paths = found.get(number, ())
        if len(paths) == 1:
            return paths[0]
        if paths:
            raise DataError(f"{paths[0]} stands beside {paths[1]}; keep the one that is meant")
        name, other = (f"{self.spelled[k].format(number)}.nii.gz" for k in (kind, 1 - kind))
        lacking = "mask has no image" if kind == 0 else "image has no mask"
        beside = next(iter((self.masks if kind == 0 else self.images).get(number, ())), self.folder / other)
        near = misnamed(beside.parent / name) or misnamed(beside.parent / name.removesuffix(".gz"))
        raise DataError(f"{self.folder} lacks {name} (or .nii){near}: its {lacking}; each volume needs both")


CHALLENGE = ("volume-{}", "segmentation-{}")
TASK03 = ("imagesTr/liver_{}", "labelsTr/liver_{}")


def layout_of(folder: Path, least: int = 1) -> Layout | None:
    """Return the layout that a folder holds; None where it holds no pair of LiTS' names.

    least: as many images must be there in the Decathlon's layout, in which other livers may lie under the same names.
    """
    layouts = [_challenge(folder), *(_decathlon(below) for below in (folder, folder / DECATHLON))]
    found = (layout for layout in layouts if {*layout.images} & {*layout.masks})
    return next((layout for layout in found if layout.is_challenge or len(layout.images) >= least), None)


def check_files(layout: Layout, cases: Sequence[str]) -> None:
    """Raise DataError that names what is missing, or there twice, of the volumes of these cases."""
    numbers = sorted(number_of(case) for case in cases)
    missing = [number for number in numbers if number not in layout.images and number not in layout.masks]
    if missing:
        names = [layout.spelled[0].format(number) for number in missing]
        then = f", then {listed(names[1:])}" if names[1:] else ""
        raise DataError(
            f"{layout.folder} lacks {len(missing)} of LiTS' {len(numbers)} volumes, {names[0]} first{then}"
            f"{_misnamed(layout, missing[0])}; expected {EXPECTED}"
        )
    for number in numbers:
        layout.files(number)


def _misnamed(layout: Layout, number: int) -> str:
    """Return what there is of a volume under its name in other letters, as words to add."""
    folders = sorted({path.parent for paths in layout.images.values() for path in paths})
    name = Path(layout.spelled[0].format(number)).name
    said = (misnamed(folder / f"{name}{ending}") for folder in folders for ending in (".nii", ".nii.gz"))
    return next(filter(None, said), "")


def _challenge(folder: Path) -> Layout:
    places = [folder, *_below(folder)]
    return Layout(
        "official release", folder, CHALLENGE, *(_numbered(places, word) for word in ("volume", "segmentation"))
    )


def _decathlon(folder: Path) -> Layout:
    parts = (_numbered([folder / part], "liver", "_") for part in ("imagesTr", "labelsTr"))
    return Layout(f"the Decathlon's {DECATHLON}", folder, TASK03, *parts)


def _below(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith("."))


def _numbered(folders: Sequence[Path], word: str, joint: str = "-") -> Mapping[int, Sequence[Path]]:
    """Return the files of some folders that are called WORD-N, by their number; a link that leads nowhere is one."""
    match: Callable[[str], re.Match[str] | None] = re.compile(f"{word}{joint}{NUMBER}").fullmatch
    found: dict[int, list[Path]] = {}
    for folder in folders:
        for path in sorted(folder.glob(f"{word}{joint}*.nii*")):
            named = match(path.name)
            if named and int(named[1]) < COUNT:
                found.setdefault(int(named[1]), []).append(path)
    return found
