"""A shard: the slices of one case on one grid in a file, its masks in another, and a seal that tells of both.

It is named by what it is of: what the case holds, what reads it, the grid, and what makes slices. Of anything else it
is another shard. The seal is written last, so that what has none is not there yet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy
import torch

from data.content import Known
from data.grid import Grid

FORM = 1  # of the files and the seal
LARGEST_HEADER = 4096  # bytes of an array's file before its first row
BLOCK = 2**20


@dataclass(frozen=True)
class Seal:
    """What a shard's files hold. shape: of the images, (n, C, S, S). masks: SHA-256 of their file, None without one.

    case: the name of one that it was made of; another with the same content has the same shard. stretch, partial: as of
    ``data.pool.Fitted``.
    """

    case: str
    shape: tuple[int, int, int, int]
    stretch: float
    partial: bool
    images: str
    masks: str | None


@dataclass(frozen=True)
class Shard:
    """Where a shard lies, or would."""

    folder: Path
    key: str

    @property
    def images(self) -> Path:
        """The file of the slices, as NumPy writes an array: float32 (n, C, S, S)."""
        return self.folder / f"{self.key}.images.npy"

    @property
    def masks(self) -> Path:
        """The file of the masks: uint8 (n, S, S)."""
        return self.folder / f"{self.key}.masks.npy"

    @property
    def seal(self) -> Path:
        """The file of the seal."""
        return self.folder / f"{self.key}.json"


def shard_of(folder: Path, known: Known, grid: Grid) -> Shard:
    """Return the shard of a case in a grid's folder."""
    about = [FORM, made_with(), known.reading, asdict(grid), *known.digest]
    text = json.dumps(about, sort_keys=True, separators=(",", ":"))
    return Shard(folder, hashlib.sha256(text.encode()).hexdigest()[:32])


def made_with() -> str:
    """Return the versions of what scales and resizes slices, as far as numbers are expected to change with them."""
    return " ".join(".".join(one.__version__.split(".")[:2]) for one in (torch, np, scipy))


def read_seal(shard: Shard) -> Seal | None:
    """Return a shard's seal; None where there is none that can be read."""
    try:
        values = json.loads(shard.seal.read_text(encoding="utf-8"))
        count, channels, height, width = (int(side) for side in values["shape"])
        shape = count, channels, height, width
        return Seal(
            str(values["case"]),
            shape,
            float(values["stretch"]),
            bool(values["partial"]),
            str(values["images"]),
            None if values["masks"] is None else str(values["masks"]),
        )
    except (OSError, ValueError, RecursionError, TypeError, KeyError):
        return None


def written(seal: Seal) -> str:
    """Return a seal as the text of its file."""
    return json.dumps({"form": FORM, "made_with": made_with(), **asdict(seal)}, indent=1) + "\n"


def is_whole(shard: Shard, seal: Seal) -> bool:
    """Return whether a shard lies there already, with this seal and what it tells of."""
    try:
        masks = None if seal.masks is None else checksum(shard.masks)
        return read_seal(shard) == seal and (checksum(shard.images), masks) == (seal.images, seal.masks)
    except OSError:
        return False


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
