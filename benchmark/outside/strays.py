"""Modules that code from outside imports from where nobody looks: no part of a cell, though numbers hang on them."""

from __future__ import annotations

import importlib.machinery
import site
import sys
import sysconfig
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from benchmark.errors import MethodUsageError
from benchmark.outside.files import OURS
from benchmark.paths import ROOT
from methods.origin import Origin

SEEN = ("data.batch", "data.case", "data.errors", "data.source", "data.task")
"""What a method may know of the data; by what else these packages hold it could look at any mask."""
BLIND_TO = ("benchmark", "data")


def require_blind(names: Collection[str], origin: Origin) -> None:
    """Raise MethodUsageError for a module of this project by which a method could read what its batches don't hold."""
    for name in names:
        top = name.split(".")[0]
        if top in BLIND_TO and name != top and name not in SEEN and name in sys.modules:
            words = f"{Path(origin.place).name} imports {name}, by which masks can be read that no batch holds"
            raise MethodUsageError(f"{words}; a method knows its task, and the slices and masks of its batches, alone")


def require_known(names: Collection[str], origin: Origin, root: Path) -> None:
    """Raise MethodUsageError for a loaded module that is neither of the origin nor installed, of Python or of us.

    An edit of such a file would be no other cell, and no copy of it lies in a run's folder. root: the folder below
    which the origin's files lie.
    """
    own = {root / path for path in origin.contents}
    for name in names:
        file = getattr(sys.modules.get(name), "__dict__", {}).get("__file__")
        if not isinstance(file, str) or not Path(file).is_absolute():  # built in, or made in memory
            continue
        places = {Path(file), Path(file).resolve()}  # some installers link to what they keep elsewhere
        if not own & places and not any(map(is_known, places)):
            raise MethodUsageError(told(name, Path(file), origin, root))


def told(name: str, file: Path, origin: Origin, root: Path) -> str:
    """Return in words that a module's file is no part of the cell, and what would make it one."""
    return f"{name} is imported from {file}, which is no part of the cell; {_hint(file, origin, root)}"


def is_known(file: Path) -> bool:
    """Return whether a file is installed, of Python or of this project."""
    return any(file.is_relative_to(folder) for folder in _folders())


def is_installed(name: str) -> bool:
    """Return whether an installed package has a name; a module of one file counts."""
    return importlib.machinery.PathFinder.find_spec(name, list(map(str, _installed(tuple(sys.path))))) is not None


def _folders() -> Iterator[Path]:
    """Yield the folders whose files are nobody's edit from run to run."""
    yield from _installed(tuple(sys.path))
    yield from (Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
    yield from (ROOT / name for name in OURS)


def _hint(file: Path, origin: Origin, root: Path) -> str:
    """Return what would make a file part of the cell."""
    if file.suffix == ".py" and file.is_relative_to(root):
        return f"name it in an import statement of {Path(origin.place).name}"
    return f"put it beside {Path(origin.place).name}, or install it as a package that is not editable"


@lru_cache(maxsize=8)
def _installed(path: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the folders of installed packages, those that tell their distributions among them."""
    named = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    telling = [folder for folder in path if folder and next(Path(folder).glob("*.dist-info"), None) is not None]
    given = [Path(folder) for folder in [*named, *telling]]
    return tuple(dict.fromkeys([*given, *(folder.resolve() for folder in given)]))
