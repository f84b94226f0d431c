"""The rule about unlabelled slices: that each term of them teaches the reported networks, and by more than rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor
from torch.optim import Optimizer

from data.batch import Images
from methods.base import Config, Method
from methods.contract.subject import SIDE, Broken, Subject, begun, predicting
from methods.contract.terms import SURE, frozen_norms, noted, value, weighed
from methods.contract.toy import BUDGET, batch_for, clock
from methods.parts.descend import Term

LAST_BITS = 1e-6  # a share of a grey value that slices are changed by, some last bits of it
CLEARLY = 10.0  # times; terms of this repository's methods move 100 to 1e6 times as far


def unlabelled(subject: Subject) -> None:
    """Give other unlabelled slices: each term of them alone must pull elsewhere, in every stage that draws any."""
    entry = subject.entry
    config = subject.configure({name: at for name, at in SURE.items() if name in entry.cls.Config.model_fields})
    stages = subject.build(config, seed=7).stages(BUDGET)
    drawing = [(index, stage) for index, stage in enumerate(stages) if stage.draw.unlabeled]
    if bool(drawing) != entry.needs_unlabeled:
        draws = "draws" if drawing else "draws no"
        raise Broken(f"it {draws} unlabelled slices, and @method says needs_unlabeled={entry.needs_unlabeled}")
    for index, stage in drawing:
        terms = _terms(subject.build(config, seed=7), index)
        if not terms:
            raise Broken(f"stage {stage.name} draws unlabelled slices, and descend(...) is given no term of them")
        for term in terms:
            said = _wrong(subject, config, index, term)
            if said:
                name = term.split(" ", 1)[1]
                raise Broken(f"other unlabelled slices {said} by the term {name} of stage {stage.name}")


def _wrong(subject: Subject, config: Config, index: int, term: str) -> str:
    """Return what other unlabelled slices fail to do by a term; empty where they move the weights.

    A gradient that is rounding alone (of a prediction held against itself) is another one for slices that differ in
    their last bits, too; one that is not hardly changes with these.
    """
    one, again, other = (
        _pull(subject.build(config, seed=7), index, term, *which) for which in ((0, 0.0), (0, LAST_BITS), (1, 0.0))
    )
    far, near = float((other - one).norm()), float((again - one).norm())
    if far == 0:
        return "move nothing"
    return "" if far > CLEARLY * near else "move nothing but last bits"


def _terms(method: Method, index: int) -> list[str]:
    """Return the terms of a stage's first update that move a predictor and are of unlabelled slices."""
    stage, found = method.stages(BUDGET)[index], list[str]()
    begun(method, stage)
    with noted({id(weight) for weight in predicting(method)}, found):
        method.step(batch_for(stage, 0, SIDE), clock(0, stage))
    return found


def _pull(method: Method, index: int, term: str, other: int, off: float) -> Tensor:
    """Return the gradient that a term alone has at the predictors' weights its optimiser moves, in 64 bits.

    other: on which of two sets of unlabelled slices. off: the share by which their grey values are changed.
    """
    stage, mine, found = method.stages(BUDGET)[index], predicting(method), list[Tensor]()

    def weigh(call: str, optimizer: Optimizer, terms: Mapping[str, Term]) -> Mapping[str, Term]:
        moved = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        weights = [weight for weight in mine if id(weight) in moved and weight.requires_grad]
        found.extend(_gradient(one, weights) for name, one in terms.items() if f"{call} {name}" == term)
        return {name: (0.0, value(one)) for name, one in terms.items()}

    begun(method, stage)
    batch, replaced = (batch_for(stage, seed, SIDE) for seed in (0, 10 + other))
    assert replaced.unlabeled is not None
    torch.manual_seed(0)
    with frozen_norms(), weighed(weigh):
        method.step(replace(batch, unlabeled=_changed(replaced.unlabeled, off)), clock(0, stage))
    return torch.cat(found)


def _gradient(term: Term, weights: list[Tensor]) -> Tensor:
    weight = term[0] if isinstance(term, tuple) else 1.0
    if not value(term).requires_grad:
        return torch.zeros(sum(one.numel() for one in weights), dtype=torch.float64)
    found = torch.autograd.grad(weight * value(term), weights, retain_graph=True, allow_unused=True)
    parts = [torch.zeros_like(one) if part is None else part for one, part in zip(weights, found, strict=True)]
    return torch.cat([part.double().flatten() for part in parts])


def _changed(images: Images, off: float) -> Images:
    rng = torch.Generator().manual_seed(0)
    views = {name: view * (1 + off * torch.randn(view.shape, generator=rng)) for name, view in images.views.items()}
    return replace(images, views=views)
