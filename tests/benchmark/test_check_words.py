"""What a stranger's method gets wrong is told by the rule that is about it, in words and not as Python's own error."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.repeated import RELY
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.test_check import faulty

pytestmark = pytest.mark.usefixtures("shallow")

STEP, DEF = "        labeled, unlabeled = batch.view(self.config.view)\n", "    def step"
RETURN = "        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap))"
TWO = (
    "    def stages(self, budget):\n        one, = super().stages(budget)\n"
    "        return [type(one)(name, one.updates // 2, one.draw) for name in 'ab']\n\n"
)
EARLIER = (
    f"{TWO}    def begin(self, stage):\n        if stage.name == 'a':\n            MAKE\n"
    f"        return super().begin(stage)\n\n{DEF}"
)
RATED = (
    "    def begin(self, stage):\n        found = super().begin(stage)\n"
    f"        return {{name: type(one)(one.optimizer, RATE) for name, one in found.items()}}\n\n{DEF}"
)
STAGES = "    def stages(self, budget):\n        one, = super().stages(budget)\n"
WORDS: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "stages of one name": (
        "budget",
        [(DEF, f"{STAGES}        half = type(one)(one.name, one.updates // 2, one.draw)\n"
          f"        return [half, half]\n\n{DEF}")],
        "Mine.stages(budget) names two stages 'train'; expected another name for each",
    ),
    "nothing kept by that name": (
        "budget",
        [(DEF, f"{STAGES}        return [type(one)(one.name, one.updates, one.draw, keep='First')]\n\n{DEF}")],
        "Stage 'train': keep='First'; expected last or best (my_method.py, line 34)",
    ),
    "no predictor": (
        "builds",
        [(DEF, f"    def predictors(self):\n        return {{}}\n\n{DEF}")],
        "Mine.predictors() names none; expected a network by its name, or more",
    ),
    "a predictor that is no network": (
        "builds",
        [(DEF, f"    def predictors(self):\n        return {{'one': lambda images: images}}\n\n{DEF}")],
        "Mine.predictors() names 'one': a function; expected a network, which is an nn.Module",
    ),
    "a predictor of nothing": (
        "logits",
        [(DEF, "    def predictors(self):\n        network = self.network\n"
          "        class Log(torch.nn.Module):\n            def forward(self, images):\n"
          f"                return network(images) * float('nan')\n        return {{'log': Log()}}\n\n{DEF}")],
        "log gives values that are not finite, before it was trained",
    ),
    "leaves": ("trains", [(STEP, f"{STEP}        raise SystemExit(0)\n")], "SystemExit: 0 (my_method.py, line 35)"),
    "a list of an earlier stage": (
        "resumes",
        [(DEF, EARLIER.replace("MAKE", "self.kept = [1.0]")), (STEP, f"{STEP}        self.kept[0]\n")],
        "in stage b, AttributeError: 'Mine' object has no attribute 'kept' as another process goes on from the first"
        f" update; {RELY} (my_method.py, line 44)",
    ),
    "a module of an earlier stage": (
        "resumes",
        [(DEF, EARLIER.replace("MAKE", "self.head = torch.nn.Linear(1, 1)"))],
        "in stage b, head.bias and 1 more is lost or left over as another process goes on from the first update; "
        + RELY,
    ),
    "a schedule that raises": (
        "trains",
        [(DEF, RATED.replace("RATE", "lambda clock: 1 / 0"))],
        "the schedule of optimiser 'network' ends by ZeroDivisionError: division by zero; expected a finite number, 0"
        " or more (my_method.py, line 34)",
    ),
    "a schedule of nothing": (
        "trains",
        [(DEF, RATED.replace("RATE", "lambda clock: float('nan')"))],
        "the schedule of optimiser 'network' gives nan at update 0; expected a finite number, 0 or more",
    ),
    "a term now and then": (
        "trains",
        [(RETURN, RETURN.replace("return ", "found = ") + "\n        "
          "return {**found, 'late': 0.0} if clock.progress > 0.5 else found")],
        "stage train logs 'late' in some updates and not in others; log it in each, as 0 where it does not count",
    ),
    "no optimiser": (
        "trains",
        [(DEF, f"    def begin(self, stage):\n        super().begin(stage)\n\n{DEF}")],
        "Mine.begin(train) returns None; expected optimisers by name, each a Trained",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDS)
def test_a_rule_says_in_words_what_is_wrong(kind: str, tmp_path: Path) -> None:
    rule, changes, said = WORDS[kind]
    (wanted,) = (one for one in RULES if one.name == rule)
    (found,) = look(Subject(method_named(str(faulty(tmp_path, changes)))), [wanted])
    assert found.seen == said
