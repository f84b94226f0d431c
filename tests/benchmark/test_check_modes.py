"""A network that makes targets in training mode is told by its line, and breaks no rule, as some papers mean it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import check
from benchmark.outside.named import method_named
from methods import registry
from methods.contract.modes import unsettled
from methods.contract.subject import Subject
from tests.benchmark.test_check import STEP, faulty

pytestmark = pytest.mark.usefixtures("shallow")

TARGET = (
    f"{STEP}        MODE\n        with torch.no_grad():\n            self.network(unlabeled)\n"
    "        self.network.train()\n"
)
BOTH = "with dropout and batch norm of the slices at hand; call eval() on it before, unless it is meant"


@pytest.mark.parametrize(("mode", "why"), [("self.network.train()", [BOTH]), ("self.network.eval()", [])])
def test_targets_that_are_made_in_training_mode_are_told(mode: str, why: list[str], tmp_path: Path) -> None:
    file = faulty(tmp_path, [(STEP, TARGET.replace("MODE", mode))])
    found = unsettled(Subject(method_named(str(file))))
    assert [(one.file, one.line, one.why) for one in found] == [("my_method.py", 37, one) for one in why]


def test_a_teacher_of_this_repository_is_settled_by_default() -> None:
    assert unsettled(Subject(registry.entry("mean_teacher"))) == []


def test_the_command_tells_it_and_breaks_no_rule_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = faulty(tmp_path, [(STEP, TARGET.replace("MODE", "pass"))])
    assert check.command([str(file)]) == 0
    told = "told    a network passes without gradients, as for targets, at my_method.py, line 37: with dropout and "
    assert told in capsys.readouterr().out
