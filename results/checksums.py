"""Checksums of a run's files, in the format that ``sha256sum -c SHA256SUMS`` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from results.errors import ResultError

SUMS = "SHA256SUMS"


def listing(contents: Mapping[str, bytes]) -> bytes:
    """Return the file that lists the checksum of each content by its name below the folder."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items()))
    return "".join(lines).encode()


def read_whole(folder: Path, name: str) -> bytes:
    """Return a file's bytes; ResultError if the folder lists another checksum for it. Older folders list none."""
    path = folder / SUMS
    sums = listed(path.read_bytes()) if path.exists() else {}
    return check((folder / name).read_bytes(), sums.get(name), folder / name)


def listed(content: bytes) -> Mapping[str, str]:
    """Return the checksum of each name that a listing holds."""
    pairs = (line.split("  ", 1) for line in content.decode(errors="replace").splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def check(content: bytes, expected: str | None, what: object) -> bytes:
    """Return a content; ResultError if its checksum is another than the listed one, where one is listed."""
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        raise ResultError(f"{what} is damaged (not what {SUMS} lists); run the cell again with --force")
    return content
