"""Grids of cells and what is left out of them, as a protocol's blocks write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from benchmark.cells.choice import has_twin
from benchmark.cells.wish import Scalar, Wish
from benchmark.errors import MethodUsageError, UsageError
from benchmark.outside.named import method_named

SetGrid = Mapping[str, Scalar | list[Scalar]]
Seed = Annotated[int, Field(strict=True, ge=0)]
Whole = Annotated[int, Field(strict=True)]
Share = Annotated[float, Field(strict=True, gt=0, le=1)]
Switch = Annotated[bool, Field(strict=True)]
EVERY = 1.0  # the ratio that ``all`` stands for


def not_empty(grid: SetGrid) -> SetGrid:
    """Return a grid of fields, or raise ValueError for a list without a value."""
    for field, values in grid.items():
        if values == []:
            raise ValueError(f"{field} has an empty list, which makes no cell")
    return grid


def counted(counts: Sequence[Any]) -> Sequence[int | str]:
    """Return counts of labelled patients, or raise ValueError for what is no count and not ``all``."""
    for count in counts:
        number = isinstance(count, int) and not isinstance(count, bool)
        if count != "all" and not (number and count >= 1):
            raise ValueError("a count of patients or 'all' is expected")
    return counts


class Block(BaseModel):
    """A grid: every combination of its lists. ``labeled`` counts patients; ``all`` is every training patient.

    set: a value or a list of values a field. variant: what the page calls these cells, where method and fidelity don't
    say it. twins: run beside each semi-supervised cell the same with unlabelled terms that weigh nothing, whatever
    ``set`` says of those; methods without a twin have none. label_seeds, init_seeds, data_seeds: seeds of the random
    label draw, the initial weights and the batches, crossed; where there are none, ``seeds`` rule them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    methods: Sequence[str] = Field(min_length=1)
    datasets: Sequence[str] = ()
    labeled: Sequence[Any] = Field((), description="patients, or 'all'")
    ratios: Sequence[Share] = ()
    seeds: Sequence[Seed] = Field((0,), min_length=1)
    backbones: Sequence[str] = Field(("unet",), min_length=1)
    fidelities: Sequence[str] = Field(("fixed",), min_length=1)
    presets: Sequence[str] = Field(("auto",), min_length=1)
    label_draws: Sequence[str] = Field(("canonical",), min_length=1)
    label_seeds: Sequence[Seed] = ()
    init_seeds: Sequence[Seed] = ()
    data_seeds: Sequence[Seed] = ()
    set: SetGrid = {}
    variant: str = ""
    twins: Switch = False

    @field_validator("labeled")
    @classmethod
    def _counts(cls, counts: Sequence[Any]) -> Sequence[int | str]:
        return counted(counts)

    @field_validator("datasets", "labeled", "ratios", "label_seeds", "init_seeds", "data_seeds")
    @classmethod
    def _some(cls, values: Sequence[Any]) -> Sequence[Any]:
        if not values:
            raise ValueError("an empty list makes no cell; leave the key out for its default")
        return values

    @field_validator("set")
    @classmethod
    def _not_empty(cls, grid: SetGrid) -> SetGrid:
        return not_empty(grid)

    def wishes(self, place: str) -> Iterator[Wish]:
        """Yield every combination. place: the file and block, for messages."""
        counts: list[dict[str, Any]] = [{"ratio": ratio} for ratio in self.ratios]
        counts += [{"ratio": EVERY} if count == "all" else {"labeled": count} for count in self.labeled]
        grid = itertools.product(
            counts or [{}],
            self._with_twins(place),
            self.backbones,
            self.fidelities,
            self.presets,
            self.label_draws,
            self.seeds,
            self._named_seeds(),
            self.datasets,
            _assignments(self.set),
        )
        for count, (method, twin), backbone, fidelity, preset, draw, seed, named, dataset, values in grid:
            own = method_named(method).cls.twin if twin else ()
            kept = {field: value for field, value in values.items() if field not in own}
            yield Wish(
                dataset=dataset, method=method, backbone=backbone, fidelity=fidelity, preset=preset, label_draw=draw,
                seed=seed, set=kept, variant=self.variant, twin=twin, place=place, **count, **named,
            )  # fmt: skip

    def _named_seeds(self) -> list[dict[str, int]]:
        names = {"label_seed": self.label_seeds, "init_seed": self.init_seeds, "data_seed": self.data_seeds}
        given = {name: seeds for name, seeds in names.items() if seeds}
        return [dict(zip(given, seeds, strict=True)) for seeds in itertools.product(*given.values())]

    def _with_twins(self, place: str) -> list[tuple[str, bool]]:
        pairs = [(method, False) for method in self.methods]
        if not self.twins:
            return pairs
        try:
            return pairs + [(method, True) for method in self.methods if has_twin(method)]
        except MethodUsageError as error:
            raise UsageError(f"{place}: {error}") from None


class Exclusion(BaseModel):
    """What a cell must be like to be left out: in every list given, and with each field of ``set`` at such a value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    datasets: Sequence[str] | None = None
    methods: Sequence[str] | None = None
    labeled: Sequence[Any] | None = None
    ratios: Sequence[Share] | None = None
    seeds: Sequence[Whole] | None = None
    backbones: Sequence[str] | None = None
    fidelities: Sequence[str] | None = None
    presets: Sequence[str] | None = None
    label_draws: Sequence[str] | None = None
    label_seeds: Sequence[Whole] | None = None
    init_seeds: Sequence[Whole] | None = None
    data_seeds: Sequence[Whole] | None = None
    variants: Sequence[str] | None = None
    twins: Switch | None = None
    set: SetGrid = {}

    @field_validator("labeled")
    @classmethod
    def _counts(cls, counts: Sequence[Any] | None) -> Sequence[int | str] | None:
        return None if counts is None else counted(counts)

    def matches(self, wish: Wish) -> bool:
        """Return whether a wish is left out."""
        pairs: list[tuple[Sequence[Any] | None, Any]] = [
            (self.datasets, wish.dataset),
            (self.methods, wish.method),
            (self.labeled, "all" if wish.ratio == EVERY else wish.labeled),
            (self.ratios, wish.ratio),
            (self.seeds, wish.seed),
            (self.backbones, wish.backbone),
            (self.fidelities, wish.fidelity),
            (self.presets, wish.preset),
            (self.label_draws, wish.label_draw),
            (self.label_seeds, wish.label_seed),
            (self.init_seeds, wish.init_seed),
            (self.data_seeds, wish.data_seed),
            (self.variants, wish.variant),
            (None if self.twins is None else [self.twins], wish.twin),
        ]
        pairs += [(_listed(values), wish.set.get(field)) for field, values in self.set.items()]
        return all(given is None or value in given for given, value in pairs)


def _assignments(grid: SetGrid) -> list[dict[str, Scalar]]:
    """Return every combination of a grid's values, a mapping each."""
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*map(_listed, grid.values()))]


def _listed(values: Scalar | list[Scalar]) -> list[Scalar]:
    return values if isinstance(values, list) else [values]
