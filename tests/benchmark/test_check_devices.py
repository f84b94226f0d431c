"""What would end a run on a card is told on the CPU, by its line, and what would not is let be."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.pace import loops, readings, waits
from methods.contract.places import devices
from methods.contract.subject import Broken, Subject
from tests.benchmark.outside.strangers import written
from tests.benchmark.test_check import STEP, faulty
from tests.benchmark.test_check_strict import INIT

pytestmark = pytest.mark.usefixtures("shallow")

LINE = 35
MEETS = "a tensor of the CPU meets one of the batch or of a network"
DRAWS = "clock.rng, which lies on the run's device, draws a tensor of the CPU"
TOLD = {
    "zeros": ("labeled + torch.zeros(labeled.shape)", MEETS),
    "a list": ("labeled * torch.tensor([0.5, 2.0]).view(-1, 1, 1, 1)", MEETS),
    "what is computed of it": ("labeled * torch.arange(32).float().view(-1, 1).sqrt()", MEETS),
    "brought there": ("labeled + labeled.cpu()", MEETS),
    "sent there": ("labeled + labeled.to('cpu').relu()", MEETS),
    "of numpy": ("labeled + torch.from_numpy(numpy.ones((2, 1, 32, 32), 'float32'))", MEETS),
    "stacked": ("torch.stack([labeled, torch.ones(labeled.shape)])", MEETS),
    "gathered": ("labeled.index_select(0, torch.arange(2))", MEETS),
    "weights": ("torch.nn.functional.cross_entropy(self.network(labeled), batch.masks, torch.ones(4))", MEETS),
    "drawn": ("torch.rand(labeled.shape, generator=clock.rng)", DRAWS),
    "an order": ("unlabeled[torch.randperm(2, generator=clock.rng)]", DRAWS),
}  # fmt: skip
LET_BE = {
    "where slices lie": "labeled + torch.zeros(labeled.shape, device=labeled.device)",
    "like them": "labeled + torch.zeros_like(labeled) + labeled.new_ones(2, 1, 1, 1)",
    "moved": "labeled + torch.zeros(labeled.shape).to(labeled) + torch.zeros(2, 1, 1, 1).to(labeled.device)",
    "a number": "labeled * torch.tensor(0.5)",
    "an index": "labeled[torch.arange(2)]",
    "alone": "torch.linspace(0, 1, 5).mean()",
    "copied into": "torch.zeros_like(labeled).copy_(torch.zeros(labeled.shape))",
    "drawn there": "torch.rand(labeled.shape, generator=clock.rng, device=labeled.device) + labeled",
    "a kept buffer": "labeled * self.kept",
}  # fmt: skip
NUMPY = ("import torch\n", "import numpy\nimport torch\n")
KEPT = (INIT, f"{INIT}        self.register_buffer('kept', torch.ones(2, 1, 1, 1))\n")


def seen(folder: Path, *changes: tuple[str, str]) -> str:
    try:
        devices(Subject(method_named(str(faulty(folder, list(changes))))))
    except Broken as broken:
        return str(broken)
    return ""


@pytest.mark.parametrize("kind", TOLD)
def test_what_would_end_a_run_on_a_card_is_told_with_its_line(kind: str, tmp_path: Path) -> None:
    line, words = TOLD[kind]
    said = seen(tmp_path, (STEP, f"{STEP}        {line}\n"), NUMPY)
    assert said.startswith(f"{words} (my_method.py, line {LINE + 1}), which would end a run on a GPU; make it where")


def test_a_tensor_that_a_method_keeps_as_a_plain_attribute_is_told(tmp_path: Path) -> None:
    plain = (INIT, f"{INIT}        self.kept = [torch.ones(2, 1, 1, 1)]\n")
    assert seen(tmp_path, plain, (STEP, f"{STEP}        labeled * self.kept[0]\n")).startswith(MEETS)


@pytest.mark.parametrize("kind", LET_BE)
def test_what_runs_on_a_card_too_is_let_be(kind: str, tmp_path: Path) -> None:
    assert seen(tmp_path, KEPT, (STEP, f"{STEP}        {LET_BE[kind]}\n")) == ""


def test_a_tensor_that_is_moved_to_where_slices_lie_is_not_said_to_be_brought_to_the_cpu(tmp_path: Path) -> None:
    moved = "torch.zeros(2, 1, 1, 1).to(labeled.device)"
    assert waits(Subject(method_named(str(faulty(tmp_path, [(STEP, f"{STEP}        {moved}\n")]))))) == []


def test_a_file_without_such_lines_is_told_of_none(tmp_path: Path) -> None:
    subject = Subject(method_named(str(written(tmp_path / "my_method.py"))))
    assert (waits(subject), loops(subject), readings(subject)) == ([], [], [])
