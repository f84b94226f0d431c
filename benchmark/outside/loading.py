"""Files from outside as modules: run from what was read of them, under names that no other version has.

A file imports what lies beside it by the usual names; ``import helper`` means the ``helper.py`` that was read with it.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmark.outside.files import PREFIX, bases_of, is_local
from benchmark.outside.opened import watch
from benchmark.outside.strays import is_installed, require_blind, require_known
from methods.origin import Origin


def load(origin: Origin) -> ModuleType:
    """Return an origin's entry as a module that was run just now; whatever it raises is raised."""
    package = f"{PREFIX}{origin.digest}"
    finder = _FINDERS[package] = Finder(package, origin)
    if not any(isinstance(one, _Dispatch) for one in sys.meta_path):
        sys.meta_path.insert(0, _Dispatch())
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]
    watch(origin, finder.root)
    before = set(sys.modules)
    module = importlib.import_module(finder.module_of(origin.entry))
    require_known([name for name in list(sys.modules) if name not in before], origin, finder.root)
    return module


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
        self.paths = {self.module_of(path): path for path in sorted(origin.contents)}  # __init__.py last
        self.bases = bases_of(origin.entry) if origin.is_file else [""]
        self.known: set[str] = set()
        self.importlib = ModuleType("importlib", importlib.__doc__)
        self.importlib.__dict__.update(import_module=self.import_module, __getattr__=partial(getattr, importlib))
        folders = {parent for path in origin.contents for parent in map(str, Path(path).parents)}
        self.folders = folders - {"."}

    def module_of(self, path: str) -> str:
        """Return the name of the module that a file is; a dot in the file's own name is none between modules."""
        name = path.removesuffix(".py").removesuffix("/__init__").replace(".", "_dot_").replace("/", ".")
        return f"{self.package}.{name}"

    def find(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module of the origin; None for what it has not."""
        name = fullname.removeprefix(self.package).removeprefix(".").replace(".", "/")
        path = self.paths.get(fullname)
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
        full = None if level else self._beside(name, (scope or {}).get("__name__", ""))
        if full is not None:
            return self._import(name, full, fromlist or ())
        module = builtins.__import__(name, scope, local, fromlist or (), level)
        if not level:
            self._require_known(name, *(f"{name}.{one}" for one in fromlist or ()))
        return self.importlib if module is importlib else module

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """Import as ``importlib.import_module`` does, what lies beside the file under its own name there."""
        full = self._beside(name, "")
        if full is not None:
            return self._import(name, full, ("",))
        with self._telling():
            module = importlib.import_module(name, package)
        self._require_known(module.__name__)
        return module

    def _beside(self, name: str, importing: str) -> str | None:
        """Return the full name of a module that lies beside the file or its package, None for one that does not.

        importing: the full name of the module that asks, which never means itself.
        """
        top = name.split(".")[0]
        if self.origin.is_file and not is_local(top, None):
            return None
        for base in self.bases:
            place = f"{base}{top}"
            full = self.module_of(place)
            if place in self.folders or (full in self.paths and full != importing and not self._is_anothers(full, top)):
                return f"{full}{name[len(top) :]}"
        return None

    def _is_anothers(self, full: str, top: str) -> bool:
        """Return whether the file that is run is called as an installed package is, which its helpers mean."""
        return self.origin.is_file and self.paths[full] == self.origin.entry and is_installed(top)

    def _import(self, name: str, full: str, fromlist: Sequence[str]) -> ModuleType:
        with self._telling():
            imported = importlib.import_module(full)
            if not fromlist:
                return sys.modules[full.removesuffix(name[len(name.split(".")[0]) :])]
            return builtins.__import__(full, None, None, fromlist, 0) if hasattr(imported, "__path__") else imported

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell of a missing module by the name that a file gave it, and of one that lies there how it is found."""
        try:
            yield
        except ModuleNotFoundError as error:
            if error.name is not None and error.name.startswith(f"{self.package}."):
                error.name = error.name.removeprefix(f"{self.package}.")
                file = self.root / f"{error.name.replace('.', '/')}.py"
                hint = f"; {file} is there: name it in an import statement" if file.is_file() else ""
                error.msg = f"No module named {error.name!r}{hint}"
            raise

    def _require_known(self, *names: str) -> None:
        new = [name for name in names if name not in self.known]
        require_blind(new, self.origin)
        require_known(new, self.origin, self.root)
        self.known.update(new)


class _Dispatch(importlib.abc.MetaPathFinder):
    """Asks the finder of the origin that a module's name tells."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        finder = _FINDERS.get(fullname.split(".")[0])
        return None if finder is None else finder.find(fullname)


_FINDERS: dict[str, Finder] = {}
