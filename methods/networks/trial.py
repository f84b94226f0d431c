"""A backbone tried before data are read: does it take such slices, and can its weights be had?"""

from __future__ import annotations

import logging

import torch

from methods.errors import FetchError, MethodUsageError
from methods.networks.fetching import reach
from methods.networks.segmenter import Segmenter
from methods.networks.smp import built, first_line, native_side


def try_passes(backbone: str, network: Segmenter, side: int, slices: int) -> None:
    """Raise MethodUsageError unless a network takes one slice in evaluation and so many in training.

    It passes through torch's device ``meta``, where shapes are computed and no numbers.
    """
    network.to("meta")
    try:
        for count, training in ((1, False), (slices, True)):
            network.train(training)
            with torch.no_grad():
                shape = network(torch.zeros(count, 1, side, side, device="meta")).shape
            if shape[-2:] != (side, side):
                answered = f"answers slices of {side} x {side} with {shape[-2]} x {shape[-1]}"
                raise MethodUsageError(f"--backbone {backbone} {answered}; name another")
    except MethodUsageError:
        raise
    except Exception as error:  # whatever an encoder of others says of a size
        raise MethodUsageError(
            f"--backbone {backbone} takes no slices of {side} x {side} ({first_line(error)}); {_cure(backbone, side)}"
        ) from None


def try_weights(architecture: str, encoder: str, weights: str) -> None:
    """Raise FetchError unless an encoder's pretrained weights are here, or can be fetched now, which is said."""
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of each of its tries
    try:
        reach(encoder, weights)
        built(architecture, encoder, 2, weights)
    except Exception as error:  # whatever a library that fetches files meets; without them the same was built before
        raise FetchError(
            f"weights {weights} of encoder {encoder} cannot be fetched ({first_line(error)}); drop --set weights, or "
            "fetch them once where there is a network"
        ) from None


def _cure(backbone: str, side: int) -> str:
    native = native_side(backbone.rpartition(":")[2])
    if native and native != side and native % 32 == 0:
        return f"it was made for --set size={native}"
    return f"try a larger one, such as --set size={max(2 * side, 128)}, or name another encoder"
