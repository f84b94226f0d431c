"""What a predictor predicts by and no state_dict holds is found; what is saved or made again is let be."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.outside.strangers import written

pytestmark = pytest.mark.usefixtures("shallow")

INIT = "        self.network = networks.segmenter()\n"
END = "        return descend(self.optimizer"
WRAPPED = """
class Wrapped(torch.nn.Module):
    def __init__(self, network, classes):
        super().__init__()
        self.network, self.classes = network, classes
        {made}

    def forward(self, images):
        return {given}
"""
HEADS = "torch.nn.Conv2d(classes, classes, 1)"


def seen(folder: Path, made: str, given: str, trained: str) -> str:
    file = written(folder / "m.py", imports=WRAPPED.format(made=made, given=given))
    text = file.read_text()
    assert INIT in text and END in text
    text = text.replace(INIT, INIT.replace("networks.segmenter()", "Wrapped(networks.segmenter(), task.classes)"))
    file.write_text(text.replace(END, f"        {trained}\n{END}"))
    (found,) = look(Subject(method_named(str(file))), [one for one in RULES if one.name == "resumes"])
    return found.seen


PLAIN = "self.scale = torch.ones(())"
BUFFER = "self.register_buffer('scale', torch.ones(()), persistent=False)"
SCALED = "self.network(images) * (self.scale if not self.training else 1)"
GROWS = "self.network.scale = self.network.scale * 1.5"
ONCE = "self.network.scale = self.network.scale * 1.5 if clock.update == 0 else self.network.scale"
IN_A_LIST = f"self.heads = [{HEADS}]"
THROUGH = "self.network(images) + (self.heads[0](self.network(images).detach()) if not self.training else 0)"
MOVED = "with torch.no_grad(): self.network.heads[0].weight.mul_(1.5)"


@pytest.mark.parametrize(
    ("made", "given", "trained"),
    [
        (PLAIN, SCALED, GROWS),
        (PLAIN, SCALED, ONCE),
        (BUFFER, SCALED, GROWS),
        (BUFFER, SCALED, "self.network.scale.mul_(1.5)"),
        (IN_A_LIST, THROUGH, MOVED),
    ],
    ids=["attribute", "once", "buffer", "in place", "list"],
)
def test_what_a_predictor_predicts_by_and_is_not_saved_is_lost_to_who_goes_on(
    made: str, given: str, trained: str, tmp_path: Path
) -> None:
    said = seen(tmp_path, made, given, trained)
    words = "in stage train, network predicts otherwise after going on from the first update, by what no state_dict"
    assert said.startswith(words)


FOLLOWS = "self.network.scale = 1 + self.network.network.classify.weight.detach().abs().mean()"
SET = "self.network.scale = 2.0"


@pytest.mark.parametrize("trained", [FOLLOWS, SET])
@pytest.mark.parametrize("made", [PLAIN, "self.scale = 1.0"])
def test_what_each_update_makes_anew_is_lost_to_who_loads_a_finished_run(
    made: str, trained: str, tmp_path: Path
) -> None:
    said = seen(tmp_path, made, SCALED, trained)
    assert said.startswith("network predicts otherwise once its saved weights are loaded into one built anew; what it")


def test_a_part_of_a_graph_that_is_kept_in_a_network_is_told(tmp_path: Path) -> None:
    said = seen(tmp_path, PLAIN, SCALED, "self.network.scale = supervised")
    assert said.startswith("network can't be copied (Only Tensors created explicitly by the user")


def test_a_weight_that_training_makes_is_told(tmp_path: Path) -> None:
    said = seen(tmp_path, PLAIN, "self.network(images)", "self.network.kept = torch.nn.Parameter(torch.ones(()))")
    assert "is lost or left over" in said


SOUND = {
    "a buffer that is saved": ("self.register_buffer('scale', torch.ones(()))", SCALED, GROWS),
    "an attribute that stays": (PLAIN, SCALED, "pass"),
    "frozen parts in a list that __init__ makes by the run's seed": (IN_A_LIST, THROUGH, "pass"),
    "a count that nothing is predicted by": ("self.seen = 0", "self.network(images)", "self.network.seen += 1"),
    "a look at what it predicted last": (
        "self.last = None\n        self.kept = lambda given: self.__dict__.update(last=given.detach()) or given",
        "self.kept(self.network(images))", "pass"),
    "dropout in prediction": (
        "pass", "torch.nn.functional.dropout(self.network(images), 0.1, training=not self.training)", "pass"),
    "not finite after training": (
        "self.register_buffer('scale', torch.ones(()))", SCALED, "self.network.scale.fill_(torch.inf)"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOUND)
def test_what_is_saved_or_made_again_by_init_is_let_be(kind: str, tmp_path: Path) -> None:
    assert seen(tmp_path, *SOUND[kind]) == ""


PARTS = (
    "    def inspected(self):\n"
    "        return Inspected(self.looking, confident=0.9, representer=self.showing)\n\n    def step"
)
LOOKING = """
class Looking(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network, self.scale = network, torch.ones(())

    def forward(self, images):
        return self.network(images) * self.scale


class Showing(Looking):
    def forward(self, images, pixels):
        return self.network(images).permute(0, 2, 3, 1).flatten(0, 2)[pixels] * self.scale
"""


@pytest.mark.parametrize(
    ("trained", "part"),
    [
        ("self.looking.scale = self.looking.scale * 1.5", "the labeler of inspected()"),
        ("self.showing.scale = self.showing.scale * 1.5", "the representer of inspected()"),
        ("pass", ""),
    ],
)
def test_what_a_part_to_look_into_hangs_on_and_is_not_saved_is_told(trained: str, part: str, tmp_path: Path) -> None:
    file = written(tmp_path / "m.py", imports=f"from methods.base import Inspected\n{LOOKING}")
    made = f"{INIT}        self.looking, self.showing = Looking(self.network), Showing(self.network)\n"
    text = file.read_text().replace(INIT, made).replace("    def step", PARTS).replace(END, f"        {trained}\n{END}")
    file.write_text(text)
    (found,) = look(Subject(method_named(str(file))), [one for one in RULES if one.name == "resumes"])
    expected = f"in stage train, {part} predicts otherwise after going on from the first update" if part else ""
    assert found.seen.startswith(expected) and bool(found.seen) == bool(part)
