"""Files that code from outside opens by itself: no part of a cell, though numbers may hang on what they hold."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from benchmark.errors import MethodUsageError
from benchmark.outside.files import OURS
from benchmark.outside.strays import is_known, told
from benchmark.paths import ROOT
from methods.origin import Origin

OF_THE_SYSTEM = ("/dev", "/etc", "/lib", "/proc", "/sys", "/usr", "/var")
CACHES = ("HF_HOME", "TORCH_HOME", "XDG_CACHE_HOME")
"""Variables that name folders in which libraries keep what they fetched."""
_OURS = tuple(f"{ROOT / name}{os.sep}" for name in OURS)
_WATCHED: dict[str, tuple[Origin, Path]] = {}


def watch(origin: Origin, root: Path) -> None:
    """Raise MethodUsageError from now on where an origin's code opens a file to read it that no cell is told by.

    root: the folder below which its files lie. What libraries open for themselves, in their folders, caches and the
    system's, is let be, and so is what this project opens for a method.
    """
    if not _WATCHED:
        sys.addaudithook(_hear)  # for as long as the process lives
    _WATCHED.update({str(root / path): (origin, root) for path in origin.contents})


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if event != "open" or not _is_read(*given):
        return
    asking = _asking(sys._getframe(1))
    if asking is not None:
        _require_told(Path(os.path.realpath(os.fsdecode(given[0]))), *asking)


def _is_read(path: object, mode: str | None, flags: int) -> bool:
    """Return whether a file is opened by its path and for its content."""
    if not isinstance(path, str | bytes):  # a number that another opening gave
        return False
    return flags & os.O_ACCMODE != os.O_WRONLY if mode is None else "r" in mode or "+" in mode


def _asking(frame: FrameType | None) -> tuple[Origin, Path] | None:
    """Return whose code asks a library for a file, or opens it; None for this project's, and for no code we know."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name in _WATCHED:
            return _WATCHED[name]
        if name.startswith(_OURS):
            return None
        frame = frame.f_back
    return None


def _require_told(file: Path, origin: Origin, root: Path) -> None:
    if str(file) in _WATCHED or not file.is_file() or is_known(file) or _is_let_be(file, root):
        return
    if file.suffix == ".pyc":
        file = Path(importlib.util.source_from_cache(str(file)))
    if file.suffix == ".py":
        raise MethodUsageError(told(file.stem, file, origin, root))
    words = f"{file} is read by {Path(origin.place).name}, and is no part of the cell, whose numbers may hang on it"
    raise MethodUsageError(f"{words}; keep what it holds in a Python file beside it, and import that")


def _is_let_be(file: Path, root: Path) -> bool:
    """Return whether a file is a library's or the system's, and does not lie beside the code that asks."""
    folders = [folder for folder in _folders() if file.is_relative_to(folder)]
    return any(not (root.is_relative_to(folder) and file.is_relative_to(root)) for folder in folders)


def _folders() -> Iterator[Path]:
    yield from map(Path, (*OF_THE_SYSTEM, os.path.realpath(tempfile.gettempdir())))
    yield from (Path(os.path.realpath(os.environ[name])) for name in CACHES if os.environ.get(name))
    home = Path(os.path.realpath(Path.home()))
    yield from (home / name for name in (".cache", ".config", ".local", ".triton", ".nv"))
