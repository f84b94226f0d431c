"""What every registered method must do. A new method file is covered without a change here."""

import inspect
from contextlib import nullcontext
from dataclasses import fields

import pytest

from data.batch import Images
from methods import registry
from methods.contract.learning import trained_on
from methods.contract.pace import waits
from methods.contract.rules import RULES, Rule, look
from methods.contract.subject import Subject
from tests.thin_network import thin_network

AT_FIDELITIES = ("fidelities", "constants", "schedule")
"""Rules that look at fidelities."""
OF_WIDTH = "action_plus"
"""A method of which a fidelity tells its network's widths."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_method_keeps_the_rule(name: str, rule: Rule) -> None:
    network = nullcontext() if name == OF_WIDTH and rule.name in AT_FIDELITIES else thin_network()
    with network:
        (found,) = look(Subject(registry.entry(name)), [rule])
    assert found.seen == ""


@pytest.mark.usefixtures("thin")
def test_no_line_of_an_update_makes_a_gpu_wait(name: str) -> None:
    """Parts and networks are looked at too, but the one that looks whether a loss is finite, on the CPU alone."""
    subject = Subject(registry.entry(name))
    assert {"methods/parts/anatomical.py", "methods/networks/unet.py"} <= set(subject.watched.values())
    assert waits(subject) == []


def test_method_file_is_short(name: str) -> None:
    most = 250 if name == "action" else 150  # three stages, each a method of its own
    assert len(inspect.getsource(inspect.getmodule(registry.entry(name).cls)).splitlines()) <= most


def test_batches_have_no_way_to_hold_unlabelled_masks() -> None:
    assert {field.name for field in fields(Images)} == {"views", "case", "position"}


@pytest.mark.usefixtures("thin")
@pytest.mark.parametrize("backbone", ["unetplusplus:tu-test_resnet", "fpn:tu-test_resnet"])
def test_works_on_a_segmentation_models_pytorch_backbone(name: str, backbone: str) -> None:
    trained_on(Subject(registry.entry(name)), backbone)
