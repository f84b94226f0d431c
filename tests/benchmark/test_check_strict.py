"""Faults that show late or in a part of the weights alone are found, and bounds and layers of one's own are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmark.test_check import STEP, broken_of, faulty
from tests.benchmark.test_check_natural import CONFIG, GAP

pytestmark = pytest.mark.usefixtures("shallow")

INIT = "        self.network = networks.segmenter()\n"
LATE = (
    f"{STEP}        if clock.update == clock.total // 2:\n            self.network.encoder.requires_grad_(True)\n",
    "    def begin(self, stage):\n        given = super().begin(stage)\n"
    "        self.network.encoder.requires_grad_(False)\n        return given\n\n    def step",
)
TWO_STAGES = (
    "    def stages(self, budget):\n        stage, = super().stages(budget)\n"
    "        few, many = budget.split(1, 1)\n"
    "        return [type(stage)('idle', few, stage.draw), type(stage)('train', many, stage.draw)]\n\n"
    "    def begin(self, stage):\n        self.idle = stage.name == 'idle'\n        return super().begin(stage)\n\n"
    "    def step"
)
IDLE = (
    f"{STEP}        if self.idle:\n            self.network(labeled)\n            return {{'total': torch.zeros(())}}\n"
)
LAYER = (
    "class MineConfig",
    "class Normed(torch.nn.Module):\n    def __init__(self, network, classes):\n        super().__init__()\n"
    "        self.network, self.norm = network, torch.nn.BatchNorm2d(classes, track_running_stats=False)\n\n"
    "    def forward(self, images):\n        return self.norm(self.network(images))\n\n\nclass MineConfig",
)
EXTRA = (
    "class MineConfig",
    "class Counted(torch.nn.Module):\n    def __init__(self, network):\n        super().__init__()\n"
    "        self.network, self.seen = network, {'batches': 0}\n\n"
    "    def forward(self, images):\n        self.seen = {'batches': self.seen['batches'] + 1}\n"
    "        return self.network(images)\n\n"
    "    def get_extra_state(self):\n        return self.seen\n\n"
    "    def set_extra_state(self, state):\n        self.seen = state\n\n\nclass MineConfig",
)


def test_what_is_thawed_half_way_is_lost_to_a_process_that_goes_on_later(tmp_path: Path) -> None:
    broken = broken_of(faulty(tmp_path, [(STEP, LATE[0]), ("    def step", LATE[1])]))
    assert list(broken) == ["resumes"]
    assert "came out otherwise after going on from update 7" in broken["resumes"]


def test_a_stage_in_which_statistics_alone_move_moves_no_weight(tmp_path: Path) -> None:
    broken = broken_of(faulty(tmp_path, [(STEP, IDLE), ("    def step", TWO_STAGES)]))
    assert "no weight moved in two updates of stage idle" in broken["trains"]


BOUNDED = [
    (CONFIG, f"{CONFIG}    confident: float = cited(0.95, 'mine', gt=0.5, lt=1)\n"
     "    unsupervised_ramp: float = cited(0.25, 'mine', gt=0.1)\n"),
    (GAP, "        late = clock.progress >= self.config.unsupervised_ramp\n"
     f"        gap = gap * (self.config.confident if late else 1)\n{GAP}"),
]  # fmt: skip
NOW_AND_THEN = [
    (INIT, f"{INIT}        self.teacher = networks.segmenter().requires_grad_(False)\n"),
    ("        return descend", "        if clock.update % 5 == 4:\n"
     "            self.teacher.load_state_dict(self.network.state_dict())\n        return descend"),
    ("    def step", "    def predictors(self):\n        return {'teacher': self.teacher, 'student': self.network}\n\n"
     "    def step"),
]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        BOUNDED,
        NOW_AND_THEN,
        [LAYER, (INIT, INIT.replace("networks.segmenter()", "Normed(networks.segmenter(), task.classes)"))],
        [EXTRA, (INIT, INIT.replace("networks.segmenter()", "Counted(networks.segmenter())"))],
    ],
    ids=["bounds", "a teacher that moves now and then", "a norm without statistics", "extra state"],
)
def test_what_is_ones_own_breaks_no_rule(changes: list[tuple[str, str]], tmp_path: Path) -> None:
    assert broken_of(faulty(tmp_path, changes)) == {}
