"""Another network's decoder on a network's encoder."""

import pytest
import torch

from methods.networks.factory import Networks
from methods.parts.auxiliary import Decoder


@pytest.mark.parametrize("backbone", ["unet", "resnet18", "unetplusplus:resnet18", "fpn:tu-resnet18"])
def test_a_decoder_has_weights_of_its_own_and_no_encoder(backbone: str) -> None:
    networks = Networks(backbone, 3, weights=None, seed=0)
    main, decoder = networks.initialize(lambda networks: (networks.segmenter(), Decoder(networks.segmenter())))
    behind = sum(w.numel() for w in main.parameters()) - sum(w.numel() for w in main.encoder.parameters())
    assert sum(w.numel() for w in decoder.parameters()) == behind
    encoded = main.eval().encode(torch.rand(2, 1, 64, 64))
    mine, others = main.decode(encoded).logits, decoder.eval()(encoded)
    assert others.shape == mine.shape
    assert not torch.equal(others, mine)
