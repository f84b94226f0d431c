"""A twin that unlabelled slices reach by another way than a term is told, and what they may reach breaks no rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.test_check import STEP, faulty
from tests.benchmark.test_check_natural import GAP
from tests.benchmark.test_check_strict import INIT

pytestmark = pytest.mark.usefixtures("shallow")

SEG = "segmentation_loss(logits[:count], batch.masks)"
RETURN = "        return descend("
TWIN = '    twin = {"agreement": 0.0}\n'
CENTER = (INIT, f"{INIT}        self.register_buffer('center', torch.zeros(()))\n")
WRAPPED = (
    "class MineConfig",
    "class Wrapped(torch.nn.Module):\n    def __init__(self, network, classes):\n        super().__init__()\n"
    "        self.network = network\n        self.register_buffer('center', torch.zeros(classes, 1, 1))\n\n"
    "    def forward(self, images):\n        logits = self.network(images)\n        return GIVEN\n\n\nclass MineConfig",
)
WRAP = (INIT, INIT.replace("networks.segmenter()", "Wrapped(networks.segmenter(), task.classes)"))
KEEP = (
    "        seen = logits[count:].detach().mean((0, 2, 3)).view(-1, 1, 1)\n"
    "        self.network.center.lerp_(seen, 0.5)\n"
)


LOOKED_AT = ("trains", "unlabelled", "twin", "blind", "passes")


def broken_of(file: Path) -> dict[str, str]:
    rules = [rule for rule in RULES if rule.name in LOOKED_AT]
    return {one.rule.name: one.seen for one in look(Subject(method_named(str(file))), rules) if one.is_broken}


def wrapped(given: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the changes to a network that keeps a mean of unlabelled logits, and gives what is said."""
    return [(WRAPPED[0], WRAPPED[1].replace("GIVEN", given)), WRAP, (RETURN, KEEP + RETURN), *more]


REACHED: dict[str, tuple[list[tuple[str, str]], str]] = {
    "a term of labels that holds another": (
        [(SEG, f"{SEG} + 0.1 * gap * (batch.masks < 255).any()")], "network other weights",
    ),
    "pasted into labelled images": (
        [(STEP, f"{STEP}        labeled = torch.cat([labeled[..., :9], unlabeled[..., 9:]], -1)\n")],
        "network other weights",
    ),
    "weights by hand": (
        [(STEP, f"{STEP}        with torch.no_grad():\n            for one in self.network.parameters():\n"
          "                one.mul_(1 - 1e-3 * unlabeled.mean())\n")],
        "network other weights",
    ),
    "a step of its own": (
        [(STEP, f"{STEP}        self.optimizer.zero_grad()\n        self.network(unlabeled).std().backward()\n"
          "        self.optimizer.step()\n")],
        "network other weights",
    ),
    "a memory that labelled slices are held against": (
        [CENTER, (RETURN, f"        self.center.lerp_(logits[count:].detach().square().mean(), 0.5)\n{RETURN}"),
         (SEG, "segmentation_loss(logits[:count] * (1 + self.center), batch.masks)")],
        "network other weights",
    ),
    "a memory that it predicts by": (
        [*wrapped("logits if self.training else logits - self.center")], "network other predictions",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", REACHED)
def test_unlabelled_slices_that_reach_a_twin_by_another_way_than_a_term_are_told(way: str, tmp_path: Path) -> None:
    changes, what = REACHED[way]
    broken = broken_of(faulty(tmp_path, changes))
    assert list(broken) == ["blind"]
    assert broken["blind"].startswith("stage train of the twin, at {'agreement': 0.0}, gives " + what)


ATTENDING = (
    "logits = self.network(torch.cat([labeled, unlabeled]))",
    "images = torch.cat([labeled, unlabeled])\n        logits = self.network(images + 0.1 * images.mean(0))",
)
BLIND: dict[str, list[tuple[str, str]]] = {
    "draws as many numbers as pixels are sure, then those of labelled slices": [
        (GAP, "        few = int((logits[count:].detach()[:, 0] > logits[count:].detach().mean()).sum())\n"
         "        clock.draw('pixels', lambda rng: torch.randperm(few, generator=rng))\n"
         f"        shift = clock.draw('shift', lambda rng: torch.rand((), generator=rng))\n{GAP}"),
        (SEG, "segmentation_loss(logits[:count] * (1 + shift), batch.masks)"),
    ],
    "drops of what is sure as many values as there are, then of labelled slices": [
        (GAP, "        of = logits[count:].detach()\n        torch.nn.functional.dropout(of[of > of.mean()])\n"
         f"        torch.rand(int((of > 0).sum()), generator=clock.rng)\n{GAP}"),
        (SEG, "segmentation_loss(torch.nn.functional.dropout(logits[:count]) * (1 + torch.rand((), "
         "generator=clock.rng)), batch.masks)"),
    ],
    "normalises by torch's function, as layers of other libraries do": [
        (STEP, f"{STEP}        both = torch.cat([labeled, unlabeled])\n        labeled, unlabeled = "
         "torch.nn.functional.batch_norm(both, None, None, training=True).split(len(labeled))\n"),
    ],
    "keeps unlabelled features in its network for a term alone": wrapped(
        "logits", (GAP, f"        gap = gap * (1 + self.network.center.square().mean())\n{GAP}"),
    ),
    "a critic of its own learns of them": [
        (INIT, f"{INIT}        self.critic = torch.nn.Linear(1, 1)\n"),
        ("    def step", "    def begin(self, stage):\n        (given,) = super().begin(stage).values()\n"
         "        critic = self.config.trained(self.critic.parameters())\n        self.judging = critic.optimizer\n"
         "        self.optimizer = self.config.trained(self.network.parameters()).optimizer\n"
         "        return {'network': type(given)(self.optimizer, given.schedule), 'critic': critic}\n\n    def step"),
        (RETURN, "        judged = self.critic(logits[count:].detach().mean((1, 2, 3)).view(-1, 1)).square().mean()\n"
         f"        descend(self.judging, judged=judged)\n{RETURN}"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", BLIND)
def test_what_unlabelled_slices_may_reach_breaks_no_rule(way: str, tmp_path: Path) -> None:
    assert broken_of(faulty(tmp_path, BLIND[way])) == {}


def test_a_class_may_say_why_they_reach_its_twin_as_well(tmp_path: Path) -> None:
    file = faulty(tmp_path / "silent", [ATTENDING])
    assert list(broken_of(file)) == ["blind"]
    said = TWIN + "    twin_caveats = {'blind': 'labelled slices are shifted by the mean of a batch in both'}\n"
    assert broken_of(faulty(tmp_path / "told", [ATTENDING, (TWIN, said)])) == {}


def test_the_sentence_says_what_would_be_right(tmp_path: Path) -> None:
    seen = broken_of(faulty(tmp_path, REACHED["weights by hand"][0]))["blind"]
    assert (
        "; keep them out of labelled terms and images, of memories that predictions take, and of weights set " in seen
    )
    assert seen.endswith('twin_caveats = {"blind": "..."}')
