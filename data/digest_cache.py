"""Digests of cases, remembered in the user's cache folder by their files' sizes and times: a second start reads none.

What is remembered is a convenience and no record: where it is missing, damaged or may not be written, cases are read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from data.writing import write_text

FORM = 1  # of the file
RACY_NS = 2_000_000_000  # a file changed as recently may change once more within one tick of its file system's clock


class Digest(NamedTuple):
    """Sixty-four hex digits each, of a case's image with its spacing, and of its mask."""

    image: str
    mask: str


@dataclass(frozen=True)
class Stamp:
    """What of files tells that they are as they were; changed_ns: when the last of them changed.

    Times of change are in it, which unlike those of modification nobody puts back (``cp -p``, ``rsync -t``).
    """

    text: str
    changed_ns: int


def stamp_of(files: Sequence[Path]) -> Stamp | None:
    """Return the stamp of some files, None where one can't be looked at."""
    try:
        found = [(path.name, path.stat()) for path in files]
    except OSError:
        return None
    lines = [f"{name} {one.st_size} {one.st_mtime_ns} {one.st_ctime_ns} {one.st_ino}" for name, one in found]
    return Stamp(_sha256("\n".join(lines)), max((one.st_ctime_ns for _, one in found), default=0))


class DigestCache:
    """One file of digests by case. version: of what reads the cases; another one's digests are none.

    Of one folder two plans, or two versions of the readers, have a file each, so that none displaces another's.
    """

    def __init__(self, path: Path | None, version: str) -> None:
        self.path, self.version = path, version
        self._lines: dict[str, list[str]] | None = None
        self._is_new = False

    def get(self, name: str, stamp: Stamp | None) -> Digest | None:
        """Return a case's digest, None where its files are others than they were or nothing is remembered."""
        if self._lines is None:
            self._lines = self._read()
        line = self._lines.get(name)
        if stamp is None or line is None or line[0] != stamp.text:
            return None
        return Digest(*line[1:])

    def add(self, name: str, stamp: Stamp, digest: Digest, begun_ns: int) -> None:
        """Remember a case's digest, unless its files changed so shortly before it was begun that they may yet."""
        if self._lines is not None and stamp.changed_ns < begun_ns - RACY_NS:
            self._lines[name] = [stamp.text, *digest]
            self._is_new = True

    def forget(self, name: str) -> None:
        """Remember a case no longer, now."""
        if self._lines is not None and self._lines.pop(name, None) is not None:
            self._is_new = True
            self.write()

    def write(self) -> None:
        """Write what is new, whole or not at all, where that is possible."""
        if self.path is None or not self._is_new:
            return
        body = json.dumps({"form": FORM, "version": self.version, "cases": self._lines})
        with suppress(OSError):
            write_text(self.path, f"{_sha256(body)}\n{body}")
            self._is_new = False

    def _read(self) -> dict[str, list[str]]:
        """Return what was remembered, nothing where the file is not what its first line says."""
        try:
            check, _, body = ("" if self.path is None else self.path.read_text(encoding="ascii")).partition("\n")
        except (OSError, ValueError):
            return {}
        if check != _sha256(body):
            return {}
        values = json.loads(body)
        if (values["form"], values["version"]) != (FORM, self.version):
            return {}
        lines: dict[str, list[str]] = values["cases"]
        return lines


def cache_of(folder: Path, version: str) -> DigestCache:
    """Return the cache of a folder that is read so: in ``$XDG_CACHE_HOME/action-bench``, else below ``~/.cache``."""
    name = f"content-{_sha256(f'{folder.resolve()}{chr(0)}{version}')[:16]}.json"
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        root = named if named.is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        return DigestCache(None, version)
    return DigestCache(root / "action-bench" / name, version)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
