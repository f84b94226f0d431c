"""A network beside its optimiser's momentum, so that weights which a selection rule keeps, keep theirs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_KEY = "momentum_buffer"


class WithMomentum(nn.Module):
    """A network whose ``state_dict`` holds the momentum of its weights as it was when last remembered."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        for number, weight in enumerate(network.parameters()):
            self.register_buffer(f"momentum_{number}", torch.zeros_like(weight, requires_grad=False))

    def forward(self, images: Tensor) -> Tensor:
        """Return the network's logits."""
        logits: Tensor = self.network(images)
        return logits

    @torch.no_grad()
    def remember(self, optimizer: Optimizer) -> None:
        """Copy the momentum of an optimiser of the network's weights; one without momentum has none."""
        for kept, weight in self._pairs():
            moving = optimizer.state[weight].get(_KEY)
            if moving is not None:
                kept.copy_(moving)

    @torch.no_grad()
    def recall(self, optimizer: Optimizer) -> None:
        """Give an optimiser of the network's weights the momentum that was remembered."""
        for kept, weight in self._pairs():
            optimizer.state[weight][_KEY] = kept.clone()

    def _pairs(self) -> list[tuple[Tensor, nn.Parameter]]:
        weights = list(self.network.parameters())
        return [(self.get_buffer(f"momentum_{number}"), weight) for number, weight in enumerate(weights)]
