"""A segmentation network with ACTION's embedding heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import nn

from methods.networks.segmenter import Segmenter
from methods.parts.distillation import PROJECTIONS, GlobalHead, LocalHead
from methods.parts.relational_config import RelationalConfig


class Headed(nn.Module):
    """A segmentation network with the two embedding heads; student and teacher have one each."""

    def __init__(self, network: Segmenter, classes: int, config: RelationalConfig) -> None:
        super().__init__()
        layers = PROJECTIONS[config.projection]
        self.network = network
        self.global_head = GlobalHead(network.bottleneck_channels, config.embedding, layers)
        self.local_head = LocalHead(classes, layers, config.last_strip)

    def heads(self) -> Sequence[nn.Module]:
        """Return the global and the local head."""
        return self.global_head, self.local_head


def renew(module: nn.Module) -> None:
    """Give every layer of a module the weights and statistics of a new one."""
    for layer in module.modules():
        reset = getattr(layer, "reset_parameters", None)
        if callable(reset):
            reset()


def copy_heads(teacher: Headed, student: Headed) -> None:
    """Let the teacher's heads be the student's, which they will follow."""
    for mine, theirs in zip(teacher.heads(), student.heads(), strict=True):
        mine.load_state_dict(theirs.state_dict())


def own_heads(teacher: Headed, student: Headed) -> None:
    """Give the teacher new heads that take gradients."""
    for head in teacher.heads():
        renew(head)
        head.requires_grad_(True)


def whole(headed: Headed) -> nn.Module:
    """Return network and heads."""
    return headed


def network_of(headed: Headed) -> nn.Module:
    """Return the network without its heads."""
    return headed.network


TEACHER_HEADS: Mapping[str, Callable[[Headed, Headed], None]] = {"averaged": copy_heads, "trained": own_heads}
AVERAGED: Mapping[str, Callable[[Headed], nn.Module]] = {"averaged": whole, "trained": network_of}
