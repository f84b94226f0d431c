"""Perturbations of feature maps (Ouali et al., CCT, CVPR 2020), as SSL4MIS networks/unet.py @06df604 has them.

Each is a function that draws, and one that applies what was drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor


def draw_noise(features: Tensor, limit: float, rng: torch.Generator) -> Tensor:
    """Return noise (C, H, W), uniform in [-limit, limit], for features (N, C, H, W)."""
    uniform = torch.rand(features.shape[1:], generator=rng, device=features.device)
    return (2 * uniform - 1) * limit


def with_noise(features: Tensor, noise: Tensor) -> Tensor:
    """Return features (N, C, H, W) times 1 + noise (C, H, W), the same for all slices."""
    return features * (1 + noise).to(features.dtype)


def draw_kept(features: Tensor, probability: float, rng: torch.Generator) -> Tensor:
    """Return which values of features (N, C, H, W) dropout keeps, bool; probability: of losing one."""
    return torch.rand(features.shape, generator=rng, device=features.device) >= probability


def with_dropout(features: Tensor, kept: Tensor, probability: float) -> Tensor:
    """Return features (N, C, H, W) with values that are not kept at 0, and the others grown to make up."""
    return features * kept.to(features.dtype) / (1 - probability)


def draw_share(features: Tensor, least: float, most: float, rng: torch.Generator) -> Tensor:
    """Return a share (1,) uniform in [least, most], one for all slices."""
    return least + (most - least) * torch.rand(1, generator=rng, device=features.device)


def without_active(features: Tensor, share: Tensor) -> Tensor:
    """Return features (N, C, H, W) without the most active places of each slice.

    A place is dropped where its mean over channels reaches the share of the slice's greatest.
    """
    activity = features.mean(1, keepdim=True)
    return features * (activity < share.to(features.dtype) * activity.amax((2, 3), keepdim=True)).to(features.dtype)
