"""A protocol: a TOML file that names grids of cells, may include other protocols and leave cells out."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from benchmark.cells.choice import has_twin
from benchmark.cells.grid import Block, Exclusion, SetGrid, not_empty
from benchmark.cells.wish import Wish
from benchmark.errors import REPORTED, UsageError
from benchmark.outside.named import absolute, method_named

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


KINDS: Mapping[str, str] = {
    "sequence_str": "a list", "is_instance_of": "a list", "list_type": "a list", "dict_type": "a table",
    "mapping_type": "a table", "model_type": "a table", "string_type": "a text", "bool_type": "true or false",
}  # fmt: skip
"""What a protocol's value should have been, by the fault that pydantic finds in it."""


class Protocol(BaseModel):
    """Title, blocks of cells, and what holds for all of them.

    dataset: of blocks that name none. set: values or lists of values, before which a block's own go. include: files of
    further protocols, beside this one; they keep their data set and values. exclude: what is left out of all of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    dataset: str | None = None
    set: SetGrid = {}
    include: Sequence[str] = ()
    exclude: Sequence[Exclusion] = ()
    cells: Sequence[Block] = Field((), validate_default=True)

    @field_validator("set")
    @classmethod
    def _not_empty(cls, grid: SetGrid) -> SetGrid:
        return not_empty(grid)

    @field_validator("cells")
    @classmethod
    def _some(cls, cells: Sequence[Block], info: ValidationInfo) -> Sequence[Block]:
        if not cells and not info.data.get("include"):
            raise ValueError("a protocol needs a [[cells]] block or an include")
        return cells


class ReadProtocol:
    """A protocol and the protocols it includes, read. name: of its file."""

    def __init__(self, path: Path, protocol: Protocol, included: Sequence[ReadProtocol]) -> None:
        self.path, self.protocol, self.included = path, protocol, included
        self.name, self.title = path.stem, protocol.title

    def wishes(self, twins: bool = False) -> list[Wish]:
        """Return every cell wanted, in order, seeds outermost so that each method has one before any has two.

        twins: whether all blocks have their twins beside them.
        """
        return in_order(self.blocks(twins))

    def blocks(self, twins: bool = False) -> list[list[Wish]]:
        """Return the cells wanted of each [[cells]] block, those of included protocols first, without the excluded."""
        included = (block for other in self.included for block in other.blocks(twins))
        return self._left([*included, *map(list, self._own(twins))])

    def _own(self, twins: bool) -> Iterator[Iterator[Wish]]:
        for number, block in enumerate(self.protocol.cells, 1):
            place = f"{self.path}: [[cells]] block {number}"
            datasets = block.datasets or [name for name in (self.protocol.dataset,) if name is not None]
            if not datasets:
                raise UsageError(f'{place}: it names no datasets and the file no dataset; add dataset = "phantom"')
            methods = [absolute(name, self.path.parent) for name in block.methods]
            if block.twins:
                _require_twins(methods, place)
            whole = {
                "methods": methods,
                "set": {**self.protocol.set, **block.set},
                "twins": twins or block.twins,
                "datasets": datasets,
            }
            yield block.model_copy(update=whole).wishes(place)

    def _left(self, blocks: list[list[Wish]]) -> list[list[Wish]]:
        """Return the blocks without the excluded; an exclude that matches none is a slip, and an error."""
        for number, exclusion in enumerate(self.protocol.exclude, 1):
            if exclusion.methods is not None:
                named = [absolute(name, self.path.parent) for name in exclusion.methods]
                exclusion = exclusion.model_copy(update={"methods": named})
            left = [[wish for wish in block if not exclusion.matches(wish)] for block in blocks]
            if list(map(len, left)) == list(map(len, blocks)):
                raise UsageError(f"{self.path}: [[exclude]] block {number}: no cell is like that; mend or remove it")
            blocks = left
        if not any(blocks):
            raise UsageError(f"{self.path}: its excludes leave no cell")
        return blocks


def in_order(blocks: Iterable[Iterable[Wish]]) -> list[Wish]:
    """Return what blocks want, each cell once, seeds outermost; within a seed in the blocks' order."""
    unique: dict[str, Wish] = {}
    for wish in chain.from_iterable(blocks):
        unique.setdefault(key_of(wish), wish)
    return sorted(unique.values(), key=lambda wish: wish.seed)


def key_of(wish: Wish) -> str:
    """Return what two wishes for one cell share: all but their place."""
    return wish.model_dump_json(exclude={"place"})


def _require_twins(methods: Sequence[str], place: str) -> None:
    """Raise UsageError for a method that learns from unlabelled images and has no twin, where twins are asked for."""
    try:
        lacking = [name for name in methods if method_named(name).needs_unlabeled and not has_twin(name)]
    except REPORTED as error:
        raise UsageError(f"{place}: {error}") from None
    if lacking:
        words = f"{lacking[0]} names no twin (its class attribute `twin` is empty)"
        raise UsageError(f"{place}: twins = true, but {words}; name it there, or give it a block without twins")


def read_protocol(path: Path, within: Sequence[Path] = ()) -> ReadProtocol:
    """Return a protocol, or raise UsageError naming the file, the block, the key and what would be right.

    within: the files that include this one, outermost first.
    """
    if path.resolve() in within:
        raise UsageError(f"{path} includes itself, by way of {' and '.join(one.name for one in within)}")
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # as some editors begin a file
    except FileNotFoundError:
        raise UsageError(no_such_file(path, within)) from None
    except OSError as error:
        raise UsageError(f"protocol file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from None
    if "name" in values:
        raise UsageError(f"{path}: a protocol's name is its file's name; remove the key 'name'")
    try:
        protocol = Protocol.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_fault(error)}") from None
    further = (*within, path.resolve())
    return ReadProtocol(path, protocol, [read_protocol(path.parent / name, further) for name in protocol.include])


def no_such_file(path: Path, within: Sequence[Path] = ()) -> str:
    """Return that a protocol's file is missing, and which is near its name, as a sentence."""
    return f"there is no protocol file {path}; {_near_file(path, within)}"


def _near_file(path: Path, within: Sequence[Path]) -> str:
    names = [other.name for other in path.parent.glob("*.toml")]
    near = difflib.get_close_matches(path.name, names, n=1)
    asked = f"{within[-1]} includes it; " if within else ""
    return asked + (f"did you mean {path.parent / near[0]}?" if near else "see protocols/")


def _first_fault(error: ValidationError) -> str:
    faults = error.errors()
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    blocks: Mapping[str, type[BaseModel]] = {"cells": Block, "exclude": Exclusion}
    place, fields, inner = "", Protocol.model_fields, first["loc"]
    if len(inner) > 1 and inner[0] in blocks and isinstance(inner[1], int):
        place, fields = f"[[{inner[0]}]] block {inner[1] + 1}: ", blocks[str(inner[0])].model_fields
        inner = inner[2:]
    if first["type"] == "extra_forbidden":
        return f"{place}unknown key {'.'.join(map(str, inner))}; {_near_key(str(inner[-1]), fields)}"
    if first["type"] == "missing":
        return f"{place}the key {inner[-1]} is missing"
    if "set" in inner[:-1]:  # a union, each member of which says what it would rather have
        field = inner[inner.index("set") + 1]
        return f"{place}set.{field}: a value or a list of values is expected, not {_toml(first['input'])}"
    key = ".".join(map(str, inner)) or "the block"
    kind = KINDS.get(first["type"])
    hint = f"; write [[{key}]]" if key in blocks and isinstance(first["input"], dict) else ""
    if first["type"] == "too_short":
        return f"{place}{key}: an empty list makes no cell; name at least one, or leave a key with a default out"
    wrong = f"{kind} is expected" if kind else first["msg"].removeprefix("Value error, ")
    return f"{place}{key}: {wrong}, not {_toml(first['input'])}{hint}"


def _toml(value: object) -> str:
    """Return a value as a protocol holds it, texts in quotes; a table's inside is left out."""
    return "a table" if isinstance(value, dict) else json.dumps(value, default=str, ensure_ascii=False)


def _near_key(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
