"""What is followed of the network that learns: its bottleneck's effective rank, and the gradient of its encoder.

Read between updates and never fed back: no weight, statistic, mode or random number is other than without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from data.pool import Layers
from methods.asked import predictors_of
from methods.base import Method, Segmenter, Trained, segmenter_of

RANK, GRADIENT = "effective_rank", "encoder_gradient"  # terms of the history, beside the losses
SLICES = 64


class Inside:
    """Looks at a method on some unlabelled training slices, the same at every look: at most SLICES, evenly spread."""

    def __init__(self, images: Layers) -> None:
        count = len(images)
        self.images = images[torch.linspace(0, count - 1, min(SLICES, count)).round().long()]

    def rank(self, method: Method, trained: Mapping[str, Trained]) -> float | None:
        """Return the effective rank of the bottleneck of the network that learns; None where there is no such map.

        Dropout is off, and batch norm takes the statistics of the look's slices: the running ones are of no weights
        yet at the beginning, and lag behind them later.
        """
        network = learning(method, trained)
        if network is None:
            return None
        with looking(network):
            return effective_rank(network.encode(self.images)[-1].float().mean((2, 3)))


def gradient(method: Method, trained: Mapping[str, Trained]) -> float | None:
    """Return the l2 norm of the gradient that the last update left on the encoder; None where that doesn't learn.

    Only weights that an optimiser of the stage holds count, whose gradient is of the update and not of a stage before.
    """
    network, learned = learning(method, trained), _weights(trained)
    weights = [] if network is None else [one for one in network.encoder.parameters() if id(one) in learned]
    found = [one.grad for one in weights if one.grad is not None]
    return float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(found)))) if found else None


def learning(method: Method, trained: Mapping[str, Trained]) -> Segmenter | None:
    """Return the network of the first predictor that an optimiser of the stage trains, else of the first predictor."""
    networks = [segmenter_of(predictor) for predictor in predictors_of(method).values()]
    found, learned = [one for one in networks if one is not None], _weights(trained)
    trains = (one for one in found if any(id(weight) in learned for weight in one.parameters()))
    return next(trains, found[0] if found else None)


def effective_rank(vectors: Tensor) -> float:
    """Return exp of the entropy of the singular values over their sum (Roy & Vetterli 2007) of centred rows (N, C).

    From 1, all rows on a line, to min(N - 1, C); 0 where all rows are the same, nan where any is not finite.
    """
    if not torch.isfinite(vectors).all():
        return float("nan")
    values = torch.linalg.svdvals((vectors.double() - vectors.double().mean(0)).cpu())
    shares = values / values.sum()
    return float(torch.exp(torch.special.entr(shares).sum())) if values.sum() > 0 else 0.0


@contextmanager
def looking(network: nn.Module) -> Iterator[None]:
    """Without gradients and dropout, and with the statistics of the batch at hand, which leave no trace."""
    modes = [(part, part.training) for part in network.modules()]
    norms = [(part, part.track_running_stats) for part, _ in modes if isinstance(part, _BatchNorm)]
    try:
        network.eval()
        for norm, _ in norms:
            norm.training, norm.track_running_stats = True, False
        with torch.no_grad():
            yield
    finally:
        for norm, tracks in norms:
            norm.track_running_stats = tracks
        for part, training in modes:
            part.training = training


def _weights(trained: Mapping[str, Trained]) -> set[int]:
    groups = (group for one in trained.values() for group in one.optimizer.param_groups)
    return {id(weight) for group in groups for weight in group["params"]}
