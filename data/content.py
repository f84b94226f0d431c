"""What cases hold, as digests: by them a number says which data it is of, wherever and in whatever files these lie."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.case import Case
from data.digest_cache import Digest, DigestCache, Stamp, stamp_of
from data.errors import DataError

KIND = "content-"
"""What these fingerprints begin with; older ones are bare digits, over names and sizes of files."""
NO_MASK = "none"  # the digest of a mask that a case lacks


@dataclass(frozen=True)
class Content:
    """Fingerprints of what training reads (training and validation patients) and of what scoring reads (test ones)."""

    training: str
    scoring: str

    @property
    def fingerprint(self) -> str:
        """What changes when either does."""
        return _fingerprint([self.training, self.scoring])


def image_digest(case: Case) -> str:
    """Return the digest of a case's grey values, all channels', their shape and spacing."""
    spacing = np.asarray(case.spacing or (), "<f8")
    channels = (np.ascontiguousarray(channel, "<f4") for channel in case.channels)
    return _sha256(np.asarray(case.image.shape, "<i8"), spacing, *channels)


def mask_digest(mask: npt.NDArray[np.uint8] | None) -> str:
    """Return the digest of labels and their shape; of no mask a word that is none."""
    return NO_MASK if mask is None else _sha256(np.asarray(mask.shape, "<i8"), np.ascontiguousarray(mask, "u1"))


class Digests:
    """The digests of a source's cases: made once, remembered between processes; what is read later is held to them.

    files: by a case's name, all files that it is read from. read: returns a case with its mask.
    """

    def __init__(self, files: Mapping[str, Sequence[Path]], read: Callable[[str], Case], cache: DigestCache) -> None:
        self._files, self._read, self._cache = files, read, cache
        self._known: dict[str, Digest] = {}
        self._stamps: dict[str, Stamp | None] = {}

    def fingerprint(self, patients: Mapping[str, str]) -> str:
        """Return the fingerprint of cases, given by name with their patients, in whatever order.

        Files that changed since the last look in this process are read again; DataError where they hold something else.
        """
        for name in patients:
            self._look(name)
        self._cache.write()
        return _fingerprint(f"{name} {patients[name]} {' '.join(self._known[name])}" for name in sorted(patients))

    def check(self, case: Case) -> Case:
        """Return a case that was read; DataError where it is another than its digest was made of, if one was."""
        known = self._known.get(case.name)
        if known is not None:
            mask = known.mask if case.mask is None else mask_digest(case.mask)
            self._hold(case.name, Digest(image_digest(case), mask))
        return case

    def _look(self, name: str) -> None:
        stamp = stamp_of(self._files[name])
        if stamp is None or stamp != self._stamps.get(name):
            self._hold(name, self._cache.get(name, stamp) or self._made(name, stamp))
            self._stamps[name] = stamp

    def _made(self, name: str, stamp: Stamp | None) -> Digest:
        """Read a case and return its digest, which is remembered by what its files were before they were read."""
        begun_ns = time.time_ns()
        case = self._read(name)
        made = Digest(image_digest(case), mask_digest(case.mask))
        if stamp is not None:
            self._cache.add(name, stamp, made, begun_ns)
        return made

    def _hold(self, name: str, found: Digest) -> None:
        known = self._known.setdefault(name, found)
        if found == known:
            return
        self._cache.forget(name)  # should it be the memory that was wrong
        part = "mask" if found.image == known.image else "image"
        raise DataError(
            f"case {name}: its {part} changed after this process had looked at it ({self._files[name][0]}); leave data "
            "as they are while anything runs on them, and start the same command again: it takes what is there then"
        )


def _fingerprint(lines: Iterable[str]) -> str:
    return KIND + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _sha256(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.data)
    return digest.hexdigest()
