"""ACDC as the challenge releases it: NIfTI files, a folder a patient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import DataError
from data.files import misnamed
from data.nifti import ENDINGS, read_nifti, read_place
from data.orientation import Affine, Array, Place, placed, say_once, unlikely_axes

VOLUME = re.compile(r"(patient\d{3})_frame\d{2}")
Spacing = tuple[float, float, float] | None


@dataclass(frozen=True)
class Official:
    """The challenge's release: ``patientNNN/patientNNN_frameNN.nii.gz`` and ``..._gt.nii.gz``, with spacing.

    Files may be ``.nii`` as well.
    """

    name: str
    folder: Path

    def volumes(self) -> Mapping[str, Sequence[Path]]:
        """Return the image file of each volume; the 4-D series and the masks are none."""
        names = (_stem(path) for ending in ENDINGS for path in self.folder.glob(f"patient*/patient*_frame*{ending}"))
        return {
            name: [self._path(name)]
            for name in sorted({name.removesuffix("_gt") for name in names})
            if _is_volume(name)
        }

    def mask_files(self, volume: str) -> Sequence[Path]:
        """Return the mask's file."""
        return [self._path(f"{volume}_gt")]

    def shape(self, volume: str) -> tuple[int, ...]:
        """Return the image's shape; DataError where its mask is missing or lies elsewhere."""
        for name, lacking in ((volume, "mask has no image"), (f"{volume}_gt", "image has no mask")):
            path = self._path(name)
            if not path.exists() and not path.is_symlink():
                raise DataError(f"{path} is missing{misnamed(path)}: its {lacking}; each frame needs both")
        image, mask = self._place(volume), self._place(f"{volume}_gt")
        placed(np.broadcast_to(np.uint8(0), mask.shape), mask, image, volume)
        return image.shape

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return the image in (slices, height, width) and its spacing in the same order."""
        values, place = read_nifti(self._path(volume))
        return values, _of_a_volume(self._told(place))

    def affine(self, volume: str) -> Affine | None:
        """Return the image's affine."""
        return self._place(volume).affine

    def mask(self, volume: str) -> Array:
        """Return the mask in (slices, height, width), in the order of its image's axes."""
        values, place = read_nifti(self._path(f"{volume}_gt"))
        return placed(values, place, self._place(volume), volume)

    def _place(self, name: str) -> Place:
        """Return where a file's voxels lie; DataError where the slices are not its third axis."""
        path = self._path(name)
        place = self._told(read_place(path))
        unlikely = None if name.endswith("_gt") else unlikely_axes(place.shape, place.spacing)
        if unlikely:
            raise DataError(f"{path} is {unlikely}; save image and mask with the slices as the file's third axis")
        return place

    def _told(self, place: Place) -> Place:
        if place.remark:
            say_once(self.folder, place.remark)
        return place

    def _path(self, name: str) -> Path:
        """Return a file by its name without ending; DataError where two files could be meant."""
        stem = self.folder / name.split("_")[0] / name
        found = [path for path in (Path(f"{stem}{ending}") for ending in ENDINGS) if path.exists() or path.is_symlink()]
        if len(found) > 1:
            raise DataError(f"{found[0]} stands beside {found[1].name}; keep the one that is meant")
        return found[0] if found else Path(f"{stem}{ENDINGS[0]}")


def _stem(path: Path) -> str:
    return next(path.name.removesuffix(ending) for ending in ENDINGS if path.name.endswith(ending))


def _is_volume(name: str) -> bool:
    return VOLUME.fullmatch(name) is not None


def _of_a_volume(place: Place) -> Spacing:
    if place.spacing is None or len(place.spacing) != 3:
        return None
    along, down, across = place.spacing
    return along, down, across
