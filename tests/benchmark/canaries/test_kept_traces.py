"""The traces that come with the code: of every method, of this code, and of no code that was changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

import methods.action
import methods.parts.student_teacher
from benchmark import canary
from benchmark.canaries import rehearsal
from benchmark.canaries.rehearsal import cell_of, setup_of, take
from benchmark.canaries.traces import Traces, Verdict, compare
from benchmark.cells.cell import Scalar
from methods import registry
from methods.action import Action
from methods.mean_teacher import MeanTeacher
from methods.parts.momentum import WithMomentum

CPU, ROOT = torch.device("cpu"), Path(__file__).resolve().parents[3]
COMMITTED = Traces(canary.TRACES)


def verdict(name: str, overrides: Mapping[str, Scalar] | None = None) -> Verdict:
    found = COMMITTED.load(rehearsal.version(), "cpu")
    if found is None:
        pytest.skip("no trace is kept for this torch")
    return compare(found.traces[name], take(name, canary.UPDATES, CPU, overrides=overrides))


def test_the_committed_file_keeps_every_method_at_the_present_set_up() -> None:
    found = COMMITTED.load("2.14", "cpu")
    assert found is not None
    assert set(found.traces) == set(registry.entries())
    for name, one in found.traces.items():
        assert one.setup == setup_of(cell_of(name, canary.UPDATES, CPU)[0])
        assert all(len(series.values) == len(series.rounding) for series in one.series.values())


@pytest.mark.parametrize(
    "name", ["supervised", "mean_teacher", *(pytest.param(name, marks=pytest.mark.slow) for name in ("action", "ctct"))]
)
def test_the_committed_traces_are_of_this_code(name: str) -> None:
    """In a process of its own, as the command is typed: other tests leave a process otherwise than they found it."""
    told = f"from {__name__} import verdict; print(verdict({name!r}).said)"
    found = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout.strip() in ("same", "numerically different"), found.stdout + found.stderr


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("supervised", {"weight_decay": 0.0}),
        pytest.param("mean_teacher", {"decay": 0.999}, marks=pytest.mark.slow),
        pytest.param("action", {"contrast_weight": 0.005}, marks=pytest.mark.slow),
        pytest.param("action", {"unsupervised_weight": 0.0}, marks=pytest.mark.slow),
    ],
)
def test_a_changed_constant_is_another_method(name: str, constants: Mapping[str, Scalar]) -> None:
    assert verdict(name, constants).said == "different method"


def contrast_times(factor: float) -> Callable[[pytest.MonkeyPatch], None]:
    def change(patch: pytest.MonkeyPatch) -> None:
        made = Action.contrasts
        patch.setattr(Action, "contrasts", lambda *a: {name: factor * term for name, term in made(*a).items()})

    return change


def pseudo_labels_mirrored(patch: pytest.MonkeyPatch) -> None:
    made = methods.action.labeled_by

    def mirrored(network: torch.nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
        confidence, labels = made(network, images)
        return confidence, labels.flip(-1)

    patch.setattr(methods.action, "labeled_by", mirrored)


def reported_swapped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MeanTeacher, "predictors", lambda self: {"student": self.student, "teacher": self.teacher})


def reported_weights_swapped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MeanTeacher, "predictors", lambda self: {"teacher": self.student, "student": self.teacher})


def buffers_stay_behind(patch: pytest.MonkeyPatch) -> None:
    follows = methods.parts.student_teacher.FOLLOWS
    patch.setattr(methods.parts.student_teacher, "FOLLOWS", dict.fromkeys(follows, follows["weights"]))


def decay_of_999(patch: pytest.MonkeyPatch) -> None:
    made = methods.parts.student_teacher.warm_decay
    patch.setattr(methods.parts.student_teacher, "warm_decay", lambda decay, update: made(0.999, update))


def momentum_lost_between_stages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WithMomentum, "recall", lambda *_: None)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("mean_teacher", reported_swapped),
        ("action", contrast_times(-1)),
        *(
            pytest.param(name, change, marks=pytest.mark.slow)
            for name, change in (
                ("action", contrast_times(0)),
                ("action", pseudo_labels_mirrored),
                ("mean_teacher", reported_weights_swapped),
                ("mean_teacher", buffers_stay_behind),
                ("mean_teacher", decay_of_999),
                ("bcp", momentum_lost_between_stages),
            )
        ),
    ],
)
def test_changed_code_is_another_method(
    name: str, change: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch)
    assert verdict(name).said == "different method"
