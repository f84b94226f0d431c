"""A segmentation network with ACTION's embedding heads."""

from torch import nn

from methods.networks.segmenter import Segmenter
from methods.parts.action_config import ActionConfig
from methods.parts.distillation import PROJECTIONS, GlobalHead, LocalHead


class Headed(nn.Module):
    """A segmentation network with the two embedding heads; student and teacher have one each."""

    def __init__(self, network: Segmenter, classes: int, config: ActionConfig) -> None:
        super().__init__()
        layers = PROJECTIONS[config.projection]
        self.network = network
        self.global_head = GlobalHead(network.bottleneck_channels, config.embedding, layers)
        self.local_head = LocalHead(classes, layers, config.last_strip)

    def heads(self) -> list[nn.Parameter]:
        """Return the heads' weights."""
        return [*self.global_head.parameters(), *self.local_head.parameters()]
