"""Contrastive distillation by relations to anchors (ACTION section 2.1, arXiv 2206.02307; ISD, Tejankar 2021)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.errors import MethodError
from methods.parts.precision import full

POOLED = 8  # cells a side of a pooled window; ACTION code model.py @77730a7: windows pooled to 8 x 8
WINDOW = 4  # windows are a quarter of the image wide (64 of 256 there), with half a window's stride (32)
REDRAWN = 4  # banks kept of which one bank's worth of anchors is drawn anew each update


def perceptron(channels: int, hidden: int, width: int) -> nn.Sequential:
    """Return two layers with batch norm between, as in BYOL (Grill et al. 2020): without it all slices embed alike."""
    return nn.Sequential(nn.Linear(channels, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width))


def plain_perceptron(channels: int, hidden: int, width: int) -> nn.Sequential:
    """Return two layers without a norm between."""
    return nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, width))


def linear_pair(channels: int, hidden: int, width: int) -> nn.Sequential:
    """Return two linear layers and nothing between, as the released code has (ACTION code model.py @77730a7)."""
    return nn.Sequential(nn.Linear(channels, hidden), nn.Linear(hidden, width))


Layers = Callable[[int, int, int], nn.Sequential]
PROJECTIONS: Mapping[str, Layers] = {"perceptron": perceptron, "plain": plain_perceptron, "linear": linear_pair}


class GlobalHead(nn.Module):
    """Map a bottleneck (N, C, h, w) to one embedding a slice, (N, 1, width)."""

    def __init__(self, channels: int, width: int, layers: Layers = perceptron) -> None:
        super().__init__()
        self.perceptron = layers(channels, channels, width)

    def forward(self, bottleneck: Tensor) -> Tensor:
        """Average over space, then project."""
        embedding: Tensor = self.perceptron(bottleneck.mean((2, 3)))
        return embedding.unsqueeze(1)


def local_places(last_strip: bool = True) -> int:
    """Return the number of windows of a slice, half overlapping: 7 x 7, or 6 x 6 without the last row and column."""
    return (2 * WINDOW - 1 - (not last_strip)) ** 2


class LocalHead(nn.Module):
    """Map decoder output (N, C, H, W) to one embedding a window, (N, places, C * 64), by place from top left."""

    def __init__(self, channels: int, layers: Layers = perceptron, last_strip: bool = True) -> None:
        super().__init__()
        wide = 2 * channels  # ACTION code model.py @77730a7: 1x1 convolutions 4 -> 8 -> 4
        self.perceptron = layers(channels, wide, channels)
        self.width, self.last_strip = channels * POOLED**2, last_strip

    def forward(self, output: Tensor) -> Tensor:
        """Pool all windows at once (they share cells), project the cells, then cut the windows."""
        cells = functional.adaptive_avg_pool2d(output, WINDOW * POOLED)
        flat = self.perceptron(cells.movedim(1, -1).reshape(-1, cells.shape[1]))
        projected = flat.view(len(cells), *cells.shape[2:], -1).movedim(-1, 1)
        if not self.last_strip:
            projected = projected[..., : -POOLED // 2, : -POOLED // 2]
        return functional.unfold(projected, POOLED, stride=POOLED // 2).transpose(1, 2)


class Predictor(nn.Module):
    """The student's extra layers, (N, places, width) to the same; the teacher has none."""

    def __init__(self, width: int, layers: Layers = perceptron) -> None:
        super().__init__()
        self.perceptron = layers(width, width, width)

    def forward(self, embedding: Tensor) -> Tensor:
        """Return the prediction of the teacher's embedding."""
        predicted: Tensor = self.perceptron(embedding.flatten(0, 1))
        return predicted.view_as(embedding)


class Bank(nn.Module):
    """The teacher's last embeddings of other slices, (size, places, width), unit length: the anchors."""

    anchors: Tensor

    def __init__(self, size: int, places: int, width: int) -> None:
        super().__init__()
        self.register_buffer("anchors", functional.normalize(torch.randn(size, places, width), dim=-1))

    @torch.no_grad()
    def push(self, embedding: Tensor) -> None:
        """Put embeddings (N, places, width) first and let the oldest go."""
        fresh = functional.normalize(embedding.to(self.anchors.dtype), dim=-1)
        self.anchors.copy_(torch.cat([fresh, self.anchors])[: len(self.anchors)])

    def pick(self, target: Tensor, rng: torch.Generator) -> Tensor:
        """Return the anchors (size, places, width) of an update."""
        return self.anchors


class RedrawnBank(Bank):
    """Some banks' worth of embeddings, of which each update draws its anchors at random, without replacement."""

    def __init__(self, size: int, places: int, width: int) -> None:
        super().__init__(REDRAWN * size, places, width)
        self.size = size

    def pick(self, target: Tensor, rng: torch.Generator) -> Tensor:
        """Return anchors (size, places, width) drawn for this update."""
        order = torch.rand(len(self.anchors), generator=rng, device=self.anchors.device).argsort()
        return self.anchors[order[: self.size]]


class BatchAnchors(Bank):
    """No memory: the other slices of the batch are the anchors (the ablation without random anchors)."""

    def pick(self, target: Tensor, rng: torch.Generator) -> Tensor:
        """Return (N, N - 1, places, width), for each slice the teacher's embeddings of the others."""
        count = len(target)
        if count < 2:
            raise MethodError("anchors=batch needs at least two slices in a batch")
        others = (torch.arange(1, count).unsqueeze(0) + torch.arange(count).unsqueeze(1)) % count
        return functional.normalize(full(target.detach()), dim=-1)[others.to(target.device)]


ANCHORS: Mapping[str, type[Bank]] = {"queue": Bank, "redrawn": RedrawnBank, "batch": BatchAnchors}


def same_place(embedding: Tensor, anchors: Tensor) -> Tensor:
    """Return cosines (N, places, K) to the anchors of the same place.

    embedding: (N, places, width). anchors: (K, places, width) for all slices, or (N, K, places, width) for each.
    """
    own = "nkpd" if anchors.dim() == 4 else "kpd"
    return torch.einsum(f"npd,{own}->npk", functional.normalize(embedding, dim=-1), anchors)


def mixed_places(embedding: Tensor, anchors: Tensor) -> Tensor:
    """Return cosines (N, width, K * width) between rows that a reshape without a permutation cuts.

    The released code views (slices, places, width) as rows as long as there are places, so that a row mixes channels
    and windows and all rows of a slice meet all rows of all anchors (ACTION code model.py @77730a7).
    """
    places, width = embedding.shape[1:]
    rows = functional.normalize(embedding.reshape(len(embedding), width, places), dim=-1)
    others = functional.normalize(anchors.reshape(*anchors.shape[:-2], width, places), dim=-1)
    if anchors.dim() == 4:
        return torch.einsum("nwp,nkvp->nwkv", rows, others).flatten(2)
    return torch.einsum("nwp,kvp->nwkv", rows, others).flatten(2)


RELATIONS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"place": same_place, "mixed": mixed_places}


def relation_loss(student: Tensor, teacher: Tensor, student_temperature: float, teacher_temperature: float) -> Tensor:
    """Return KL(teacher || student) between soft-maxed similarities (..., anchors), mean over all else.

    A teacher's side that requires a gradient gets one, as in the released code; who wants a constant gives a constant.
    """
    target = (teacher / teacher_temperature).log_softmax(-1)
    predicted = (student / student_temperature).log_softmax(-1)
    divergence = functional.kl_div(predicted, target, reduction="none", log_target=True).sum(-1)
    return divergence.mean()
