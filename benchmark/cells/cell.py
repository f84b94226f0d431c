"""A cell: one point of the grid, resolved to the last value, and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from benchmark.cells.augmentation import values_of
from benchmark.cells.choice import choose
from benchmark.cells.preset import Preset
from benchmark.cells.wish import Scalar, Wish
from benchmark.errors import UsageError
from benchmark.outside.carried import METHOD, CarriedBy, Origins, at_hand
from data.content import Content
from data.presets import size_for
from data.source import Source
from data.split import RATIO, labeled_count
from methods.base import Budget, Config
from methods.registry import Entry, entry

__all__ = ["RENAMED", "Cell", "Scalar", "Wish", "resolve_cell"]

RENAMED: Mapping[str, tuple[str, str]] = {"unet": ("released", "unet-transposed")}
"""Backbones whose name was another's before: what a cell says of today's, and what the other is called now."""


class Cell(BaseModel):
    """Resolved values of one run; the labelled patients depend on data set, count, draw and seed alone.

    network: which of the networks of its name the backbone is; None for the first of them, or the only one. twin:
    whether every unlabelled term weighs nothing, as control for the same cell without it. init_seed, data_seed: seeds
    of those dimensions where they are not the cell's; label_seed likewise, told for the record alone. policy: values of
    the schedule's augmentation policy; None in cells of before it was kept, whose names meant other values. content:
    what the data fingerprint is over, told for the record alone; None where that is not of the content. reading,
    told: of a folder of one's own, how it is read and what was decided of it, the latter for the record alone. outside:
    code from outside this repository, by its role; the digests are in the identity, the rest is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    data_fingerprint: str
    split_fingerprint: str
    labeled_patients: tuple[str, ...]
    label_draw: str
    method: str
    backbone: str
    network: str | None = None
    weights: str | None
    preset: str
    schedule: Preset
    fidelity: str
    config: Mapping[str, Any]
    overrides: Mapping[str, Scalar]
    seed: int
    twin: bool = False
    label_seed: int | None = None
    init_seed: int | None = None
    data_seed: int | None = None
    policy: Mapping[str, Any] | None = None
    content: Content | None = None
    reading: Mapping[str, Any] | None = None
    told: Mapping[str, str] | None = None
    outside: CarriedBy | None = None

    @property
    def id(self) -> str:
        """Readable and unique: its eight hex digits hash all values.

        Left out are the overrides' spelling and the preset's tuned values, which ``config`` holds where they apply: a
        value tuned for one method is no new cell for another; and label seed, content and the form of a folder's files,
        since the labelled patients and the data fingerprint are in it. Left out too is what came later and is not used:
        options at the default that keeps what was done before.
        """
        later = ("network", "twin", "init_seed", "data_seed", "policy", "reading", "outside")
        unused = {name: True for name in later if not self._uses(name)}
        told = {"overrides": True, "label_seed": True, "content": True, "told": True}
        left_out: dict[str, Any] = {**told, "schedule": {"tuned"}, "reading": {"form"}, **unused}
        values = self.model_dump(mode="json", exclude=left_out)
        if self.outside is not None:
            values["outside"] = {role: one.digest for role, one in self.outside.items()}
        for place, fields in (("config", self._config_fields()), ("schedule", Preset.model_fields)):
            for field in _added_at_default(values[place], fields):
                del values[place][field]
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        backbone = self.backbone.replace(":", "_")
        count = len(self.labeled_patients)
        return f"{self.dataset}-{count}-{self.method}-{backbone}-{self.preset}-s{self.seed}-{digest}"

    @property
    def built_backbone(self) -> str:
        """The backbone by its name of today: ``unet`` in a cell from before 2026-11-27 is ``unet-transposed``."""
        today, former = RENAMED.get(self.backbone, (None, self.backbone))
        return self.backbone if self.network == today else former

    def seed_of(self, dimension: str) -> int:
        """Return the seed of ``init``, ``data`` or any other dimension; only those two can have one of their own."""
        own = {"init": self.init_seed, "data": self.data_seed}.get(dimension)
        return self.seed if own is None else own

    def _uses(self, option: str) -> bool:
        value = getattr(self, option)
        return value is not None and value is not False

    def registered(self) -> Entry:
        """Return the method; one from outside must have been resolved in this process, or brought to it."""
        mine = (self.outside or {}).get(METHOD)
        return entry(self.method, None if mine is None else mine.digest)

    @property
    def budget(self) -> Budget:
        """What the cell's preset grants its method."""
        schedule = self.schedule
        return Budget(schedule.updates, schedule.per_stage, schedule.labeled_batch, schedule.unlabeled_batch)

    def updates(self, stages: int) -> int:
        """Return the updates of a run of so many stages."""
        return self.budget.total(stages, self.config.get("whole_updates", 0))

    def method_config(self) -> Config:
        """Return the method's config as an object."""
        return self.registered().configure(self.fidelity, self.config)

    def origins(self) -> Origins:
        """Return the files of the cell's code from outside, by role."""
        return at_hand(self.outside)

    def _config_fields(self) -> Mapping[str, FieldInfo]:
        """Return the fields that may have come later; none of a method from outside, which is its digest."""
        return {} if METHOD in (self.outside or {}) else self.registered().cls.Config.model_fields


def resolve_cell(wish: Wish, source: Source, device: str) -> Cell:
    """Return the cell that a wish means on this source and kind of device; errors name the option that is wrong."""
    chosen = choose(wish, device)
    registered = chosen.method
    if wish.label_seed is not None and wish.label_draw == "canonical":
        raise UsageError(
            "--label-seed draws the labelled patients, but --label-draw canonical takes the first; use random"
        )
    drawn_by = wish.seed if wish.label_seed is None else wish.label_seed
    labeled = source.split.labeled(_count(wish, len(source.split.masked)), wish.label_draw, drawn_by)
    if registered.needs_unlabeled and len(labeled) == len(source.split.train) and not source.task.partial:
        raise UsageError(
            f"{registered.name} needs unlabelled patients, and all {len(labeled)} are labelled; lower --ratio"
        )
    content, reading = source.content(), source.reading(labeled)
    schedule = chosen.schedule if reading is None else _fitted(chosen.schedule, reading, wish.set)
    return Cell(
        dataset=source.dataset,
        data_fingerprint=source.fingerprint() if content is None else content.fingerprint,
        split_fingerprint=source.split.fingerprint,
        labeled_patients=labeled,
        label_draw=wish.label_draw,
        method=registered.name,
        backbone=wish.backbone,
        network=RENAMED.get(wish.backbone, (None,))[0],
        weights=chosen.weights,
        preset=chosen.preset,
        schedule=schedule,
        fidelity=wish.fidelity,
        config=chosen.config.model_dump(mode="json"),
        overrides=dict(wish.set),
        seed=wish.seed,
        twin=wish.twin,
        policy=values_of(schedule.augmentation),
        content=content,
        reading=reading,
        told=source.told() or None,
        outside=chosen.outside,
        **_named_seeds(wish),
    )


def _fitted(schedule: Preset, reading: Mapping[str, Any], said: Collection[str]) -> Preset:
    """Return the schedule as it suits a data set that is read so, but for the fields that were said.

    Its fit is the plan's. Of a folder no slice is enlarged beyond its size, and none that says how it lies is turned.
    """
    suits = {"fit": reading["fit"], "size": size_for(schedule.size, reading)}
    if reading.get("upright") and schedule.augmentation == "mri":
        suits["augmentation"] = "upright"
    return schedule.model_copy(update={field: value for field, value in suits.items() if field not in said})


def _added_at_default(values: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> list[str]:
    """Return the fields that came after records were made and do here what was done before."""
    return [
        field
        for field, info in fields.items()
        if isinstance(extra := info.json_schema_extra, dict)
        and extra.get("added")
        and field in values
        and values[field] == info.default
    ]


def _named_seeds(wish: Wish) -> dict[str, int]:
    """Return the seeds that differ from the cell's; one that is given and the same is the same cell."""
    given = {name: getattr(wish, name) for name in ("label_seed", "init_seed", "data_seed")}
    return {name: value for name, value in given.items() if value is not None and value != wish.seed}


def _count(wish: Wish, patients: int) -> int:
    if wish.labeled is not None and wish.ratio is not None:
        raise UsageError("--labeled and --ratio both say how many patients are labelled; give one")
    if wish.labeled is not None:
        return wish.labeled
    return labeled_count(RATIO if wish.ratio is None else str(wish.ratio), patients)
