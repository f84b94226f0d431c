"""Presets: one schedule, batch and augmentation policy for every method."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from benchmark.errors import UsageError
from data.grid import Fit, Resizing
from data.presets import PRESETS as SLICES


class Preset(BaseModel):
    """What every method gets.

    size: side of the square slices the network sees, a multiple of 32, up to 8192. updates: a stage, or in all.
    labeled_batch and unlabeled_batch: slices an update. validations: how often the validation patients are scored.
    tuned: values of method fields that a short schedule needs, FIELD for every method that has it, METHOD.FIELD for
    one, no share of a stage that a method leaves out; --set goes before them. resizing, test_resizing: of training
    slices, and of validation and test slices, by data.pool's ways. fit: of slices that are not square; a data set of
    one's own pads where nothing is set. added: the field came after records were made, and its default is what they
    did.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(ge=32, le=8192)
    updates: int = Field(ge=1)
    per_stage: bool = False
    labeled_batch: int = Field(8, ge=1)
    unlabeled_batch: int = Field(8, ge=1)
    scaling: Literal["minmax", "percentile"] = "percentile"
    fit: Fit = Field("stretch", json_schema_extra={"added": True})
    resizing: Resizing = Field("smooth", json_schema_extra={"added": True})
    test_resizing: Resizing = Field("smooth", json_schema_extra={"added": True})
    augmentation: Literal["geometric", "mri", "upright", "action", "fixmatch", "bcp", "unimatch", "nnunet"] = "mri"
    validations: int = Field(10, ge=1)
    precision: Literal["bf16", "fp32"] = "bf16"
    channels_last: bool = True
    tuned: Mapping[str, float] = {}

    def tuned_for(self, method: str, fields: Collection[str]) -> Mapping[str, float]:
        """Return the tuned values of a method that has these fields."""
        named = {key.removeprefix(f"{method}."): value for key, value in self.tuned.items()}
        return {field: value for field, value in named.items() if field in fields}

    @field_validator("size", "updates", "labeled_batch", "unlabeled_batch", "validations", mode="before")
    @classmethod
    def _no_switch_for_a_number(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("a number is expected")  # true would be read as 1
        return value

    @field_validator("size")
    @classmethod
    def _divisible(cls, size: int) -> int:
        if size % 32:
            raise ValueError("must be a multiple of 32, which the networks halve five times")
        return size


# Tuned on ACDC's validation patients, docs/LOG.md: a thirtieth of the updates takes three times the learning rate, and
# ACTION's pseudo-labels, made from a network of some hundred updates, must gain their weight as they gain their worth,
# and stages i and ii cost more than they return: validation Dice 64.9 when they take 200 of 1,000 updates, 69.1 when
# 50, 75.2 when 10, 77.0 when 2 (batch norm in its heads; without it 70.5 when 500, 75.5 when 2). Pre-training costs GCL
# the same (25.3 when it takes 500, 56.2 when 100, 77.6 when 2) and SCS when it takes 500 (65.7; 72.7 when 100, 70.1
# when 2).
_QUICK: Mapping[str, float] = {
    "lr": 0.03,
    "global_weight": 0.1,
    "local_weight": 0.1,
    "global_share": 1,
    "local_share": 1,
    "anatomical_share": 998,
    "gcl.slices_share": 1,
    "gcl.parts_share": 1,
    "gcl.fine_tune_share": 998,
    "scs.slices_share": 50,
    "scs.parts_share": 50,
    "scs.fine_tune_share": 900,
    "unsupervised_ramp": 1.0,
}

# docs/decisions/072-the-demo.md: a tenth of the updates takes teachers that average over ten of them and not a hundred.
_DEMO: Mapping[str, float] = {**_QUICK, "decay": 0.9}

# docs/decisions/044-canary.md: small steps, so that rounding grows slowly; full weight of unlabelled terms after a
# fifth of a stage, pseudo-labels that count from the start, and a decay that a teacher's warm-up reaches in its fourth
# update.
_CANARY: Mapping[str, float] = {
    "lr": 0.003,
    "pretrain_lr": 1e-4,
    "weight": 1.0,
    "ramp": 0.2,
    "confident": 0.4,
    "certain_from": 0.99,
    "unsupervised_ramp": 0.2,
    "decay": 0.7,
}

PRESETS: Mapping[str, Preset] = {
    # SSL4MIS train_*_2D.py @06df604: 30,000 updates, batch 12 + 12, rotation or flip; slices as in data/presets.py.
    "paper": Preset(
        **asdict(SLICES["paper"]),
        updates=30_000,
        per_stage=True,
        labeled_batch=12,
        unlabeled_batch=12,
        augmentation="geometric",
        validations=150,
    ),
    "short": Preset(**asdict(SLICES["short"]), updates=6_000, labeled_batch=12, unlabeled_batch=12, validations=30),
    # docs/decisions/102-medium.md: the published recipe and stages at a thirtieth of the updates and half the side.
    "medium": Preset(
        **asdict(SLICES["medium"]), updates=1_000, per_stage=True, augmentation="geometric", tuned={"lr": _QUICK["lr"]}
    ),
    "quick": Preset(**asdict(SLICES["quick"]), updates=1_000, tuned=_QUICK),
    # Nothing is moved, and labels are learnt on slices as stored: so few updates learn what they see.
    "demo": Preset(
        **asdict(SLICES["demo"]),
        updates=100,
        labeled_batch=4,
        unlabeled_batch=2,
        augmentation="action",
        validations=2,
        tuned=_DEMO,
    ),
    "smoke": Preset(
        **asdict(SLICES["smoke"]), updates=12, labeled_batch=2, unlabeled_batch=2, validations=2, tuned=_QUICK
    ),
    "canary": Preset(
        **asdict(SLICES["canary"]),
        updates=50,
        labeled_batch=2,
        unlabeled_batch=2,
        validations=1,
        precision="fp32",
        tuned=_CANARY,
    ),
}


def resolve(name: str, overrides: Mapping[str, Any]) -> Preset:
    """Return a preset with some fields replaced; UsageError for an unknown name or a value out of range."""
    if name not in PRESETS:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(PRESETS)}"
        raise UsageError(f"--preset: there is no preset {name!r}; {hint}")
    try:
        return Preset(**{**PRESETS[name].model_dump(), **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        wrong = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"--set {first['loc'][0]}={_written(first['input'])}: {wrong}") from None


def _written(value: object) -> str:
    """Return a value as a user wrote it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
