"""Class centres spread evenly over the sphere, and which class gets which (ACTION++ section 2, arXiv 2304.02689)."""

from __future__ import annotations

import functools
import itertools

import torch
from torch import Tensor
from torch.nn import functional

from methods.errors import MethodUsageError

ENUMERATED = 6  # classes up to which all orders are tried at once: 720 of them


def simplex(classes: int, width: int) -> Tensor:
    """Return centres (classes, width): unit vectors around the origin, each pair at cosine -1 / (classes - 1).

    They minimise sum_c log sum_c' exp(psi_c . psi_c' / tau) over the sphere at every tau, which ACTION++ does by
    descent: the cosines of distinct unit vectors add up to at least -classes, and log-sum-exp is convex and symmetric,
    so the least value has that sum in equal parts. Every other minimiser is a rotation or reflection of this one.
    """
    if classes < 2 or width < classes - 1:
        raise MethodUsageError(
            f"{classes} centres in {width} dimensions can't be equally far from each other; "
            f"expected at least 2 centres in at least {max(classes, 2) - 1} dimensions"
        )
    place = torch.arange(1, classes, dtype=torch.float64)
    contrasts = torch.ones(classes - 1, classes, dtype=torch.float64).tril() - torch.diag(place, 1)[:-1]  # Helmert's
    rows = contrasts / (place * (place + 1)).sqrt().unsqueeze(1)  # orthonormal, and orthogonal to the vector of ones
    corners = rows.T * (classes / (classes - 1)) ** 0.5
    return functional.pad(corners, (0, width - classes + 1)).float()


@torch.no_grad()
def assign(centres: Tensor, means: Tensor) -> Tensor:
    """Return centre numbers (classes,), each once, with the least sum of distances to the means.

    centres, means: (classes, width); ``centres[assign(centres, means)]`` is in the order of the classes. Exact. Up to
    six classes it stays on the device; more are solved on the host, which waits for the device.
    """
    return _cheapest(torch.linalg.vector_norm(means.double().unsqueeze(1) - centres.double().unsqueeze(0), dim=2))


@torch.no_grad()
def match(centres: Tensor, means: Tensor) -> Tensor:
    """Return the same with the greatest sum of cosines, as the released ACTION++ code has it; both of unit length."""
    return _cheapest(-means.double() @ centres.double().T)


def _cheapest(costs: Tensor) -> Tensor:
    """Return which column (classes,) each row of costs (classes, classes) takes, each once, at the least sum."""
    if len(costs) > ENUMERATED:
        from scipy.optimize import linear_sum_assignment

        _, order = linear_sum_assignment(costs.cpu().numpy())
        return torch.from_numpy(order).to(costs.device, torch.int64)
    orders = all_orders(len(costs), costs.device)
    sums = costs.gather(1, orders.T).sum(0)
    return orders.index_select(0, sums.argmin().unsqueeze(0)).squeeze(0)  # a tensor as an index would be read back


@functools.cache
def all_orders(classes: int, device: torch.device) -> Tensor:
    """Return the permutations (classes!, classes), lexicographic; kept, for the copy to a device waits for it."""
    return torch.tensor(list(itertools.permutations(range(classes))), device=device)
