"""Which files are images, told by the ends of their names."""

from __future__ import annotations

from pathlib import Path

from data.errors import DataError

NIFTI = (".nii.gz", ".nii")
ITK = (".nrrd", ".nhdr", ".mha", ".mhd")
PICTURES = (".png", ".bmp")
TIFF = (".tif", ".tiff")
ENDINGS = (*NIFTI, *ITK, *PICTURES, *TIFF)
DATA = (".raw", ".zraw", ".raw.gz", ".gz")  # of .nhdr and .mhd, beside them
CURES = {
    ".dcm": "convert DICOM to NIfTI, with dcm2niix",
    ".jpg": "save them as PNG from the source: JPEG changes values",
    ".jpeg": "save them as PNG from the source: JPEG changes values",
    ".img": "save the pairs of .hdr and .img as .nii.gz",
    ".npy": "save arrays as NIfTI, so that they have sizes and a place",
    ".npz": "save arrays as NIfTI, so that they have sizes and a place",
}
"""What to do with files of other kinds, by their ending."""


def ending_of(path: Path) -> str:
    """Return a name's ending in small letters; DataError for a file that is of no known kind."""
    found = known_ending(path.name)
    if found is None:
        raise DataError(unread(path))
    return found


def unread(path: Path) -> str:
    """Return in a sentence that a file is of no known kind, and what to do about it."""
    cure = CURES.get(path.suffix.lower(), "save it as one of these")
    return f"{path} is none of {', '.join(ENDINGS)}; {cure}"


def known_ending(name: str) -> str | None:
    """Return the ending of a name in small letters, or None for one that is no image's."""
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), None)


def stem_of(path: Path) -> str:
    """Return the name of an image's file without its ending."""
    return path.name[: -len(ending_of(path))]
