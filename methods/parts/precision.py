"""The precision that losses are computed in."""

import torch
from torch import Tensor


def full(values: Tensor) -> Tensor:
    """Return values in float32 at least: half precision is widened, float64 stays as it is."""
    return values.to(full_dtype(values))


def full_dtype(values: Tensor) -> torch.dtype:
    """Return the type of ``full`` values."""
    return torch.promote_types(values.dtype, torch.float32)
