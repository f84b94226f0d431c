"""Data sets that installed packages register by the entry point group ``action_bench.datasets``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from data.case import Case, checked
from data.content import Known
from data.errors import DataError, DataUsageError
from data.folders.listed import AVERAGE
from data.held_out import SEAL
from data.source import Source
from data.split import Split
from data.task import Task

GROUP = "action_bench.datasets"
OFFERS = ("dataset", "task", "split", "origin", "root", "cases", "fingerprint", "content", "reading", "told")


class Sealed:
    """A package's data set behind the gate: asked for a test patient, or for cases without masks, it does as ours do.

    All else is the package's own. What its cases hold it need not say: its slices are then made of what it reads.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients; DataError for a test patient that is not asked for through the gate."""
        for patient in patients:
            SEAL.check(patient, self._source.split.test)
        cases = self._source.cases(patients, masks)
        return [checked(case if masks else replace(case, mask=None), self._source.task) for case in cases]

    def known(self, patients: Sequence[str]) -> Sequence[Known] | None:
        """Return what the cases of patients hold, None where the package doesn't say; DataError as of ``cases``."""
        for patient in patients:
            SEAL.check(patient, self._source.split.test)
        known: Callable[[Sequence[str]], Sequence[Known] | None] | None = getattr(self._source, "known", None)
        return None if known is None else known(patients)


def names() -> list[str]:
    """Return the names that installed packages register, each once."""
    return sorted({point.name for point in _points(tuple(sys.path))})


def installed(dataset: str, data_root: Path | None, known: Sequence[str]) -> Source | None:
    """Return a package's data set by its name; None for a name that no package registers.

    known: names of data sets that no package may take. DataUsageError for a name that is taken twice, and for what is
    no data set; DataError for what the package says it can't find.
    """
    found = [point for point in _points(tuple(sys.path)) if point.name == dataset]
    if not found:
        return None
    packages = [_package(point) for point in found]
    if len(found) > 1:
        raise DataUsageError(f"--dataset {dataset}: {' and '.join(packages)} register it; uninstall all but one")
    said = f"--dataset {dataset}: the installed package {packages[0]} ({found[0].value})"
    if dataset in known:
        raise DataUsageError(f"{said} takes a built-in data set's name; rename it there, or uninstall it")
    return Sealed(_checked(_made(found[0], data_root, said), dataset, said))


def _made(point: EntryPoint, data_root: Path | None, said: str) -> Source:
    try:
        source: Source = point.load()(data_root)
    except DataError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's package meets, leaving the process too
        why = next(iter(str(error).splitlines()), "no reason given")
        raise DataUsageError(f"{said}: {type(error).__name__}: {why}") from None
    return source


def _checked(source: Source, dataset: str, said: str) -> Source:
    lacking = [name for name in OFFERS if not hasattr(source, name)]
    if lacking:
        raise DataUsageError(f"{said} gives a {type(source).__name__} without {lacking[0]}; see data.source.Source")
    if not isinstance(source.task, Task) or not isinstance(source.split, Split):
        raise DataUsageError(f"{said}: its task is a data.task.Task and its split a data.split.Split, and here not")
    if AVERAGE in source.task.structures:
        raise DataUsageError(f"{said} calls a structure {AVERAGE}, as records call the average; name it otherwise")
    if source.dataset != dataset:
        raise DataUsageError(f"{said} is called {source.dataset!r} by its attribute dataset; give both the same name")
    return source


@lru_cache(maxsize=8)
def _points(path: tuple[str, ...]) -> Sequence[EntryPoint]:
    unique = {(point.name, point.value, _package(point)): point for point in entry_points(group=GROUP)}
    return tuple(unique.values())


def _package(point: EntryPoint) -> str:
    return "of unknown name" if point.dist is None else f"{point.dist.name} {point.dist.version}"
