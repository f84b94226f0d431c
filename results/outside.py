"""What a run's folder and record hold of code from outside this repository: which files, and a copy of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = "outside"
"""In a run's folder: a copy of the files, in a folder a role."""
METHOD = "method"
BACKBONE = "backbone-"
"""Roles: the method, or this with a backbone's name."""
LARGEST_MIB = 1
"""Of the files of a role, beyond which no copy is kept."""


class Outside(BaseModel):
    """Code from outside in a record. name: of its file, or its package with the version; digest: of all its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: str


def named(role: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return files by their names below a run's folder."""
    return {f"{FOLDER}/{role}/{path}": digest for path, digest in files.items()}


def is_outside(path: str) -> bool:
    """Return whether a file of a run's code, by its name in code.json, is from outside."""
    return path.startswith(f"{FOLDER}/")


def copied(folder: Path, role: str) -> dict[str, bytes]:
    """Return the copy that a run's folder holds of the files of a role; {} where it holds none."""
    root = folder / FOLDER / role
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
