"""Which files a file from outside is made of: itself and what it imports beside it, read once and found unrun."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from benchmark.errors import MethodUsageError
from methods.origin import Origin
from results.imports import modules

OURS = frozenset(("benchmark", "data", "methods", "reports", "results", "shell"))
"""Packages that are never looked for beside a file, as are those of the standard library."""
PREFIX = "_action_bench_outside_"
"""What the names of modules of such files begin with; the digest of the files follows, then a module's own name."""


def names_file(word: str) -> bool:
    """Return whether a method is named by a path rather than by its name."""
    return word.endswith(".py") or "/" in word or "\\" in word


def origin_of_file(path: Path, given: str) -> Origin:
    """Return a file with what it imports beside it; MethodUsageError where it is not there or can't be read.

    given: the path as the user wrote it, for messages.
    """
    found = _resolved(path, given)
    if found.is_dir():
        raise MethodUsageError(f"{given} is a folder; name the file in it that holds the method")
    if not found.is_file():
        raise MethodUsageError(f"{given} does not exist; name a Python file that holds a method, or a registered one")
    if found.suffix != ".py":
        raise MethodUsageError(f"{given} is no Python file (.py); name one that holds a method")
    root = root_of(found)
    entry = found.relative_to(root).as_posix()
    return Origin(found.name, entry, str(found), _closure(root, entry, None))


def _resolved(path: Path, given: str) -> Path:
    try:
        found = path.expanduser().resolve()
        found.stat()
    except FileNotFoundError:
        return path.expanduser().resolve()  # which is told as not there
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself, a ~user that nobody is, a NUL
        words = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise MethodUsageError(f"{given!a} can't be a file ({words}); name a Python file that holds a method") from None
    return found


def origin_of_package(name: str, folder: Path, file: Path) -> Origin:
    """Return a file of an installed package with what it imports of that package. folder: the one that holds it."""
    entry = file.relative_to(folder).as_posix()
    return Origin(name, entry, str(file), _closure(folder, entry, {entry.split("/")[0].removesuffix(".py")}))


def root_of(file: Path) -> Path:
    """Return the folder that the files are named from: a file's own, or the one that holds its package."""
    folder = file.parent
    while "." not in folder.name and (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def is_local(module: str, tops: Collection[str] | None) -> bool:
    """Return whether a module may lie beside the file: of these packages alone where they are given."""
    top = module.split(".")[0]
    return top in tops if tops is not None else top not in OURS and top not in sys.stdlib_module_names


def _closure(root: Path, entry: str, tops: Collection[str] | None) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    bases = bases_of(entry) if tops is None else [""]
    waiting = [entry, *_packages(root, entry)]
    while waiting:
        path = waiting.pop()
        if path in contents:
            continue
        contents[path] = _read(root / path)
        for module in modules(contents[path], path):
            if module and is_local(module, tops):
                waiting += _found(root, bases, module, path)
    return contents


def bases_of(entry: str) -> list[str]:
    """Return where what a file imports is looked for, by the beginnings of paths: beside it, then beside its package.

    So it is for Python where the file is run in its folder, and where its package is imported.
    """
    return list(dict.fromkeys([entry[: -len(entry.split("/")[-1])], ""]))


def _found(root: Path, bases: Sequence[str], module: str, importing: str) -> list[str]:
    """Return the files that importing a module runs, from the first place that has it; a file never imports itself."""
    for base in bases:
        files = list(_files_of(root, base, module))
        if files and files != [importing]:
            return files
    return []


def _packages(root: Path, path: str) -> Iterator[str]:
    """Yield the packages that importing a file runs first."""
    parts = path.split("/")[:-1]
    names = ("/".join([*parts[:count], "__init__.py"]) for count in range(1, len(parts) + 1))
    yield from (name for name in names if (root / name).is_file())


def _files_of(root: Path, base: str, module: str) -> Iterator[str]:
    """Yield the files below a place that importing a module runs; none for what lies elsewhere."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        name = base + "/".join(parts[:count])
        both = (f"{name}/__init__.py", f"{name}.py")  # Python takes the first that is there
        yield from [path for path in both if (root / path).is_file()][:1]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MethodUsageError(f"{path} cannot be read ({error.strerror})") from None
