"""A method that is looked at, and how it is built and trained for that."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from data.task import Task
from methods.asked import begin, predictors_of, set_rates, step
from methods.base import Config, Method, Stage, Trained
from methods.contract.confident import spread
from methods.contract.toy import TASK, batch_for, clock
from methods.registry import Entry

SIDE = 32
HERE = Path(__file__).parent
PACKAGE = HERE.parent
ON_CPU = (PACKAGE / "parts" / "descend.py",)
"""Files that ask a tensor for its value on the CPU alone, where these rules look."""


class Broken(Exception):  # noqa: N818
    """A rule is broken: what was seen."""


@dataclass(frozen=True)
class Subject:
    """A method that is looked at."""

    entry: Entry
    control: Mapping[str, Any] | None = None
    """Values of a twin in place of those that the class names."""
    found: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What one rule found of the method, whatever its twin, and others need too."""
    is_confident: bool = False
    """Whether its networks are sure of many pixels as they are built (methods.contract.confident)."""

    @property
    def twin(self) -> Mapping[str, Any]:
        """The values of its twin."""
        return dict(self.entry.cls.twin) if self.control is None else self.control

    def states(self, rule: str) -> bool:
        """Return whether the class says by itself in what a rule looks at that its twin is other, and why."""
        return rule in self.entry.cls.twin_caveats

    def at_twin(self, values: Mapping[str, Any]) -> Subject:
        """Return the same method with other values of its twin."""
        return replace(self, control=values)

    def confident(self) -> Subject:
        """Return the same method on networks that are sure of many pixels."""
        return replace(self, is_confident=True)

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The files of the method's own code, with what messages call each."""
        origin = self.entry.origin
        if origin is None:
            file = inspect.getfile(self.entry.cls)
            return {file: file.rsplit("/", 1)[-1]}
        root = origin.place.removesuffix(origin.entry)
        return {f"{root}{path}": path for path in origin.contents}

    @cached_property
    def watched(self) -> Mapping[str, str]:
        """The files in which a step may make a GPU wait: its own; of a method of this repository all it may call."""
        if self.entry.origin is not None:
            return self.files
        found = (path for path in PACKAGE.rglob("*.py") if path not in ON_CPU and path.parent != HERE)
        return {str(path): path.relative_to(PACKAGE.parent).as_posix() for path in found}

    def configure(self, values: Mapping[str, Any], fidelity: str = "fixed") -> Config:
        """Return the config with some values."""
        return self.entry.configure(fidelity, values)

    def build(
        self, config: Config | None = None, *, seed: int = 0, backbone: str = "unet", task: Task = TASK
    ) -> Method:
        """Return the method on fresh networks, with its defaults where no config is given."""
        chosen = self.configure({}) if config is None else config
        method = self.entry.build(task, backbone, chosen, weights=None, seed=seed)
        if self.is_confident:
            spread(method, task.channels, task.classes, SIDE)
        return method


@dataclass(frozen=True)
class Begun:
    """A stage of a method that has begun, and the optimisers that it handed over."""

    method: Method
    stage: Stage
    trained: Mapping[str, Trained]


def train(of: Begun, updates: Iterable[int], side: int = SIDE) -> list[dict[str, float]]:
    """Make updates of a stage, each with its own batch, rates and random numbers; return the terms of each."""
    values = []
    for update in updates:
        torch.default_generator.manual_seed(update)
        set_rates(of.trained, clock(update, of.stage))
        terms = step(of.method, of.stage, of.trained, batch_for(of.stage, update, side), clock(update, of.stage))
        values.append({name: torch.as_tensor(value).item() for name, value in terms.items()})
    return values


def begun(method: Method, stage: Stage) -> Begun:
    """Return a stage of a method at its beginning, in training mode."""
    method.train()
    return Begun(method, stage, begin(method, stage))


def copies(method: Method) -> dict[str, Any]:
    """Return copies of all that a method saves; extra state of a module may be of any kind."""
    saved: Mapping[str, Any] = method.state_dict()
    return {name: value.clone() if isinstance(value, Tensor) else copy.deepcopy(value) for name, value in saved.items()}


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values that methods save are the same to the last bit."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    return type(one) is type(other) and pickle.dumps(one) == pickle.dumps(other)


def predicting(method: Method) -> list[Tensor]:
    """Return the weights of all predictors."""
    return [weight for predictor in predictors_of(method).values() for weight in predictor.parameters()]
