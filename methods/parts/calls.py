"""How a network is called on labelled and unlabelled slices, which decides whose statistics batch norm sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from methods.networks.segmenter import Maps, Segmenter


def together(network: Segmenter, labeled: Tensor, unlabeled: Tensor) -> Maps:
    """Return the maps of labelled, then unlabelled slices (N, C, H, W), from one call."""
    return network.maps(torch.cat([labeled, unlabeled]))


def apart(network: Segmenter, labeled: Tensor, unlabeled: Tensor) -> Maps:
    """Return the same from a call for each kind, the labelled slices first."""
    first, second = network.maps(labeled), network.maps(unlabeled)
    levels = zip(first.decoder, second.decoder, strict=True)
    return Maps(
        torch.cat([first.logits, second.logits]),
        torch.cat([first.bottleneck, second.bottleneck]),
        tuple(torch.cat(pair) for pair in levels),
    )


CALLS: Mapping[str, Callable[[Segmenter, Tensor, Tensor], Maps]] = {"together": together, "apart": apart}


@torch.no_grad()
def called(network: Segmenter, images: Tensor) -> None:
    """Pass images through a network for its statistics' sake."""
    network(images)


def left_alone(network: Segmenter, images: Tensor) -> None:
    """Leave a network as it is."""


EXTRA_CALLS: Mapping[bool, Callable[[Segmenter, Tensor], None]] = {True: called, False: left_alone}
