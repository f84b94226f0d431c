"""Perturbations of feature maps (Ouali et al., CCT, CVPR 2020), as SSL4MIS networks/unet.py @06df604 has them."""

from __future__ import annotations

import torch
from torch import Tensor


def feature_noise(features: Tensor, limit: float, rng: torch.Generator) -> Tensor:
    """Return features (N, C, H, W) times 1 + noise, uniform in [-limit, limit], the same for all slices."""
    drawn = torch.rand(features.shape[1:], generator=rng, device=features.device)
    return features * (1 + (2 * drawn - 1) * limit).to(features.dtype)


def feature_dropout(features: Tensor, least: float, most: float, rng: torch.Generator) -> Tensor:
    """Return features (N, C, H, W) without the most active places of each slice.

    A place is dropped where its mean over channels reaches a share of the slice's greatest; the share is uniform in
    [least, most], one for all slices.
    """
    activity = features.mean(1, keepdim=True)
    share = least + (most - least) * torch.rand(1, generator=rng, device=features.device).to(features.dtype)
    return features * (activity < share * activity.amax((2, 3), keepdim=True)).to(features.dtype)
