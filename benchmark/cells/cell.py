"""A cell: one point of the grid, resolved to the last value, and its identity."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from benchmark.cells.augmentation import values_of
from benchmark.cells.preset import Preset, resolve
from benchmark.errors import UsageError
from data.source import Source
from data.split import labeled_count
from methods.base import Config
from methods.registry import check_backbone, configure, entry

Scalar = bool | int | float | str | None
RENAMED: Mapping[str, tuple[str, str]] = {"unet": ("released", "unet-transposed")}
"""Backbones whose name was another's before: what a cell says of today's, and what the other is called now."""


class Wish(BaseModel):
    """What a user asks for, before anything is looked up; ratio and labeled exclude each other.

    variant: what a protocol calls it; no part of the cell. twin: the same with unlabelled terms that weigh nothing.
    label_seed, init_seed, data_seed: instead of seed, for which patients are labelled, the initial weights, and the
    order and augmentation of batches. place: the file and block it is from, for messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    dataset: str = "auto"
    ratio: float | None = None
    labeled: int | None = None
    label_draw: str = "canonical"
    backbone: str = "unet"
    preset: str = "auto"
    fidelity: str = "fixed"
    seed: int = 0
    set: Mapping[str, Scalar] = {}
    variant: str = ""
    twin: bool = False
    label_seed: int | None = None
    init_seed: int | None = None
    data_seed: int | None = None
    place: str = ""


class Cell(BaseModel):
    """Resolved values of one run; the labelled patients depend on data set, count, draw and seed alone.

    network: which of the networks of its name the backbone is; None for the first of them, or the only one. twin:
    whether every unlabelled term weighs nothing, as control for the same cell without it. init_seed, data_seed: seeds
    of those dimensions where they are not the cell's; label_seed likewise, told for the record alone. policy: values of
    the schedule's augmentation policy; None in cells of before it was kept, whose names meant other values.
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

    @property
    def id(self) -> str:
        """Readable and unique: its eight hex digits hash all values.

        Left out are the overrides' spelling and the preset's tuned values, which ``config`` holds where they apply: a
        value tuned for one method is no new cell for another; and the label seed, since the labelled patients are in
        it. Left out too is what came later and is not used: options at the default that keeps what was done before.
        """
        later = ("network", "twin", "init_seed", "data_seed", "policy")
        unused = {name: True for name in later if not self._uses(name)}
        left_out: dict[str, Any] = {"overrides": True, "schedule": {"tuned"}, "label_seed": True, **unused}
        values = self.model_dump(mode="json", exclude=left_out)
        for place, fields in (
            ("config", entry(self.method).cls.Config.model_fields),
            ("schedule", Preset.model_fields),
        ):
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

    def method_config(self) -> Config:
        """Return the method's config as an object."""
        return configure(self.method, self.fidelity, self.config)


def resolve_cell(wish: Wish, source: Source, device: str) -> Cell:
    """Return the cell that a wish means on this source and kind of device; errors name the option that is wrong."""
    registered = entry(wish.method)
    preset = ("paper" if device == "cuda" else "quick") if wish.preset == "auto" else wish.preset
    fields = list(registered.cls.Config.model_fields)
    mine, methods_, weights = _sorted_overrides(wish, fields)
    check_backbone(wish.backbone, weights)
    schedule = resolve(preset, {**registered.cls.loaders.get(wish.fidelity, {}), **mine})
    tuned = schedule.tuned_for(wish.method, fields)
    if wish.label_seed is not None and wish.label_draw == "canonical":
        raise UsageError(
            "--label-seed draws the labelled patients, but --label-draw canonical takes the first; use random"
        )
    drawn_by = wish.seed if wish.label_seed is None else wish.label_seed
    labeled = source.split.labeled(_count(wish, len(source.split.train)), wish.label_draw, drawn_by)
    if registered.needs_unlabeled and len(labeled) == len(source.split.train):
        raise UsageError(f"{wish.method} needs unlabelled patients, and all {len(labeled)} are labelled; lower --ratio")
    control = _control(wish) if wish.twin else {}
    return Cell(
        dataset=source.dataset,
        data_fingerprint=source.fingerprint(),
        split_fingerprint=source.split.fingerprint,
        labeled_patients=labeled,
        label_draw=wish.label_draw,
        method=wish.method,
        backbone=wish.backbone,
        network=RENAMED.get(wish.backbone, (None,))[0],
        weights=weights,
        preset=preset,
        schedule=schedule,
        fidelity=wish.fidelity,
        config=configure(wish.method, wish.fidelity, {**tuned, **methods_, **control}).model_dump(mode="json"),
        overrides=dict(wish.set),
        seed=wish.seed,
        twin=wish.twin,
        policy=values_of(schedule.augmentation),
        **_named_seeds(wish),
    )


def _control(wish: Wish) -> Mapping[str, Any]:
    """Return a twin's own values; UsageError for a method without a twin, and for what a twin's values contradict."""
    registered = entry(wish.method)
    if not registered.needs_unlabeled:
        raise UsageError(f"{wish.method} learns from labels only and is its own twin; leave --twin out")
    if not has_twin(wish.method):
        words = f"{wish.method} names no twin (its class attribute `twin` is empty), so --twin would train the method"
        raise UsageError(f"{words} itself; name there what weighs nothing, or leave --twin out")
    for field, value in registered.cls.twin.items():
        if wish.set.get(field, value) != value:
            words = f"--set {field}={wish.set[field]}: the twin of {wish.method} is what has {field} {value}"
            raise UsageError(f"{words}; leave --set {field} or --twin out")
    return registered.cls.twin


def has_twin(method: str) -> bool:
    """Return whether a method learns from unlabelled images and names what weighs nothing in its twin."""
    registered = entry(method)
    return registered.needs_unlabeled and bool(registered.cls.twin)


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
    return labeled_count("0.05" if wish.ratio is None else str(wish.ratio), patients)


def _sorted_overrides(
    wish: Wish, config_fields: Sequence[str]
) -> tuple[dict[str, Scalar], dict[str, Scalar], str | None]:
    """Split --set values into those of the preset, those of the method and the network's weights."""
    preset, method, weights = {}, {}, None
    for key, value in wish.set.items():
        if key == "weights":
            weights = None if value is None else str(value)
        elif key in config_fields:
            method[key] = value
        elif key in set(Preset.model_fields) - {"tuned"}:
            preset[key] = value
        else:
            known = sorted({"weights", *config_fields, *Preset.model_fields} - {"tuned"})
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"--set {key}: {wish.method} and the preset have no such field; {hint}")
    return preset, method, weights
