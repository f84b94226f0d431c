"""The three ways ACDC lies on disk, told apart by looking."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from data.errors import DataError

VOLUME = re.compile(r"(patient\d{3})_frame\d{2}")
SLICE = re.compile(r"(patient\d{3}_frame\d{2})_slice_(\d+)")
Spacing = tuple[float, float, float] | None
Array = npt.NDArray[np.generic]


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

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return (slices, height, width) grey values, and the spacing in mm (slice, row, column) if files hold it."""
        ...

    def mask(self, volume: str) -> Array:
        """Return the label values of a volume, in the shape of its image."""
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

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return the data set ``image``."""
        return read_h5(self.folder / f"{volume}.h5", "image"), None

    def mask(self, volume: str) -> Array:
        """Return the data set ``label``."""
        return read_h5(self.folder / f"{volume}.h5", "label")


@dataclass(frozen=True)
class Slices:
    """SSL4MIS' ``slices/patientXXX_frameYY_slice_K.h5``, for volumes that lie in slices only."""

    name: str
    folder: Path

    def volumes(self) -> Mapping[str, Sequence[Path]]:
        """Return the slice files of each volume in numeric order."""
        found: dict[str, list[tuple[int, Path]]] = {}
        for path in self.folder.glob("*.h5"):
            match = SLICE.fullmatch(path.stem)
            if match:
                found.setdefault(match[1], []).append((int(match[2]), path))
        return {volume: [path for _, path in sorted(files)] for volume, files in sorted(found.items())}

    def mask_files(self, volume: str) -> Sequence[Path]:
        """Return none: each slice's mask lies in the image's file."""
        return ()

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return the slices' ``image`` data sets, stacked."""
        return self._stack(volume, "image"), None

    def mask(self, volume: str) -> Array:
        """Return the slices' ``label`` data sets, stacked."""
        return self._stack(volume, "label")

    def _stack(self, volume: str, key: str) -> Array:
        slices = [read_h5(path, key) for path in self.volumes()[volume]]
        shapes = {one.shape for one in slices}
        if len(shapes) > 1:
            raise DataError(f"{self.folder}: slices of {volume} have shapes {sorted(shapes)}; they must be equal")
        return np.stack(slices)


@dataclass(frozen=True)
class Official:
    """The challenge's release: ``patientNNN/patientNNN_frameNN.nii.gz`` and ``..._gt.nii.gz``, with spacing."""

    name: str
    folder: Path

    def volumes(self) -> Mapping[str, Sequence[Path]]:
        """Return the image file of each volume; the 4-D series and the masks are none."""
        paths = sorted(self.folder.glob("patient*/patient*_frame*.nii.gz"))
        named = ((path.name.removesuffix(".nii.gz"), path) for path in paths)
        return {name: [path] for name, path in named if VOLUME.fullmatch(name)}

    def mask_files(self, volume: str) -> Sequence[Path]:
        """Return the mask's file."""
        return [self._path(f"{volume}_gt")]

    def image(self, volume: str) -> tuple[Array, Spacing]:
        """Return the image in (slices, height, width) and its header's spacing in the same order."""
        return _read_nifti(self._path(volume))

    def mask(self, volume: str) -> Array:
        """Return the mask in (slices, height, width)."""
        return _read_nifti(self._path(f"{volume}_gt"))[0]

    def _path(self, name: str) -> Path:
        return self.folder / name.split("_")[0] / f"{name}.nii.gz"


def layout_of(folder: Path) -> Layout | None:
    """Return the layout that a folder holds, or None."""
    candidates: list[Layout] = [
        Volumes("pre-processed volumes", folder / "volumes"),
        Volumes("SSL4MIS volumes", folder / "data"),
        Slices("SSL4MIS slices", folder / "data" / "slices"),
        *(Official("official release", folder / sub) for sub in ("", "training", "database/training")),
    ]
    return next((layout for layout in candidates if layout.volumes()), None)


def read_h5(path: Path, key: str) -> Array:
    """Return one data set of an HDF5 file, or raise DataError naming the file."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if key not in file:
                other = "an image without a mask" if key == "label" else "a mask without an image"
                raise DataError(f"{path} holds {other}: it has {sorted(file)}, expected 'image' and 'label'")
            values: Array = file[key][()]
            return values
    except OSError as error:
        raise DataError(f"{path} cannot be read as HDF5 ({_reason(error)}); copy it again from its source") from None


def _read_nifti(path: Path) -> tuple[Array, Spacing]:
    import nibabel

    try:
        file: Any = nibabel.load(path)
        values: Array = np.asanyarray(file.dataobj).transpose(2, 1, 0)
    except FileNotFoundError:
        raise DataError(f"{path} is missing: its image has no mask; each frame needs both") from None
    except (nibabel.filebasedimages.ImageFileError, OSError, EOFError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a 3-D NIfTI file ({_reason(error)}); download it again") from None
    across, down, along = (float(size) for size in file.header.get_zooms()[:3])
    return values, (along, down, across)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:120]
