"""A stranger's file with one fault breaks the rule that is about it, and what is slow is told by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import check
from benchmark.outside.named import method_named
from methods import registry
from methods.contract.control import twin_of
from methods.contract.pace import loops, readings, waits
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.outside.strangers import written

pytestmark = pytest.mark.usefixtures("shallow")

STEP = "        labeled, unlabeled = batch.view(self.config.view)\n"
FAULTS: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "no source": ("sources", [('"a choice"', '""')], "agreement without one"),
    "no paper": ("words", [("Me, 2026", "")], "paper empty"),
    "no network": (
        "builds",
        [("self.network = networks.segmenter()", "self.networks = [networks.segmenter()]")],
        "the method has no weights",
    ),
    "one more update": (
        "budget",
        [("    def step", "    def stages(self, budget):\n        stage, = super().stages(budget)\n        "
          "return [type(stage)(stage.name, stage.updates + 1, stage.draw)]\n\n    def step")],
        "9 updates where 8 are granted in all",
    ),
    "probabilities of half the size": (
        "logits",
        [("    def step", "    def predictors(self):\n        return {'half': torch.nn.Sequential(self.network, "
          "torch.nn.AvgPool2d(2))}\n\n    def step")],
        "half gives (2, 4, 16, 16), expected (2, 4, 32, 32)",
    ),
    "seeded by itself": (
        "init",
        [("        self.network =", "        torch.manual_seed(0)\n        self.network =")],
        "seeds 1 and 2 begin with the same weights",
    ),
    "not finite": ("trains", [("supervised=supervised", "supervised=supervised / 0")], "loss term 'supervised' is"),
    "raises": ("trains", [(STEP, f"{STEP}        labeled.nowhere\n")], "'nowhere' (my_method.py, line 35)"),
    "no terms": ("trains", [("return descend", "descend")], "Mine.step in stage 'train' returns None; expected terms"),
    "made on the CPU": (
        "devices", [(STEP, f"{STEP}        labeled = labeled * torch.ones(len(labeled), 1, 1, 1)\n")],
        "a tensor of the CPU meets one of the batch or of a network (my_method.py, line 35), which would end a run on",
    ),
    "changes its batch": ("batch", [(STEP, f"{STEP}        labeled.mul_(2)\n")], "changed the labelled view weak in"),
    "another predictor": (
        "reported",
        [("        self.network =", "        self.other = networks.segmenter().requires_grad_(False)\n"
          "        self.network ="),
         ("    def step", "    def predictors(self):\n        return {'other': self.other}\n\n    def step")],
        "other, the first of predictors(), is as it was",
    ),
    "numbers of its own": (
        "repeats",
        [("import torch\n", "import torch\nimport random\n"),
         ("supervised = seg", "supervised = random.random() * seg")],
        "came out otherwise the second time",
    ),
    "a counter that is not saved": (
        "resumes",
        [(STEP, f"{STEP}        self.seen = getattr(self, 'seen', 0) + 1\n"),
         ("supervised = seg", "supervised = self.seen * seg")],
        "in stage train, ",
    ),
    "of labelled slices alone": (
        "unlabelled",
        [("probabilities(logits[count:]), probabilities(logits[count:]", "probabilities(logits[:count]), "
          "probabilities(logits[:count]")],
        "other unlabelled slices move nothing by the term agreement of stage train",
    ),
    "a prediction held against itself": (
        "unlabelled",
        [("return descend", "gap = (logits.softmax(1).sum(1) - 1).square().mean()\n        return descend")],
        "other unlabelled slices move nothing but last bits by the term agreement of stage train",
    ),
    "a weight that no term takes": (
        "constants",
        [("MineConfig(RampedConfig):\n", "MineConfig(RampedConfig):\n    sharpness: float = cited(0.5, 'a choice')\n")],
        "nothing reads sharpness, so another value changes no number",
    ),
    "labels only, unsaid": (
        "unlabelled",
        [('"Me, 2026"', '"Me, 2026", needs_unlabeled=False'), ('    twin = {"agreement": 0.0}\n', "    twin = {}\n")],
        "it draws unlabelled slices, and @method says needs_unlabeled=False",
    ),
    "no twin": ("twin", [('    twin = {"agreement": 0.0}\n', "    twin = {}\n")], "Mine names no twin"),
    "a twin of nothing": ("twin", [('{"agreement": 0.0}', '{"ramp": 0.0}')], "stage train has total "),
    "a paste that the twin keeps": (
        "blind",
        [(STEP, f"{STEP}        labeled = torch.cat([labeled[..., :9], unlabeled[..., 9:]], -1)\n")],
        "stage train of the twin, at {'agreement': 0.0}, gives network other weights with other unlabelled slices",
    ),
    "a pass that the twin leaves out": (
        "passes",
        [(STEP, f"{STEP}        if self.config.agreement:\n            self.network(unlabeled)\n")],
        "network follows 10 batches at {'agreement': 0.0}, and 20 in the method",
    ),
    "no statistics": (
        "norms", [(STEP, f"{STEP}        for one in self.network.modules():\n            one.momentum = 0.0\n")],
        "of network normalises by each batch in training and keeps no statistics of it",
    ),
    "a twin without momentum": (
        "schedule",
        [("    def step", "    def begin(self, stage):\n        given = super().begin(stage)\n        given['network']"
          ".optimizer.param_groups[0]['momentum'] *= self.config.agreement\n        return given\n\n    def step")],
        "at {'agreement': 0.0}, stage train has momentum of network: 0.0 where the method has ",
    ),
    "a fidelity": (
        "fidelities",
        [("    twin =", "    fidelities = {'fixed': {}, 'paper': {'agreement': 1e45}}\n    twin =")],
        "stage train under fidelity paper logs total = inf",
    ),
    "four classes": (
        "tasks",
        [("supervised = seg", "logits = logits * torch.ones(1, 4, 1, 1).to(logits)\n        supervised = seg")],
        "RuntimeError: The size of tensor a (2) must match the size of tensor b (4)",
    ),
    "labels where there are none": (
        "ignored",
        [("segmentation_loss(logits[:count], batch.masks)", "segmentation_loss(logits[:count], batch.masks % 255)")],
        "where no pixel is labelled",
    ),
    "a U-Net alone": (
        "backbones",
        [(STEP, f"{STEP}        self.network.decoder[1]\n")],
        "AttributeError: 'SmpSegmenter' object has no attribute 'decoder'",
    ),
}  # fmt: skip


def faulty(folder: Path, changes: list[tuple[str, str]]) -> Path:
    file = written(folder / "my_method.py")
    text = file.read_text()
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    file.write_text(text)
    return file


def broken_of(file: Path) -> dict[str, str]:
    return {one.rule.name: one.seen for one in look(Subject(method_named(str(file)))) if one.is_broken}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_breaks_the_rule_that_is_about_it_and_no_other(fault: str, tmp_path: Path) -> None:
    rule, changes, seen = FAULTS[fault]
    broken = broken_of(faulty(tmp_path, changes))
    assert list(broken) == [rule]
    assert seen in broken[rule]


def test_there_is_a_fault_for_each_rule_and_a_file_without_one_keeps_all(tmp_path: Path) -> None:
    assert {rule for rule, *_ in FAULTS.values()} == {rule.name for rule in RULES}
    assert len(RULES) == 23
    assert broken_of(written(tmp_path / "my_method.py")) == {}


def test_a_twin_may_weigh_its_supervised_term_as_in_a_run(tmp_path: Path) -> None:
    file = faulty(tmp_path, [("supervised=supervised", "supervised=(0.3, supervised)")])
    assert broken_of(file) == {}
    assert twin_of(Subject(method_named(str(file)))) == "agreement=0.0; python -m benchmark.run --twin runs it"


WAIT = {
    "item": "labeled.mean().item()", "float": "float(labeled.mean())", "bool": "bool(labeled.any())",
    "if": "1 if labeled.any() else 0", "cpu": "labeled.cpu()", "numpy": "batch.masks.numpy()",
    "tolist": "batch.masks[0, 0].tolist()", "to": "labeled.to('cpu')", "nonzero": "batch.masks.nonzero()",
    "mask": "labeled[labeled > 0]", "where": "torch.where(batch.masks > 0)", "unique": "batch.masks.unique()",
    "select": "labeled.masked_select(labeled > 0)",
    "print": "print(labeled)", "str": "str(labeled)", "f-string": "f'{labeled}'",
    "equal": "torch.equal(labeled, unlabeled)", "allclose": "torch.allclose(labeled, unlabeled)",
    "bincount": "batch.masks.flatten().bincount()", "consecutive": "batch.masks.unique_consecutive()",
    "counts": "labeled.repeat_interleave(batch.masks[:, 0, 0] + 1, 0)",
}  # fmt: skip


@pytest.mark.parametrize("kind", WAIT)
def test_a_line_that_makes_a_gpu_wait_is_told(kind: str, tmp_path: Path) -> None:
    file = faulty(tmp_path, [(STEP, f"{STEP}        {WAIT[kind]}\n")])
    assert [(one.file, one.line) for one in waits(Subject(method_named(str(file))))] == [("my_method.py", 35)]


def test_what_stays_on_the_device_is_not_told(tmp_path: Path) -> None:
    still = ("labeled.to(unlabeled)", "labeled.to(torch.float64)", "labeled.repeat_interleave(2, 0)")
    counted = "labeled.repeat_interleave(batch.masks[:, 0, 0] + 1, 0, output_size=2)"
    lines = "".join(f"        {one}\n" for one in (*still, counted))
    assert waits(Subject(method_named(str(faulty(tmp_path, [(STEP, f"{STEP}{lines}")]))))) == []


def test_a_loop_over_slices_is_told_with_its_counts_and_one_over_classes_is_not(tmp_path: Path) -> None:
    each = "        for one in labeled:\n            one.mean()\n"
    loop = f"{each}        for k in range(4):\n            labeled.mean()\n"
    file = faulty(tmp_path, [(STEP, f"{STEP}{loop}")])
    (slow,) = loops(Subject(method_named(str(file))))
    assert (slow.file, slow.line) == ("my_method.py", 36)
    assert slow.why == "2 operations with 2 slices of each kind, 4 with 4; work on the whole batch at once"


@pytest.mark.parametrize(
    "read", ["clock.update", "clock.progress", "replace(clock, total=7).progress", "staircase(clock, 10)"]
)
def test_a_line_that_reads_the_clock_by_itself_is_told(read: str, tmp_path: Path) -> None:
    file = faulty(
        tmp_path,
        [
            (STEP, f"{STEP}        {read}\n"),
            (
                "import torch\n",
                "from dataclasses import replace\nfrom methods.parts.ramp import staircase\nimport torch\n",
            ),
        ],
    )
    (slow,) = readings(Subject(method_named(str(file))))
    assert (slow.file, slow.line) == ("my_method.py", 37)
    assert "clock.number" in slow.why


def test_the_twin_is_told_and_found_where_none_is_named(tmp_path: Path) -> None:
    whole = Subject(method_named(str(written(tmp_path / "whole" / "my_method.py"))))
    assert twin_of(whole) == "agreement=0.0; python -m benchmark.run --twin runs it"
    (tmp_path / "bare").mkdir()
    bare = Subject(method_named(str(faulty(tmp_path / "bare", FAULTS["no twin"][1]))))
    assert twin_of(bare).endswith("at weight=0.0 unlabelled slices teach nothing: twin = {'weight': 0.0}")
    assert twin_of(Subject(registry.entry("supervised"))) == "it learns from labels only, and is its own"


def test_the_command_tells_rule_expected_and_seen_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.command([str(faulty(tmp_path, FAULTS["changes its batch"][1]))]) == 1
    told = capsys.readouterr().out
    assert "BROKEN  batch       expected: a step leaves its batch as it came\n" in told
    assert "seen: stage train changed the labelled view weak in place; work on a copy (tensor.clone())\n" in told
    assert told.endswith("22 of 23 rules kept, 1 broken\n")


def test_the_command_exits_with_0_where_all_rules_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.command(["em"]) == 0
    assert capsys.readouterr().out.endswith("23 of 23 rules kept, 0 broken\n")
