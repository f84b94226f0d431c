"""What a stranger's method may do breaks no rule, and what hides behind thresholds and schedules is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.control import twin_of
from methods.contract.subject import Subject
from tests.benchmark.test_check import STEP, broken_of, faulty

pytestmark = pytest.mark.usefixtures("shallow")

CONFIG, GAP = "MineConfig(RampedConfig):\n", "        supervised = seg"
KEPT: dict[str, list[tuple[str, str]]] = {
    "read from an update on": [
        (CONFIG, f"{CONFIG}    late: float = cited(0.6, 'mine')\n    much: float = cited(2.0, 'mine')\n"),
        (GAP, f"        if clock.progress >= self.config.late:\n            gap = gap * self.config.much\n{GAP}"),
    ],
    "read now and then": [
        (CONFIG, f"{CONFIG}    each: int = cited(4, 'mine')\n    much: float = cited(2.0, 'mine')\n"),
        (GAP, f"        if clock.update % self.config.each == 3:\n            gap = gap * self.config.much\n{GAP}"),
    ],
    "dumped": [
        (CONFIG, f"{CONFIG}    much: float = cited(2.0, 'mine')\n"),
        (GAP, f"        gap = gap * self.config.model_dump()['much']\n{GAP}"),
    ],
    "read where it predicts": [
        (CONFIG, f"{CONFIG}    much: float = cited(2.0, 'mine')\n"),
        ("    def step", "    def predictors(self):\n        return {'sharp': Sharp(self.network, self.config)}\n\n"
         "    def step"),
        ("class MineConfig", "class Sharp(torch.nn.Module):\n    def __init__(self, network, config):\n"
         "        super().__init__()\n        self.network, self.config = network, config\n\n"
         "    def forward(self, images):\n        return self.network(images) * self.config.much\n\n\n"
         "class MineConfig"),
    ],
    "read at another value, and another one is refused": [
        (CONFIG, f"{CONFIG}    deep: int = cited(1, 'mine', ge=1)\n    much: float = cited(2.0, 'mine')\n"
         "    smooth: float = cited(0.0, 'mine')\n"),
        (GAP, "        gap = gap / (1 - self.config.smooth) if self.config.smooth != 1 else 1 / 0\n"
         f"        if self.config.deep > 1:\n            gap = gap * self.config.much\n{GAP}"),
    ],
    "a weight that grows from 0": [("* self.weight(clock)", "* clock.progress + 0 * self.weight(clock)")],
    "predictors that a descent can't move": [
        ("        return descend", "        self.network.requires_grad_(False)\n"
         "        descend(self.optimizer, critic=self.critic.square() * unlabeled.mean())\n"
         "        self.network.requires_grad_(True)\n        return descend"),
        ("        self.network = networks.segmenter()\n", "        self.network = networks.segmenter()\n"
         "        self.critic = torch.nn.Parameter(torch.ones(()))\n"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_what_a_method_may_do_breaks_no_rule(kind: str, tmp_path: Path) -> None:
    assert broken_of(faulty(tmp_path, KEPT[kind])) == {}


def test_an_inherited_constant_that_nothing_reads_is_not_to_be_taken_out_but_replaced(tmp_path: Path) -> None:
    broken = broken_of(faulty(tmp_path, [("self.config.agreement * self.weight(clock)", "self.config.agreement")]))
    words = "nothing reads weight, ramp, ramp_steps, so another value changes no number; use it, or derive "
    words += "MineConfig from SgdConfig (methods.parts.sgd) in place of RampedConfig"
    assert broken["constants"].startswith(words)


TAU = (CONFIG, f"{CONFIG}    tau: float = cited(0.9, 'mine')\n")
GATED = (
    "        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap))",
    "        sure = (logits[count:].detach().softmax(1).amax(1, keepdim=True) > self.config.tau).float()\n"
    "        back = (sure * logits[count:].square()).mean()\n"
    "        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap), back=(BACK, back))",
)


def gated(weight: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the changes to a second term, of sure pixels alone, of which an untrained network has none."""
    return [TAU, (GATED[0], GATED[1].replace("BACK", weight)), *more]


def test_a_threshold_by_any_name_is_let_down_to_see_what_its_term_does(tmp_path: Path) -> None:
    both = ('{"agreement": 0.0}', '{"agreement": 0.0, "weight": 0.0}')
    assert broken_of(faulty(tmp_path, gated("self.weight(clock)", both))) == {}


def test_a_twin_that_leaves_a_term_of_sure_pixels_is_none_and_the_whole_one_is_told(tmp_path: Path) -> None:
    file = faulty(tmp_path, gated("self.weight(clock)", ("* self.weight(clock)", "* 1.0")))
    assert list(broken_of(file)) == ["twin"]
    told = twin_of(Subject(method_named(str(file))))
    assert told.endswith(("twin = {'weight': 0.0, 'agreement': 0.0}", "twin = {'agreement': 0.0, 'weight': 0.0}"))


def test_a_counter_that_acts_through_sure_pixels_alone_breaks_resumption(tmp_path: Path) -> None:
    counted = (STEP, f"{STEP}        self.seen = getattr(self, 'seen', 0) + 1\n")
    both = ('{"agreement": 0.0}', '{"agreement": 0.0, "weight": 0.0}')
    assert list(broken_of(faulty(tmp_path, gated("self.weight(clock) * self.seen", counted, both)))) == ["resumes"]


def test_a_view_that_there_is_none_of_is_told_with_those_there_are(tmp_path: Path) -> None:
    views = ("    def step", "    def views(self):\n        return (self.config.view, 'strong2')\n\n    def step")
    broken = broken_of(faulty(tmp_path, [views]))
    assert list(broken) == ["budget"]
    words = "Mine.stages(budget): stage 'train' draws the view 'strong2'; known are plain, weak"
    assert broken["budget"].startswith(words)


def test_a_term_that_some_slices_lack_is_told(tmp_path: Path) -> None:
    changes = [
        ("        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap))",
         "        terms = {'agreement': (weight, gap)} if float(unlabeled[0, 0, 0, 0]) < 0.5 else {}\n"
         "        return descend(self.optimizer, supervised=supervised, **terms)"),
    ]  # fmt: skip
    broken = broken_of(faulty(tmp_path, changes))
    assert list(broken) == ["unlabelled"]
    assert "agreement" in broken["unlabelled"]
