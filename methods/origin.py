"""Whose a method or backbone is that lies outside this repository: its files, as they were read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

DIGITS = 16


@dataclass(frozen=True)
class Origin:
    """Files from outside, by path below their folder, which are the code of one method or backbone.

    name: of its file, or of its package with the version. entry: the file that is run. place: where that was found.
    """

    name: str
    entry: str
    place: str
    contents: Mapping[str, bytes]

    @property
    def is_file(self) -> bool:
        """Whether it is a file by its path, and not of an installed package."""
        return self.name == self.entry.split("/")[-1]

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The digest of each file by its path."""
        return {path: digest_of(content) for path, content in sorted(self.contents.items())}

    @cached_property
    def digest(self) -> str:
        """One digest of all the files, by path and content, wherever they lie."""
        lines = "".join(f"{path} {digest}\n" for path, digest in self.files.items())
        return hashlib.sha256(f"{self.entry}\n{lines}".encode()).hexdigest()[:DIGITS]


def digest_of(content: bytes) -> str:
    """Return the digest of a file with line ends as everywhere."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")).hexdigest()[:DIGITS]
