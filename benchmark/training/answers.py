"""What a method's networks answer before it trains: what scoring would refuse is told in a moment, not after hours."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.training.validation import evaluating
from methods.asked import inspected_of, logits_from, predictors_of, vectors_from
from methods.base import Method

PIXELS = 3


def require_answers(method: Method, images: Tensor, classes: int, autocast: torch.autocast) -> None:
    """Raise MethodError where a predictor, or what may be looked into, gives another shape for images (N, C, S, S).

    The method stays as it is: its networks are in evaluation mode meanwhile, without gradients.
    """
    inspected = inspected_of(method)
    for name, predictor in predictors_of(method).items():
        logits_from(f"the predictor {name!r}", _asked(predictor, autocast, images), images, classes)
    if inspected is None:
        return
    logits_from("the labeler of inspected()", _asked(inspected.labeler, autocast, images), images, classes)
    if inspected.representer is not None:
        pixels = torch.arange(PIXELS, device=images.device)
        vectors_from(_asked(inspected.representer, autocast, images, pixels), PIXELS)


def _asked(network: nn.Module, autocast: torch.autocast, *given: Tensor) -> object:
    with evaluating(network), torch.no_grad(), autocast:
        return network(*given)
