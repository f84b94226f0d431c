"""What an array in an .npz or .h5 file claims, checked before it is decoded: none may ask for more than it holds."""

from __future__ import annotations

import lzma
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.files import wrong_claim

UNREADABLE = (  # what numpy, h5py and nibabel raise for files that are broken or something else
    *(OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError, ArithmeticError, AttributeError),
    *(MemoryError, SyntaxError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile),
)


class NoMaskError(ValueError):
    """A file holds something else than one mask; the message goes after the file's name."""


@dataclass(frozen=True)
class Claim:
    """What a file says of an array. stored: the bytes that the file has for it; packed: whether these are packed."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    stored: int
    packed: bool

    @property
    def size(self) -> int:
        """Bytes of the array when it is read."""
        return math.prod(self.shape) * self.dtype.itemsize


def check_kind(dtype: np.dtype[Any], what: str) -> None:
    """Raise NoMaskError for an array that is not of numbers."""
    if dtype.kind not in "biuf":
        colours = ", which are colours" if dtype.names and "R" in dtype.names else ""
        raise NoMaskError(f"{what} holds values of type {dtype}{colours}; a mask holds one whole number a structure")


def check_claim(claim: Claim) -> None:
    """Raise NoMaskError for an array without voxels, with too many, or with more than its bytes can hold."""
    if wrong := wrong_claim(claim.shape, claim.dtype.itemsize, claim.stored, claim.packed):
        raise NoMaskError(wrong)
