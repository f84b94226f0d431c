"""Contrastive distillation by relations to anchors (ACTION section 2.1, arXiv 2206.02307; ISD, Tejankar 2021)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.anchors import Bank
from methods.parts.pooled import pooled

POOLED = 8  # cells a side of a pooled window; ACTION code model.py @77730a7: windows pooled to 8 x 8
WINDOW = 4  # windows are a quarter of the image wide (64 of 256 there), with half a window's stride (32)


def perceptron(channels: int, hidden: int, width: int) -> nn.Sequential:
    """Return two layers with batch norm between, as in BYOL (Grill et al. 2020), whose batches have 4,096 images.

    Over a batch of some ten slices its gradient leaves the encoder with hardly a direction (decision 055).
    """
    return nn.Sequential(nn.Linear(channels, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width))


def plain_perceptron(channels: int, hidden: int, width: int) -> nn.Sequential:
    """Return two layers, not linear and without a norm."""
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
        """Pool all windows at once (they share cells), project the cells, then cut the windows.

        A window by itself is pooled into the same cells, for any side that 8 divides.
        """
        cells = pooled(output, WINDOW * POOLED)
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


class CellPredictor(nn.Module):
    """The same for embeddings of windows, cell by cell: 1x1 convolutions (ACTION code model.py @77730a7)."""

    def __init__(self, width: int, layers: Layers = perceptron) -> None:
        super().__init__()
        channels = width // POOLED**2
        self.perceptron = layers(channels, channels, channels)

    def forward(self, embedding: Tensor) -> Tensor:
        """Return the prediction of the teacher's embedding."""
        cells = embedding.reshape(*embedding.shape[:-1], -1, POOLED**2).transpose(-1, -2)
        predicted: Tensor = self.perceptron(cells.flatten(0, 2))
        return predicted.view(cells.shape).transpose(-1, -2).flatten(-2)


LOCAL_PREDICTORS: Mapping[str, Callable[[int, Layers], nn.Module]] = {"window": Predictor, "cell": CellPredictor}


def same_place(embedding: Tensor, anchors: Tensor) -> Tensor:
    """Return cosines (N, places, K) to the anchors of the same place.

    embedding: (N, places, width). anchors: (K, places, width) for all slices, or (N, K, places, width) for each.
    """
    own = "nkpd" if anchors.dim() == 4 else "kpd"
    return torch.einsum(f"npd,{own}->npk", functional.normalize(embedding, dim=-1), anchors)


def mixed_places(embedding: Tensor, anchors: Tensor) -> Tensor:
    """Return cosines (N * width, K * width) between rows that a reshape without a permutation cuts.

    embedding: (N, places, width). anchors: (K, places, width), at any length. The released code puts all numbers in
    the order place, slice, feature in a line and cuts it into rows as long as there are places, so that a row mixes
    features and slices, and all rows of the batch meet all rows of the anchors (ACTION code model.py @77730a7).
    """
    rows, others = _rows(embedding), _rows(anchors)
    return functional.normalize(rows, dim=-1) @ functional.normalize(others, dim=-1).T


def _rows(vectors: Tensor) -> Tensor:
    return vectors.transpose(0, 1).reshape(-1, vectors.shape[1])


Relation = Callable[[Bank, Tensor, Tensor], Tensor]


def by_place(bank: Bank, embedding: Tensor, anchors: Tensor) -> Tensor:
    """Return the cosines to anchors that a bank picked, of the same place (``same_place``)."""
    return same_place(embedding, bank.unit(anchors))


def by_mixture(bank: Bank, embedding: Tensor, anchors: Tensor) -> Tensor:
    """Return the cosines to anchors as the bank keeps them (``mixed_places``)."""
    return mixed_places(embedding, anchors)


RELATIONS: Mapping[str, Relation] = {"place": by_place, "mixed": by_mixture}


def relation_loss(
    student: Tensor, teacher: Tensor, student_temperature: float | Tensor, teacher_temperature: float | Tensor
) -> Tensor:
    """Return KL(teacher || student) between soft-maxed similarities (..., anchors), mean over all else.

    A teacher's side that requires a gradient gets one, as in the released code; who wants a constant gives a constant.
    """
    target = (teacher / teacher_temperature).log_softmax(-1)
    predicted = (student / student_temperature).log_softmax(-1)
    divergence = functional.kl_div(predicted, target, reduction="none", log_target=True).sum(-1)
    return divergence.mean()
