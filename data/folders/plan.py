"""How a folder of one's own is read: what was decided of it, and who trains, validates and tests.

A plan is a JSON file that ``python -m data.plan`` or the first run on a folder writes, that its user may edit, and that
every later run reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import DataError
from data.folders.listed import AVERAGE, MOST
from data.folders.said import Said
from data.split import Split
from data.writing import write_text

Intensity = Literal["mri", "ct", "plain"]
Fit = Literal["stretch", "pad"]
Names = tuple[str, ...]
FOLD_OF = re.compile(r".+-fold\d+")
"""What a fold of a data set is called."""
Label = Annotated[int, Field(strict=True, ge=1, le=255)]
"""What a mask, of eight bits, may hold beside the background, which is 0."""
Window = tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]]
Slices = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]


class Channel(BaseModel):
    """A channel of the images.

    intensity: ``mri``, each volume scaled by its own grey values; ``ct``, window to [0, 1] in all volumes, by default
    from the structures of a run's labelled patients; ``plain``, what the file's type can hold to [0, 1].
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    intensity: Intensity
    window: Window | None = None

    @model_validator(mode="after")
    def _window_is_used(self) -> Channel:
        if self.window is not None and not self.window[0] < self.window[1]:
            raise ValueError(f"window {list(self.window)} must be two grey values, the lower one first")
        if self.window is not None and self.intensity == "mri":
            raise ValueError("a window is for the intensities ct and plain; mri scales each volume by its own")
        if self.window is None and self.intensity == "plain":
            raise ValueError("intensity plain needs a window, the grey values that are black and white")
        return self


class Plan(BaseModel):
    """What was decided of a folder, and its patients.

    labels: each structure's value in the files, in the order of classes. ignored: the value of what nobody labelled.
    axis: which of the files' axes (slices, rows, columns) is cut across; None for the coarsest. fit: of slices that are
    not square. partly: by case, the slices that are labelled where others are not. patients: by case, where it is not
    the case itself. train: in labelling order; val: empty where too few patients are there, and the
    last weights are scored; unlabeled: those who train without masks. folds: parts of train, val and
    test together, each of them the test patients of a fold. aside: patients that this plan leaves alone, sealed to
    all that reads by it. broken: by case, why it can't be read, as ``python -m data.prepare`` found; runs leave it out.
    told: what was decided and why, in words. said: what the folder's own files said of it, to which they are held; None
    in a plan that was made without.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal[1] = 1
    dataset: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    folder: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    labels: Annotated[Mapping[str, Label], Field(min_length=1, max_length=MOST - 1)]
    ignored: Label | None = None
    planar: bool = False
    axis: Annotated[int, Field(ge=0, le=2)] | None = None
    fit: Fit = "pad"
    partly: Mapping[str, Slices] = {}
    patients: Mapping[str, str] = {}
    train: Annotated[Names, Field(min_length=1)]
    val: Names
    test: Annotated[Names, Field(min_length=1)]
    unlabeled: Names = ()
    folds: tuple[Annotated[Names, Field(min_length=1)], ...] = ()
    aside: Names = ()
    broken: Mapping[str, str] = {}
    told: Mapping[str, str] = {}
    said: Said | None = None

    @model_validator(mode="after")
    def _values_differ(self) -> Plan:
        values = [*self.labels.values(), *([] if self.ignored is None else [self.ignored])]
        if len(set(values)) < len(values) or 0 in values:
            raise ValueError(f"labels {values} must differ from each other and from 0, the background")
        if AVERAGE in self.labels:
            raise ValueError(f"labels: {AVERAGE} is what records call the average over all; name that one otherwise")
        masked = {*self.train, *self.val, *self.test}
        if self.folds and sorted(name for fold in self.folds for name in fold) != sorted(masked):
            raise ValueError("folds must hold each patient of train, val and test once")
        if FOLD_OF.fullmatch(self.dataset):
            raise ValueError(f"dataset {self.dataset} is called like a fold of another; give it a name without -foldN")
        return self

    def reading(self) -> str:
        """Return in words what of the plan changes the arrays that cases are read as, whoever of them trains."""
        fields = {"labels", "ignored", "planar", "axis", "partly"}
        return f"{len(self.channels)} {self.model_dump_json(include=fields)}"

    def split(self, fold: int | None) -> Split:
        """Return who trains, validates and tests, of a fold (from 1) or as the plan says; DataError for no such fold.

        In a fold the validation patients are drawn from the others as the plan's share of them is.
        """
        unit = "patient" if self.patients else "case"
        if fold is None:
            name, parts = self.dataset, (self.train, self.val, self.test)
        else:
            name, parts = f"{self.dataset}-fold{fold}", self._of_fold(fold)
        train, val, test = parts
        return Split(name, unit, "the folder's plan", (*train, *self.unlabeled), val, test, self.unlabeled)

    def _of_fold(self, fold: int) -> tuple[Names, Names, Names]:
        if not 1 <= fold <= len(self.folds):
            known = f"it has {len(self.folds)}" if self.folds else "its plan has none; make one with --folds 5"
            raise DataError(f"{self.dataset} has no fold {fold}; {known}")
        others = [name for number, part in enumerate(self.folds, 1) if number != fold for name in part]
        ordered = [name for name in (*self.train, *self.val, *self.test) if name in set(others)]
        count = validating(len(ordered), len(self.val) / (len(self.val) + len(self.train)))
        return tuple(ordered[count:]), tuple(ordered[:count]), self.folds[fold - 1]


def validating(patients: int, share: float) -> int:
    """Return how many of those who don't test validate: their share, one at least, and none where that is 0."""
    return max(1, round(patients * share)) if share else 0


def read_plan(path: Path) -> Plan:
    """Return the plan in a file; DataError names the file and what is wrong in it."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); python -m data.plan FOLDER makes one") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no JSON ({error}); mend it, or make it anew: python -m data.plan FOLDER") from None
    if not isinstance(values, dict):
        raise DataError(f"{path} holds no plan; python -m data.plan FOLDER makes one")
    try:
        return Plan.model_validate(values)
    except ValidationError as error:
        raise DataError(f"{path}: {wrong_in(error)}; mend it, or make it anew") from None


def wrong_in(error: ValidationError) -> str:
    """Return where a plan is wrong first, and what is."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{f'{place}: ' if place else ''}{first['msg'].removeprefix('Value error, ')}"


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan whole or not at all; DataError where that is not possible."""
    text = json.dumps(plan.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    try:
        write_text(path, text)
    except UnicodeEncodeError as error:
        named = error.object[max(0, error.start - 40) : error.end]
        raise DataError(f"{path} cannot be written: a file's name, {named!r}, is no UTF-8; rename that file") from None
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error.strerror}), and a folder is only read by a plan that is written down; "
            "choose another place, python -m data.plan FOLDER --out FILE, and give --dataset FILE"
        ) from None
