"""What a stranger's method answers wrong ends a run with one sentence, before hours are spent and numbers written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmark.outside.strangers import WORDS, written
from tests.benchmark.outside.test_refusals import ended

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")

DEF, RETURN = "    def step", "        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap))"
HALF = "torch.nn.Sequential(self.network, torch.nn.AvgPool2d(2))"
SHOWN = "    def inspected(self):\n        from methods.base import Inspected\n        return INSPECTED\n\n"
WRONG = {
    "a predictor of half the size": (
        DEF, f"    def predictors(self):\n        return {{'network': self.network, 'half': {HALF}}}\n\n{DEF}",
        "the predictor 'half' gives (2, 4, 32, 32), expected (2, 4, 64, 64), the logits (N, classes, H, W) of",
    ),
    "a labeler of half the size": (
        DEF, SHOWN.replace("INSPECTED", f"Inspected({HALF}, 0.9)") + DEF,
        "the labeler of inspected() gives (2, 4, 32, 32), expected (2, 4, 64, 64)",
    ),
    "a confidence in percent": (
        DEF, SHOWN.replace("INSPECTED", "Inspected(self.network, 95)") + DEF,
        "Mine.inspected() has confident=95; expected a confidence, 0 to 1",
    ),
    "terms in a list": (
        RETURN, RETURN.replace("descend(", "list(descend(").rstrip(")") + ")).values())",
        "Mine.step in stage 'train' returns a list; expected terms by name, as descend(...) returns them",
    ),
    "a term a slice": (
        RETURN, RETURN.replace("return descend", "return {'each': weight * gap.expand(2)} | descend"),
        "Mine.step in stage 'train' returns 'each': a tensor of shape (2,); expected a scalar, such as its mean",
    ),
    "a rate of its own": (
        RETURN, f"        self.optimizer.param_groups[0]['lr'] *= 0.5\n{RETURN}",
        "Mine.step in stage 'train' sets the learning rate of optimiser 'network' to 0.015, from 0.03; let",
    ),
    "a scheduler": (
        DEF, "    def begin(self, stage):\n        found = super().begin(stage)\n"
        f"        torch.optim.lr_scheduler.StepLR(self.optimizer, 1000)\n        return found\n\n{DEF}",
        "Mine.begin(train) hands over 'network': a Trained whose optimiser a scheduler of torch follows; expected",
    ),
    "part of a slice": (
        DEF, "    def stages(self, budget):\n        one, = super().stages(budget)\n"
        f"        return [type(one)(one.name, one.updates, type(one.draw)(budget.labeled / 2, 2, ['weak']))]\n\n{DEF}",
        "Mine.stages(budget): stage 'train' draws labeled=",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_run_ends_with_a_sentence_and_leaves_no_record(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, instead, expected = WRONG[kind]
    file = written(tmp_path / "mine.py")
    assert file.read_text().count(words) == 1
    file.write_text(file.read_text().replace(words, instead))
    assert ended("benchmark.run", ["--method", str(file), *WORDS, "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"error: {expected}")
    assert not list((tmp_path / "out").rglob("record.json"))
