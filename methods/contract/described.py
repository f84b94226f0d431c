"""Rules about what a method says of itself, and what it is made of before it trains."""

from __future__ import annotations

import torch

from methods.asked import granted_stages, logits_from, predictors_of
from methods.base import Budget
from methods.contract.subject import SIDE, Broken, Subject
from methods.contract.toy import BUDGET, TASK

EACH = 8


def sources(subject: Subject) -> None:
    """Look for constants without a source."""
    fields = subject.entry.cls.Config.model_fields
    silent = [name for name, field in fields.items() if not field.description]
    if silent:
        raise Broken(f"{', '.join(silent)} without one; declare by cited(default, 'where it is from')")
    if not fields:
        raise Broken("Config holds no constant at all")


def words(subject: Subject) -> None:
    """Look for what a table and a list need."""
    entry = subject.entry
    silent = [name for name in ("title", "paper", "line") if not getattr(entry, name)]
    if silent:
        raise Broken(f"{' and '.join(silent)} empty".replace("line", "the docstring's first line"))


def builds(subject: Subject) -> None:
    """Build the method and look at what it offers."""
    method = subject.build()
    if not list(method.parameters()):
        raise Broken("the method has no weights; keep its networks as attributes, which makes them submodules")
    predictors_of(method)


def budget(subject: Subject) -> None:
    """Count the updates of all stages under a budget in all, and under one a stage."""
    method = subject.build()
    for one in (BUDGET, Budget(EACH, True, 2, 2)):
        granted_stages(method, one)


def logits(subject: Subject) -> None:
    """Look at the shape of what each predictor gives, and whether it is finite."""
    images = torch.rand(2, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    for name, predictor in predictors_of(subject.build().eval()).items():
        given = logits_from(name, predictor(images), images, TASK.classes)
        if not given.isfinite().all():
            raise Broken(f"{name} gives values that are not finite, before it was trained")
