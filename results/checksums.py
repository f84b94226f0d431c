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
    content = (folder / name).read_bytes()
    expected = _listed(folder).get(name)
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        raise ResultError(f"{folder / name} is damaged (not what {SUMS} lists); run the cell again with --force")
    return content


def _listed(folder: Path) -> Mapping[str, str]:
    path = folder / SUMS
    if not path.exists():
        return {}
    pairs = (line.split("  ", 1) for line in path.read_text(errors="replace").splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
