"""Twins of another schedule or of other passes, and norms that follow nothing, are told; what may differ is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods import registry
from methods.contract.control import twin_of
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.test_check import STEP, faulty
from tests.benchmark.test_check_strict import INIT

pytestmark = pytest.mark.usefixtures("shallow")

RETURN = "        return descend("
TWIN = '    twin = {"agreement": 0.0}\n'
DEF = "    def step"
LOOKED_AT = ("builds", "budget", "trains", "twin", "blind", "passes", "norms", "fidelities", "schedule")


def broken_of(file: Path) -> dict[str, str]:
    rules = [rule for rule in RULES if rule.name in LOOKED_AT]
    return {one.rule.name: one.seen for one in look(Subject(method_named(str(file))), rules) if one.is_broken}


def stages(*made: str) -> tuple[str, str]:
    lines = "".join(f"        {line}\n" for line in ("stage, = super().stages(budget)", "kind = type(stage)", *made))
    return DEF, f"    def stages(self, budget):\n{lines}\n{DEF}"


TEACHER = [
    (INIT, f"{INIT}        self.teacher = networks.segmenter().requires_grad_(False)\n"),
    (DEF, f"    def predictors(self):\n        return {{'network': self.network, 'teacher': self.teacher}}\n\n{DEF}"),
]
WEIGHTS_ALONE = (
    RETURN,
    "        with torch.no_grad():\n            for one, other in zip(self.teacher.parameters(), "
    f"self.network.parameters()):\n                one.lerp_(other, 0.5)\n{RETURN}",
)
TOLD: dict[str, tuple[list[tuple[str, str]], str, str]] = {
    "a stage less": (
        [stages("few, many = budget.split(1, 1)",
                "first, last = (kind(name, count, stage.draw) for name, count in (('a', few), ('b', many)))",
                "return [first, last] if self.config.agreement else [kind('b', few + many, stage.draw)]")],
        "schedule", "at {'agreement': 0.0}, the stages are b where the method has a, b, so that more than its terms",
    ),
    "stages of other lengths": (
        [stages("few, many = budget.split(1, 3 if self.config.agreement else 1)",
                "return [kind('a', few, stage.draw), kind('b', many, stage.draw)]")],
        "schedule", "stage a has updates 4 where the method has 2",
    ),
    "slices in another order": (
        [stages("by = 'shuffle' if self.config.agreement else 'partition'",
                "draw = type(stage.draw)(2, 2, stage.draw.views, by)", "return [kind('train', stage.updates, draw)]")],
        "schedule", "stage train has draw.by partition where the method has shuffle",
    ),
    "another decay of weights": (
        [(DEF, "    def begin(self, stage):\n        given = super().begin(stage)\n        (group,) = "
          "given['network'].optimizer.param_groups\n        group['weight_decay'] *= self.config.agreement\n"
          f"        return given\n\n{DEF}")],
        "schedule", "stage train has weight_decay of network: 0.0 where the method has ",
    ),
    "a frozen encoder": (
        [(DEF, "    def begin(self, stage):\n        self.network.encoder.requires_grad_(self.config.agreement > 0)\n"
          f"        return super().begin(stage)\n\n{DEF}")],
        "schedule", "stage train has weights of predictors that are trained: ",
    ),
    "under one fidelity": (
        [(TWIN, f"{TWIN}    fidelities = {{'fixed': {{}}, 'paper': {{'weight': 0.5}}}}\n"),
         (DEF, "    def begin(self, stage):\n        (given,) = super().begin(stage).values()\n        low = "
          "self.config.weight == 0.5 and not self.config.agreement\n        return {'network': "
          f"type(given)(given.optimizer, lambda at: 0.5 if low else 1.0)}}\n\n{DEF}")],
        "schedule", "at {'agreement': 0.0} under fidelity paper, stage train has rates of network: 0.005",
    ),
    "a pass from an update on": (
        [(STEP, f"{STEP}        if self.config.agreement * clock.progress > 0.05:\n"
          "            self.network(unlabeled)\n")],
        "passes", "network follows 10 batches at {'agreement': 0.0}, and 20 in the method, in update 6 of stage train",
    ),
    "a pass of fewer slices": (
        [("logits = self.network(torch.cat([labeled, unlabeled]))",
          "self.network(unlabeled if self.config.agreement else unlabeled[:1])\n"
          "        logits = self.network(torch.cat([labeled, unlabeled]))")],
        "passes", "network follows 20 batches at {'agreement': 0.0}, and 20 in the method, of 50 and 60 slices in all",
    ),
    "labelled slices in place of unlabelled ones": (
        [("torch.cat([labeled, unlabeled])", "torch.cat([labeled, unlabeled if self.config.agreement else labeled])")],
        "passes", "network, in stage train, follows no unlabelled slice at {'agreement': 0.0}, and unlabelled slices ",
    ),
    "an unlabelled slice twice": (
        [("torch.cat([labeled, unlabeled])",
          "torch.cat([labeled, unlabeled if self.config.agreement else unlabeled[[0, 0]]])")],
        "passes", "network, in stage train, follows unlabelled slices 1 at {'agreement': 0.0}, and unlabelled slices ",
    ),
    "eval() before it learns": (
        [(STEP, f"{STEP}        self.network.eval()\n")],
        "norms", "no batch norm of network has followed anything in training",
    ),
    "a teacher of weights alone": (
        [*TEACHER, WEIGHTS_ALONE, (STEP, f"{STEP}        self.teacher.eval()\n")],
        "norms", "no batch norm of teacher has followed anything in training",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", TOLD)
def test_a_twin_that_is_another_training_and_a_norm_that_follows_nothing_are_told(fault: str, tmp_path: Path) -> None:
    changes, rule, seen = TOLD[fault]
    broken = broken_of(faulty(tmp_path, changes))
    assert list(broken) == [rule]
    assert seen in broken[rule]


CRITIC = (
    DEF,
    "    def begin(self, stage):\n        (given,) = super().begin(stage).values()\n"
    "        self.optimizer = self.config.trained(self.network.parameters()).optimizer\n"
    "        both = {'network': type(given)(self.optimizer, given.schedule)}\n        if self.config.agreement:\n"
    f"            both['critic'] = self.config.trained(self.critic.parameters())\n        return both\n\n{DEF}",
)
KEPT: dict[str, list[tuple[str, str]]] = {
    "unlabelled slices in another order": [
        ("torch.cat([labeled, unlabeled])",
         "torch.cat([labeled, unlabeled.flip(0) if self.config.agreement else unlabeled])"),
    ],
    "a twin without the optimiser of its critic": [
        (INIT, f"{INIT}        self.critic = torch.nn.Linear(1, 1)\n"), CRITIC,
    ],
    "norms of an encoder that stay as they are": [
        (STEP, f"{STEP}        self.network.encoder.eval()\n"),
    ],
    "a teacher of weights that follows batches of its own": [
        *TEACHER, WEIGHTS_ALONE, (STEP, f"{STEP}        self.teacher.train()(unlabeled)\n"),
    ],
    "cumulative averages": [
        (INIT, f"{INIT}        for one in self.network.modules():\n            one.momentum = None\n"),
    ],
    "a copy that comes late": [
        *TEACHER, (RETURN, "        if clock.update == 1000:\n            self.teacher.load_state_dict("
                   f"self.network.state_dict())\n{RETURN}"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_no_fault_of_a_twin_or_a_norm_is_not_told(kind: str, tmp_path: Path) -> None:
    assert broken_of(faulty(tmp_path, KEPT[kind])) == {}


@pytest.mark.parametrize("fault", ["stages of other lengths", "a pass from an update on"])
def test_a_class_may_say_why_its_twin_is_another_training(fault: str, tmp_path: Path) -> None:
    changes, rule, _ = TOLD[fault]
    said = f"{TWIN}    twin_caveats = {{'{rule}': 'it must be so'}}\n"
    file = faulty(tmp_path, [*changes, (TWIN, said)])
    assert broken_of(file) == {}
    assert twin_of(Subject(method_named(str(file)))).endswith(f" --twin runs it; by the rule {rule}: it must be so")


def test_what_methods_of_this_repository_say_of_their_twins() -> None:
    said = {name: dict(one.cls.twin_caveats) for name, one in registry.entries().items() if one.cls.twin_caveats}
    assert {name: list(caveats) for name, caveats in said.items()} == {"bcp": ["passes"]}
