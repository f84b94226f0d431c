"""Passes of labelled, weak and strong slices, and of the weak ones' features short of channels, through one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from methods.networks.segmenter import Segmenter

Perturb = Callable[[Sequence[Tensor]], Sequence[Tensor]]
"""An encoder's maps -> the same, perturbed."""
Route = Callable[[Segmenter, Tensor, Sequence[Tensor], Perturb], Sequence[Tensor]]


def all_at_once(
    network: Segmenter, labeled: Tensor, weak_and_strong: Sequence[Tensor], perturb: Perturb
) -> list[Tensor]:
    """Return the logits of each part and of the perturbed weak one, all in one pass; that one alone is perturbed."""
    parts = [labeled, *weak_and_strong]
    counts = [len(part) for part in (*parts, weak_and_strong[0])]
    encoded = network.encode(torch.cat(parts))
    perturbed = perturb([level[counts[0] : counts[0] + counts[1]] for level in encoded])
    both = [torch.cat(pair) for pair in zip(encoded, perturbed, strict=True)]
    return list(torch.split(network.decode(both).logits, counts))


def strong_apart(
    network: Segmenter, labeled: Tensor, weak_and_strong: Sequence[Tensor], perturb: Perturb
) -> list[Tensor]:
    """Return the same of two passes, labelled and weak slices clean and perturbed, then all strong views.

    The decoder takes clean and perturbed maps together; the perturbed labelled slices serve batch norm alone.
    """
    weak, *strong = weak_and_strong
    encoded = network.encode(torch.cat([labeled, weak]))
    both = [torch.cat(pair) for pair in zip(encoded, perturb(encoded), strict=True)]
    counts = [len(labeled), len(weak)]
    known, seen, _, perturbed = torch.split(network.decode(both).logits, counts * 2)
    learnt = torch.split(network(torch.cat(strong)), [len(part) for part in strong])
    return [known, seen, *learnt, perturbed]


ROUTES: Mapping[str, Route] = {"together": all_at_once, "apart": strong_apart}
