"""Contrast between vectors: pairs that belong together, and vectors of one class."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from data.task import IGNORED
from methods.parts.precision import full

ROWS = 4096  # of a matrix of similarities that are held at once; a batch at 256 pixels has 98,304 of 98,304


def pair_contrast(vectors: Tensor, positive: Tensor, negative: Tensor, temperature: float) -> Tensor:
    """Return InfoNCE of each positive pair against its anchor's negatives, mean over pairs of an anchor, then anchors.

    vectors: (..., M, D), compared by cosine. positive, negative: (M, M) bool, row: anchor. Other positives of an anchor
    are no negatives. Anchors without a positive do not count.
    """
    with torch.autocast(vectors.device.type, enabled=False):  # a low temperature needs more than bf16's digits
        unit = functional.normalize(full(vectors), dim=-1)
        logits = unit @ unit.transpose(-1, -2) / temperature
    others = logits.masked_fill(~negative, -torch.inf).logsumexp(-1, keepdim=True)
    losses = torch.where(positive, torch.logaddexp(logits, others) - logits, 0)
    partners = positive.sum(-1)
    of_anchors = losses.sum(-1) / partners.clamp_min(1)
    active = (partners > 0).to(of_anchors.dtype).expand_as(of_anchors)
    return (of_anchors * active).sum() / active.sum().clamp_min(1)


def class_contrast(vectors: Tensor, classes: Tensor, count: int, temperature: float) -> Tensor:
    """Return the supervised contrast inside groups, of vectors that are not background, mean over them, then groups.

    vectors: (G, P, D), compared by cosine. classes: (G, P) int64, 0 to count - 1, or IGNORED: as if not there. Each
    vector of the own class is a positive; the sum below runs over all others of the group (Khosla et al., NeurIPS 2020,
    L_out). Vectors without a positive do not count (the released code of SCS gives NaN there), nor do groups without
    any.
    """
    with torch.autocast(vectors.device.type, enabled=False):
        unit = functional.normalize(full(vectors), dim=-1)
        everyone = _everyone(unit, classes == IGNORED, temperature)
        member = (classes.unsqueeze(2) == torch.arange(count, device=classes.device)).to(unit.dtype)
        own = member @ (member.transpose(1, 2) @ unit)  # sum over the class, which spares a second P x P matrix
    partners = (member @ member.sum(1).unsqueeze(2)).squeeze(2) - 1
    together = ((unit * own).sum(2) - unit.square().sum(2)) / temperature / partners.clamp_min(1)
    active = ((classes > 0) & (partners > 0)).to(unit.dtype)
    of_groups = torch.where(active > 0, everyone - together, 0).sum(1) / active.sum(1).clamp_min(1)
    filled = active.any(1).to(unit.dtype)
    return (of_groups * filled).sum() / filled.sum().clamp_min(1)


def _everyone(unit: Tensor, ignored: Tensor, temperature: float) -> Tensor:
    """Return the logarithm of the sum of e^similarity over all others of each vector (G, P, D): (G, P)."""
    others = partial(_others, unit=unit, ignored=ignored.unsqueeze(1), temperature=temperature)
    if unit.shape[1] <= ROWS:
        return others(unit, 0)
    again = partial(checkpoint, others, use_reentrant=False, preserve_rng_state=False)
    parts = torch.split(unit, ROWS, 1)
    return torch.cat([again(rows, k * ROWS) for k, rows in enumerate(parts)], 1)


def _others(rows: Tensor, first: int, unit: Tensor, ignored: Tensor, temperature: float) -> Tensor:
    number = torch.arange(unit.shape[1], device=unit.device)
    itself = number[first : first + rows.shape[1]].unsqueeze(1) == number
    logits = rows @ unit.transpose(1, 2) / temperature
    return logits.masked_fill(itself | ignored, -torch.inf).logsumexp(2)
