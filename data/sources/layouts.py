"""The three ways ACDC lies on disk, told apart by looking."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from data.errors import DataError
from data.files import listed
from data.hdf5 import read_h5, shape_h5
from data.orientation import Affine, Array, unlikely_axes
from data.sources.official import VOLUME, Official, Spacing

SLICE = re.compile(r"(patient\d{3}_frame\d{2})_slice_(\d+)")
BELOW = ("", "training", "database/training")  # where the official release has its patients
EXPECTED = (
    "volumes/patient001_frame01.h5 (pre-processed), data/patient001_frame01.h5 or data/slices/"
    "patient001_frame01_slice_1.h5 (SSL4MIS), or patient001/patient001_frame01.nii.gz (official release, also below "
    "training/ or database/training/)"
)


class Layout(Protocol):
    """A folder of volumes in one of the known forms."""

    @property
    def name(self) -> str:
        """Return what the layout is called."""
        ...

    @property
    def folder(self) -> Path:
        """Return where the files lie."""
        ...

    def volumes(self) -> Mapping[str, Sequence[Path]]:
        """Return the files of each volume, by volume name."""
        ...

    def mask_files(self, volume: str) -> Sequence[Path]:
        """Return the files that hold a volume's mask beside those."""
        ...

    def shape(self, volume: str) -> tuple[int, ...]:
        """Return the shape of a volume as its files' headers give it.

        DataError where a file, its image, its mask or a slice is missing, or where they do not lie alike.
        """
        ...

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return (slices, height, width) grey values, and the spacing in mm (slice, row, column) if files hold it."""
        ...

    def affine(self, volume: str) -> Affine | None:
        """Return where the image lies, (4, 4) from (slice, row, column) to mm; None where files don't hold it."""
        ...

    def mask(self, volume: str) -> Array:
        """Return the label values of a volume, on the grid of its image."""
        ...


@dataclass(frozen=True)
class Volumes:
    """``patientXXX_frameYY.h5`` with ``image`` and ``label``: pre-processed, without spacing."""

    name: str
    folder: Path

    def volumes(self) -> Mapping[str, Sequence[Path]]:
        """Return the file of each volume."""
        return {path.stem: [path] for path in sorted(self.folder.glob("*.h5")) if VOLUME.fullmatch(path.stem)}

    def mask_files(self, volume: str) -> Sequence[Path]:
        """Return none: the mask lies in the image's file."""
        return ()

    def shape(self, volume: str) -> tuple[int, ...]:
        """Return the shape of the array ``image``."""
        return shape_h5(self.folder / f"{volume}.h5")

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return the array ``image``."""
        return read_h5(self.folder / f"{volume}.h5", "image"), None

    def affine(self, volume: str) -> Affine | None:
        """Return None."""
        return None

    def mask(self, volume: str) -> Array:
        """Return the array ``label``."""
        return read_h5(self.folder / f"{volume}.h5", "label")


@dataclass(frozen=True)
class Slices:
    """SSL4MIS' ``slices/patientXXX_frameYY_slice_K.h5``, for volumes that lie in slices only."""

    name: str
    folder: Path

    def volumes(self) -> Mapping[str, Sequence[Path]]:
        """Return the slice files of each volume in numeric order."""
        return {volume: [path for _, path in files] for volume, files in self._numbered.items()}

    def mask_files(self, volume: str) -> Sequence[Path]:
        """Return none: each slice's mask lies in the image's file."""
        return ()

    def shape(self, volume: str) -> tuple[int, ...]:
        """Return the number of slices, and the shape of one; DataError where one is missing or unlike the others."""
        numbers = [number for number, _ in self._numbered[volume]]
        first = min(1, *(files[0][0] for files in self._numbered.values()))  # some count from 0, some from 1
        missing = sorted(set(range(first, numbers[-1])) - set(numbers))
        if missing:
            raise DataError(
                f"{self.folder} lacks slice {listed([str(number) for number in missing])} of {volume}, which has "
                f"{len(numbers)} up to {numbers[-1]}; slices are numbered from {first} without a gap"
            )
        if len(set(numbers)) < len(numbers):
            twice = next(number for number in numbers if numbers.count(number) > 1)
            raise DataError(f"{self.folder} has slice {twice} of {volume} twice; keep one of the two files")
        return self._checked(volume, {shape_h5(path) for _, path in self._numbered[volume]})

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return the slices' arrays ``image``, stacked."""
        return self._stack(volume, "image"), None

    def affine(self, volume: str) -> Affine | None:
        """Return None."""
        return None

    def mask(self, volume: str) -> Array:
        """Return the slices' arrays ``label``, stacked."""
        return self._stack(volume, "label")

    @cached_property
    def _numbered(self) -> Mapping[str, Sequence[tuple[int, Path]]]:
        found: dict[str, list[tuple[int, Path]]] = {}
        for path in self.folder.glob("*.h5"):
            match = SLICE.fullmatch(path.stem)
            if match:
                found.setdefault(match[1], []).append((int(match[2]), path))
        return {volume: sorted(files) for volume, files in sorted(found.items())}

    def _stack(self, volume: str, key: str) -> Array:
        slices = [read_h5(path, key) for _, path in self._numbered[volume]]
        self._checked(volume, {one.shape for one in slices})
        return np.stack(slices)

    def _checked(self, volume: str, shapes: set[tuple[int, ...]]) -> tuple[int, ...]:
        if len(shapes) > 1:
            raise DataError(f"{self.folder}: slices of {volume} have shapes {sorted(shapes)}; they must be equal")
        shape = (len(self._numbered[volume]), *shapes.pop())
        unlikely = unlikely_axes(shape, None)
        if unlikely:
            raise DataError(f"{self.folder}: {volume} is {unlikely}; a file holds one slice, rows by columns")
        return shape


def places(folder: Path) -> list[Layout]:
    """Return all layouts that a folder could hold."""
    return [
        Volumes("pre-processed volumes", folder / "volumes"),
        Volumes("SSL4MIS volumes", folder / "data"),
        Slices("SSL4MIS slices", folder / "data" / "slices"),
        *(Official("official release", folder / sub) for sub in BELOW),
    ]


def layout_of(folder: Path) -> Layout | None:
    """Return the layout that a folder holds, or None."""
    return next((layout for layout in places(folder) if layout.volumes()), None)
