"""Contrastive distillation by relations to anchors (ACTION section 2.1, arXiv 2206.02307; ISD, Tejankar 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

POOLED = 8  # cells a side of a pooled window; ACTION code model.py @77730a7: windows pooled to 8 x 8
WINDOW = 4  # windows are a quarter of the image wide (64 of 256 there), with half a window's stride (32)


class GlobalHead(nn.Module):
    """Map a bottleneck (N, C, h, w) to one embedding a slice, (N, 1, width)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.perceptron = _perceptron(channels, channels, width)

    def forward(self, bottleneck: Tensor) -> Tensor:
        """Average over space, then project."""
        embedding: Tensor = self.perceptron(bottleneck.mean((2, 3)))
        return embedding.unsqueeze(1)


def local_places() -> int:
    """Return the number of windows of a slice: half overlapping, the last strip included, 7 x 7."""
    return (2 * WINDOW - 1) ** 2


class LocalHead(nn.Module):
    """Map decoder output (N, C, H, W) to one embedding a window, (N, 49, C * 64), by place from top left."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 2 * channels  # ACTION code model.py @77730a7: 1x1 convolutions 4 -> 8 -> 4
        self.perceptron = nn.Sequential(
            nn.Conv2d(channels, wide, 1), nn.BatchNorm2d(wide), nn.ReLU(), nn.Conv2d(wide, channels, 1)
        )
        self.width = channels * POOLED**2

    def forward(self, output: Tensor) -> Tensor:
        """Pool all windows at once (they share cells), project the cells, then cut the windows."""
        cells = functional.adaptive_avg_pool2d(output, WINDOW * POOLED)
        windows = functional.unfold(self.perceptron(cells), POOLED, stride=POOLED // 2)
        return windows.transpose(1, 2)


class Predictor(nn.Module):
    """The student's extra perceptron, (N, places, width) to the same; the teacher has none."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.perceptron = _perceptron(width, width, width)

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

    def similarity(self, embedding: Tensor) -> Tensor:
        """Return cosines (N, places, size) of embeddings to the anchors of the same place."""
        with torch.autocast(
            embedding.device.type, enabled=False
        ):  # a temperature of 0.01 needs more than bf16's digits
            return torch.einsum("npd,kpd->npk", functional.normalize(embedding.float(), dim=-1), self.anchors)


def relation_loss(student: Tensor, teacher: Tensor, student_temperature: float, teacher_temperature: float) -> Tensor:
    """Return KL(teacher || student) between soft-maxed similarities (..., anchors), mean over all else.

    The teacher's side is a constant.
    """
    target = (teacher.detach() / teacher_temperature).softmax(-1)
    predicted = (student / student_temperature).log_softmax(-1)
    divergence = functional.kl_div(predicted, target, reduction="none").sum(-1)
    return divergence.mean()


def _perceptron(channels: int, hidden: int, width: int) -> nn.Sequential:
    """Two layers with batch norm between, as in BYOL (Grill et al. 2020): without it all slices embed alike."""
    return nn.Sequential(nn.Linear(channels, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width))
