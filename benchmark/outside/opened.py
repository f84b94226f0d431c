"""Files that code from outside opens by itself: no part of a cell, though numbers may hang on what they hold."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from benchmark.errors import MethodUsageError
from benchmark.outside.files import OURS, PREFIX
from benchmark.outside.strays import is_known, told
from benchmark.paths import ROOT
from methods.origin import Origin

SYSTEM = ("bin", "include", "lib", "lib32", "lib64", "libexec", "local", "share")
OF_THE_SYSTEM = (
    *("/bin", "/dev", "/etc", "/lib", "/lib64", "/nix", "/proc", "/run", "/sys", "/var/cache", "/var/lib"),
    *(f"/usr/{name}" for name in SYSTEM),
    *("/Library", "/System", "/opt/homebrew"),
)
CACHES = (
    *("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TORCH_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
    *("MPLCONFIGDIR", "NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "TORCH_EXTENSIONS_DIR", "TRITON_CACHE_DIR"),
)
"""Variables that name folders in which libraries keep what they fetched, made or are set to."""
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
        _require_told(os.fsdecode(given[0]), *asking)


def _is_read(path: object, mode: str | None, flags: int) -> bool:
    """Return whether a file is opened by its path and for the content that it has."""
    if not isinstance(path, str | bytes | os.PathLike):  # a number that another opening gave
        return False
    if mode is None:
        return flags & os.O_ACCMODE != os.O_WRONLY and not flags & os.O_TRUNC
    return "r" in mode or ("+" in mode and "w" not in mode)


def _asking(frame: FrameType | None) -> tuple[Origin, Path] | None:
    """Return whose code asks a library for a file, or opens it; None for this project's, and for no code we know.

    A data set of the same package is the same files, and imported as any package is: its images are its own to read.
    """
    while frame is not None:
        name = frame.f_code.co_filename
        if name in _WATCHED and str(frame.f_globals.get("__name__")).startswith(PREFIX):
            return _WATCHED[name]
        if name.startswith(_OURS):
            return None
        frame = frame.f_back
    return None


def _require_told(opened: str, origin: Origin, root: Path) -> None:
    found = _source(Path(os.path.realpath(opened)))
    link = Path(os.path.normpath(Path(opened).absolute()))  # some installers link to what they keep elsewhere
    known = is_known(found) or is_known(link) or _is_let_be(found, root)
    if known or str(found) in _WATCHED or not found.is_file():
        return
    if found.suffix == ".py":
        name = found.parent.name if found.stem == "__init__" else found.stem
        raise MethodUsageError(told(name, found, origin, root))
    words = f"{found} is read by {Path(origin.place).name}, and is no part of the cell, whose numbers may hang on it"
    raise MethodUsageError(f"{words}; keep what it holds in a Python file beside it, and import that")


def _source(file: Path) -> Path:
    """Return the text of which a file is the compiled code, a file itself where it is none or has no text."""
    if file.suffix != ".pyc":
        return file
    try:
        source = Path(importlib.util.source_from_cache(str(file)))
    except ValueError:  # lies beside no text
        return file
    return source if source.is_file() else file


def _is_let_be(file: Path, root: Path) -> bool:
    """Return whether a file is a library's or the system's, and does not lie beside the code that asks."""
    if file.parent.name == "__pycache__" and file.suffix != ".pyc":  # what a library compiled of a file's text
        return True
    folders = [folder for folder in _folders() if file.is_relative_to(folder)]
    return any(not (root.is_relative_to(folder) and file.is_relative_to(root)) for folder in folders)


def _folders() -> Iterator[Path]:
    shared = Path(os.path.realpath(tempfile.gettempdir()))
    yield shared
    yield from map(Path, OF_THE_SYSTEM)
    yield from shared.glob("torchinductor_*")  # also where the code that asks lies in the folder of temporary files
    yield from (Path(os.path.realpath(one)) for one in {sys.prefix, sys.base_prefix, sys.exec_prefix})
    yield from (Path(os.path.realpath(os.environ[name])) for name in CACHES if os.environ.get(name))
    with suppress(RuntimeError):  # of who has no home
        yield from Path(os.path.realpath(Path.home())).glob(".[!.]*")  # hidden ones: caches, settings, tools
