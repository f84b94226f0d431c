"""One call shares its statistics among all slices, two calls don't."""

import torch
from torch import nn

from methods.networks.unet import UNet
from methods.parts.calls import EXTRA_CALLS, apart, together


def passes(network: nn.Module) -> set[int]:
    return {int(part.num_batches_tracked) for part in network.modules() if isinstance(part, nn.BatchNorm2d)}


def scene() -> tuple[UNet, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    network = UNet(4).double()
    for part in network.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    return network, torch.rand(2, 1, 32, 32).double(), 3 * torch.rand(3, 1, 32, 32).double()


def test_slices_called_apart_do_not_see_each_other() -> None:
    network, labeled, unlabeled = scene()
    alone = network.maps(labeled)
    both, two = together(network, labeled, unlabeled), apart(network, labeled, unlabeled)
    assert passes(network) == {4}
    torch.testing.assert_close(two.logits[:2], alone.logits)
    assert not torch.allclose(both.logits[:2], alone.logits, atol=1e-3)
    assert [level.shape for level in two.decoder] == [level.shape for level in both.decoder]
    torch.testing.assert_close(two.decoder[0], two.bottleneck)


def test_without_batch_statistics_both_ways_are_the_same() -> None:
    network, labeled, unlabeled = scene()
    network.eval()
    one, two = together(network, labeled, unlabeled), apart(network, labeled, unlabeled)
    torch.testing.assert_close(one.logits, two.logits)
    for left, right in zip(one.decoder, two.decoder, strict=True):
        torch.testing.assert_close(left, right)


def test_an_extra_call_moves_statistics_or_is_none() -> None:
    network, labeled, _ = scene()
    for extra, count in ((False, 0), (True, 1)):
        EXTRA_CALLS[extra](network, labeled)
        assert passes(network) == {count}
