"""What a stranger's method gets wrong is told by the rule that is about it, in words and not as Python's own error."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.test_check import faulty

pytestmark = pytest.mark.usefixtures("thin")

STEP, DEF = "        labeled, unlabeled = batch.view(self.config.view)\n", "    def step"
STAGES = "    def stages(self, budget):\n        one, = super().stages(budget)\n"
WORDS: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "stages of one name": (
        "budget",
        [(DEF, f"{STAGES}        half = type(one)(one.name, one.updates // 2, one.draw)\n"
          f"        return [half, half]\n\n{DEF}")],
        "stages(budget) names two stages 'train'; expected another name for each",
    ),
    "nothing kept by that name": (
        "budget",
        [(DEF, f"{STAGES}        return [type(one)(one.name, one.updates, one.draw, keep='First')]\n\n{DEF}")],
        "Stage 'train': keep='First'; expected last or best (my_method.py, line 34)",
    ),
    "no optimiser": (
        "trains",
        [(DEF, f"    def begin(self, stage):\n        super().begin(stage)\n\n{DEF}")],
        "begin(train) returns None; expected optimisers by name, each a Trained",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDS)
def test_a_rule_says_in_words_what_is_wrong(kind: str, tmp_path: Path) -> None:
    rule, changes, said = WORDS[kind]
    (wanted,) = (one for one in RULES if one.name == rule)
    (found,) = look(Subject(method_named(str(faulty(tmp_path, changes)))), [wanted])
    assert found.seen == said
