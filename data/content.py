"""What cases hold, as digests: by them a number says which data it is of, wherever and in whatever files these lie."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from data.case import Case
from data.digest_cache import Digest, DigestCache, Stamp, stamp_of
from data.errors import DataError
from data.stream import Stream

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


class Known(NamedTuple):
    """A case by its name, with its patient, what it holds, and the version of what reads it."""

    name: str
    patient: str
    digest: Digest
    reading: str


class ImageDigest:
    """The digest of a case's grey values, all channels', their shape and spacing, made a block after the other."""

    def __init__(self, shape: tuple[int, ...], spacing: tuple[float, ...] | None) -> None:
        self._sum = hashlib.sha256()
        self._sum.update(np.asarray(shape, "<i8").data)
        self._sum.update(np.asarray(spacing or (), "<f8").data)

    def add(self, grey: npt.NDArray[np.float32]) -> None:
        """Add the next slices of a channel, or of the next one where that is whole."""
        self._sum.update(np.ascontiguousarray(grey, "<f4").data)

    def digits(self) -> str:
        """Return the digest of what was added."""
        return self._sum.hexdigest()


def image_digest(case: Case) -> str:
    """Return the digest of a case's grey values, all channels', their shape and spacing."""
    digest = ImageDigest(case.image.shape, case.spacing)
    for channel in case.channels:
        digest.add(channel)
    return digest.digits()


def digest_of(stream: Stream) -> Digest:
    """Return the digest of a case that is read a few slices at a time."""
    mask = mask_digest(stream.labels())  # first, while no channel is held
    digest = ImageDigest(stream.shape, stream.spacing)
    for channel in range(stream.channels):
        for grey in stream.grey(channel):
            digest.add(grey)
    return Digest(digest.digits(), mask)


def mask_digest(mask: npt.NDArray[np.uint8] | None) -> str:
    """Return the digest of labels and their shape; of no mask a word that is none."""
    return NO_MASK if mask is None else _sha256(np.asarray(mask.shape, "<i8"), np.ascontiguousarray(mask, "u1"))


class Digests:
    """The digests of a source's cases: made once, remembered between processes; what is read later is held to them.

    files: returns all files that a case is read from. stream: returns a case with its mask as it is read, a few slices
    at a time where its files let it. reading: the version of what reads them. way: what beside the files changes
    how a case is read, in words.
    """

    def __init__(
        self,
        files: Callable[[str], Sequence[Path]],
        stream: Callable[[str], Stream],
        cache: DigestCache,
        reading: str,
        way: Callable[[str], str] | None = None,
    ) -> None:
        self.stream, self.reading = stream, reading
        self.files, self._cache, self._way = files, cache, way
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

    def of(self, name: str) -> Digest:
        """Return a case's digest as it was when this process first looked; DataError where it can't be read."""
        if name not in self._known:
            self._look(name)
            self._cache.write()
        return self._known[name]

    def remembered(self, name: str) -> Digest | None:
        """Return a case's digest where it is known without reading the case; None where it is not."""
        return self._known.get(name) or self._cache.get(name, self.stamp(name))

    def stamp(self, name: str) -> Stamp | None:
        """Return what tells that a case is read as it was, from files that are as they were."""
        stamp, way = stamp_of(self.files(name)), "" if self._way is None else self._way(name)
        return stamp if stamp is None or not way else Stamp(f"{stamp.text} {way}", stamp.changed_ns)

    def learn(self, name: str, digest: Digest, stamp: Stamp | None, begun_ns: int) -> None:
        """Take the digest that another process made. stamp: of before it began to read, at ``begun_ns``."""
        if stamp is not None:
            self._cache.add(name, stamp, digest, begun_ns)

    def keep(self) -> None:
        """Write down what was learnt, for processes to come."""
        self._cache.write()

    def check(self, case: Case) -> Case:
        """Return a case that was read; DataError where it is another than its digest was made of, if one was."""
        known = self._known.get(case.name)
        if known is not None:
            mask = known.mask if case.mask is None else mask_digest(case.mask)
            self._hold(case.name, Digest(image_digest(case), mask))
        return case

    def _look(self, name: str) -> None:
        stamp = self.stamp(name)
        if stamp is None or stamp != self._stamps.get(name):
            self._hold(name, self._cache.get(name, stamp) or self._made(name, stamp))
            self._stamps[name] = stamp

    def _made(self, name: str, stamp: Stamp | None) -> Digest:
        """Read a case and return its digest, which is remembered by what its files were before they were read."""
        begun_ns = time.time_ns()
        made = digest_of(self.stream(name))
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
            f"case {name}: its {part} changed after this process had looked at it ({self.files(name)[0]}); leave data "
            "as they are while anything runs on them, and start the same command again: it takes what is there then"
        )


def _fingerprint(lines: Iterable[str]) -> str:
    return KIND + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _sha256(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.data)
    return digest.hexdigest()
