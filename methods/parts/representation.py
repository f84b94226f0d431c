"""The representation heads by name: channels of the decoder's maps, width and a key of ``SOURCES`` make one."""

from collections.abc import Mapping

from torch import Tensor, nn

from methods.networks.segmenter import Segmenter
from methods.parts.convolved import ConvolvedHead
from methods.parts.pixels import RepresentationHead

HEADS: Mapping[str, type[RepresentationHead] | type[ConvolvedHead]] = {
    "pyramid": RepresentationHead,
    "convolved": ConvolvedHead,
}


class Representer(nn.Module):
    """Vectors of pixels: a network's decoder maps through a representation head."""

    def __init__(self, network: Segmenter, head: RepresentationHead | ConvolvedHead) -> None:
        super().__init__()
        self.network, self.head = network, head

    def forward(self, images: Tensor, pixels: Tensor) -> Tensor:
        """Return (P, width) at flat pixel numbers (P,) of images (N, C, H, W)."""
        maps = self.network.maps(images).decoder
        return self.head.at(maps, pixels, (images.shape[-2], images.shape[-1]))
