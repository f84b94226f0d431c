"""The licence ledger in lines: of methods, of data sets, those of installed packages among them, and of other files."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points

from benchmark.outside.installed import of_package
from benchmark.outside.named import all_methods
from data.catalog import DATASETS
from data.installed import GROUP, names
from methods.registry import Entry
from results.licences import NOT_STATED, ledger, stated_by, stated_by_package

WRITTEN_ANEW = "methods: each is written anew here; the code named was looked at for facts, and none of it is copied"


def lines_of_methods(chosen: Entry | None) -> Iterator[str]:
    """Yield of one method, or of all, its paper, and the code that was looked at for it with its licence."""
    for found in all_methods() if chosen is None else [chosen]:
        if isinstance(found, str):
            yield found
            continue
        yield _line(found.name, found.paper)
        yield from (_line("", words) for words in _code_of(found))


def _code_of(found: Entry) -> list[str]:
    if (mine := found.origin) is not None:
        return [f"not of this repository: {mine.name}, licence {stated_by(mine.name, mine.contents[mine.entry])}"]
    kept = ledger()
    if found.name not in kept.methods:
        return [f"whose code was looked at is {NOT_STATED}"]
    return [str(kept.code[name]) for name in kept.methods[found.name]] or ["no code was looked at"]


def lines_of_data() -> Iterator[str]:
    """Yield of each data set its paper and its terms."""
    kept = ledger()
    for name in DATASETS:
        one = kept.data.get(name)
        yield _line(name, NOT_STATED if one is None else one.paper)
        if one is not None:
            yield _line("", str(one))
            yield from (_line("", f"split by the lists of {kept.code[code]}") for code in one.code)
    for name in names():
        if name not in DATASETS:
            packages = dict.fromkeys(of_package(point) for point in entry_points(group=GROUP) if point.name == name)
            said = " and ".join(f"{one}, licence {stated_by_package(one)}" for one in packages)
            yield _line(name, f"not of this repository: {said}; terms of the data {NOT_STATED} here")
    yield _line("a folder", "as `licence` in its dataset.json says; else not stated: ask who gave the data")


def lines_of_files() -> Iterator[str]:
    """Yield of each file that is no method's, and looked at code for facts, that code."""
    kept = ledger()
    for path in kept.elsewhere:
        yield path
        yield from (_line("", str(code)) for code in kept.cited_by(path))


def _line(name: str, words: str) -> str:
    return f"{name:17} {words}"
