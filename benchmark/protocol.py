"""A protocol: a TOML file that names a grid of cells."""

from __future__ import annotations

import difflib
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.cell import Scalar, Wish
from benchmark.errors import UsageError
from methods.registry import entry

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Block(BaseModel):
    """A grid: every combination of its lists. ``labeled`` counts patients; ``all`` is every training patient.

    variant: what the page calls these cells, where method and fidelity don't say it. twins: run beside each
    semi-supervised cell the same with unlabelled terms that weigh nothing. label_seeds, init_seeds, data_seeds: seeds
    of the random label draw, the initial weights and the batches, crossed; where there are none, ``seeds`` rule them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    methods: Sequence[str] = Field(min_length=1)
    labeled: Sequence[int | str] = Field((), description="patients, or 'all'")
    ratios: Sequence[float] = ()
    seeds: Sequence[int] = (0,)
    backbones: Sequence[str] = ("unet",)
    fidelities: Sequence[str] = ("fixed",)
    presets: Sequence[str] = ("auto",)
    label_draws: Sequence[str] = ("canonical",)
    label_seeds: Sequence[int] = ()
    init_seeds: Sequence[int] = ()
    data_seeds: Sequence[int] = ()
    set: Mapping[str, Scalar] = {}
    variant: str = ""
    twins: bool = False


class Protocol(BaseModel):
    """Name (of the file), title, data set and blocks. set: for all blocks, whose own values go before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    dataset: str
    set: Mapping[str, Scalar] = {}
    cells: Sequence[Block] = Field(min_length=1)

    def wishes(self, twins: bool = False) -> list[Wish]:
        """Return every cell wanted, in order, seeds outermost so that each method has one before any has two.

        twins: whether all blocks have their twins beside them.
        """
        blocks = [
            wish
            for block in self.cells
            for wish in _wishes(
                self.dataset, block.model_copy(update={"set": {**self.set, **block.set}, "twins": twins or block.twins})
            )
        ]
        unique = {wish.model_dump_json(): wish for wish in blocks}
        return sorted(unique.values(), key=lambda wish: wish.seed)


def read_protocol(path: Path) -> Protocol:
    """Return a protocol, or raise UsageError naming the file, the key and what would be right."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise UsageError(f"there is no protocol file {path}; see protocols/") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from None
    try:
        return Protocol(name=path.stem, **values)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_fault(error)}") from None
    except TypeError:
        raise UsageError(f"{path}: a protocol's name is its file's name; remove the key 'name'") from None


def _wishes(dataset: str, block: Block) -> list[Wish]:
    counts: list[dict[str, Any]] = [{"ratio": ratio} for ratio in block.ratios]
    counts += [{"ratio": 1.0} if count == "all" else {"labeled": count} for count in block.labeled]
    grid = itertools.product(
        counts or [{}],
        _with_twins(block),
        block.backbones,
        block.fidelities,
        block.presets,
        block.label_draws,
        block.seeds,
        _named_seeds(block),
    )
    return [
        Wish(
            dataset=dataset, method=method, backbone=backbone, fidelity=fidelity, preset=preset, label_draw=draw,
            seed=seed, set=block.set, variant=block.variant, twin=twin, **count, **named,
        )
        for count, (method, twin), backbone, fidelity, preset, draw, seed, named in grid
    ]  # fmt: skip


def _named_seeds(block: Block) -> list[dict[str, Any]]:
    names = {"label_seed": block.label_seeds, "init_seed": block.init_seeds, "data_seed": block.data_seeds}
    given = {name: seeds for name, seeds in names.items() if seeds}
    return [dict(zip(given, seeds, strict=True)) for seeds in itertools.product(*given.values())]


def _with_twins(block: Block) -> list[tuple[str, bool]]:
    pairs = [(method, False) for method in block.methods]
    return pairs + [(method, True) for method in block.methods if block.twins and entry(method).needs_unlabeled]


def _first_fault(error: ValidationError) -> str:
    faults = error.errors()
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{place}: {first['msg']}"
    fields = Block.model_fields if len(first["loc"]) > 1 else Protocol.model_fields
    near = difflib.get_close_matches(str(first["loc"][-1]), fields, n=1)
    return f"unknown key {place}; {f'did you mean {near[0]}?' if near else f'known are {sorted(fields)}'}"
