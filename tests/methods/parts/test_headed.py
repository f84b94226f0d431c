"""Embedding heads of student and teacher."""

from typing import Literal

import torch

from methods.networks.unet import UNet
from methods.parts.headed import Headed, copy_heads, network_of, own_heads, renew, whole
from methods.parts.relational_config import RelationalConfig
from methods.parts.teacher import frozen_copy
from tests.methods.action_toy import weights


def pair(projection: Literal["plain", "perceptron"] = "plain") -> tuple[Headed, Headed]:
    torch.manual_seed(0)
    student = Headed(UNet(2), 2, RelationalConfig(embedding=4, projection=projection))
    return student, frozen_copy(student)


def test_own_heads_are_new_and_learn_while_the_network_stays_frozen() -> None:
    student, teacher = pair()
    own_heads(teacher, student)
    for mine, theirs in zip(teacher.heads(), student.heads(), strict=True):
        assert not torch.equal(weights(mine), weights(theirs))
        assert all(weight.requires_grad for weight in mine.parameters())
    assert torch.equal(weights(teacher.network), weights(student.network))
    assert not any(weight.requires_grad for weight in teacher.network.parameters())


def test_copied_heads_are_the_students_and_take_no_gradient() -> None:
    student, teacher = pair()
    renew(student.global_head)
    assert not torch.equal(weights(teacher.global_head), weights(student.global_head))
    copy_heads(teacher, student)
    assert torch.equal(weights(teacher.global_head), weights(student.global_head))
    assert not any(weight.requires_grad for weight in teacher.parameters())


def test_a_renewed_head_forgets_its_statistics() -> None:
    student, _ = pair("perceptron")
    student.local_head(torch.rand(2, 2, 16, 16))
    norm = student.local_head.perceptron[1]
    assert int(norm.num_batches_tracked) == 1
    renew(student.local_head)
    assert int(norm.num_batches_tracked) == 0
    assert norm.running_var.tolist() == [1.0] * 4


def test_what_a_teacher_averages_is_all_or_its_network() -> None:
    student, _ = pair()
    assert whole(student) is student
    assert network_of(student) is student.network
