"""Files from outside as modules: run from what was read of them, under names that no other version has.

A file imports what lies beside it by the usual names; ``import helper`` means the ``helper.py`` that was read with it.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from methods.origin import Origin

PREFIX = "_action_bench_outside_"
"""What the names of these modules begin with; the digest of the files follows, then a module's own name."""


def load(origin: Origin) -> ModuleType:
    """Return an origin's entry as a module that was run just now; whatever it raises is raised."""
    package = f"{PREFIX}{origin.digest}"
    finder = _FINDERS[package] = Finder(package, origin)
    if not any(isinstance(one, _Dispatch) for one in sys.meta_path):
        sys.meta_path.insert(0, _Dispatch())
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]
    return importlib.import_module(finder.module_of(origin.entry))


def is_outside(module: str) -> bool:
    """Return whether a module's name is that of a file from outside."""
    return module.startswith(PREFIX)


class Finder(importlib.abc.InspectLoader):
    """Finds and loads the modules of one origin."""

    def __init__(self, package: str, origin: Origin) -> None:
        self.package, self.origin = package, origin
        self.root = Path(origin.place)
        for _ in origin.entry.split("/"):
            self.root = self.root.parent
        self.tops = {path.split("/")[0].removesuffix(".py") for path in origin.contents}
        folders = {parent for path in origin.contents for parent in map(str, Path(path).parents)}
        self.folders = folders - {"."}

    def module_of(self, path: str) -> str:
        """Return the name of the module that a file is."""
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return f"{self.package}.{name}"

    def find(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module of the origin; None for what it has not."""
        name = fullname.removeprefix(self.package).removeprefix(".").replace(".", "/")
        path = next((one for one in (f"{name}/__init__.py", f"{name}.py") if one in self.origin.contents), None)
        if path is None and name and name not in self.folders:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, is_package=path is None or path.endswith("__init__.py"))
        if path is not None:
            spec.origin, spec.loader_state, spec.has_location = str(self.root / path), path, True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's file; a folder without one is a package all the same."""
        assert module.__spec__ is not None
        path = module.__spec__.loader_state
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self.importer}
        if path is not None:
            code = compile(self.origin.contents[path], str(self.root / path), "exec", dont_inherit=True)
            exec(code, module.__dict__)

    def get_source(self, fullname: str) -> str:
        """Return a module's text, for tracebacks and those who look at its lines."""
        spec = self.find(fullname)
        path = None if spec is None else spec.loader_state
        return "" if path is None else importlib.util.decode_source(self.origin.contents[path])

    def is_package(self, fullname: str) -> bool:
        """Return whether a module is a folder."""
        spec = self.find(fullname)
        return spec is not None and spec.submodule_search_locations is not None

    def importer(
        self,
        name: str,
        scope: Mapping[str, Any] | None = None,
        local: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        """Import as Python does, what lies beside the file under its own name there."""
        if level or name.split(".")[0] not in self.tops:
            return builtins.__import__(name, scope, local, fromlist or (), level)
        return self._beside(name, fromlist or ())

    def _beside(self, name: str, fromlist: Sequence[str]) -> ModuleType:
        full = f"{self.package}.{name}"
        try:
            imported = importlib.import_module(full)
            if not fromlist:
                return sys.modules[f"{self.package}.{name.split('.')[0]}"]
            return builtins.__import__(full, None, None, fromlist, 0) if hasattr(imported, "__path__") else imported
        except ModuleNotFoundError as error:
            if error.name is not None and error.name.startswith(f"{self.package}."):
                error.name = error.name.removeprefix(f"{self.package}.")
                error.args = (f"No module named {error.name!r}",)
            raise


class _Dispatch(importlib.abc.MetaPathFinder):
    """Asks the finder of the origin that a module's name tells."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        finder = _FINDERS.get(fullname.split(".")[0])
        return None if finder is None else finder.find(fullname)


_FINDERS: dict[str, Finder] = {}
