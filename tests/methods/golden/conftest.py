"""Comparison with the released code: exact to 1e-9, and written down for docs/PARITY.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from tests.methods.golden.released import TOLERANCE

Compare = Callable[..., None]


@pytest.fixture(autouse=True)
def _float64() -> Iterator[None]:
    """Compute in float64, as the released code did for these numbers."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def compare(record_property: Callable[[str, object], None]) -> Compare:
    """Return a function that asks two arrays to be equal to 1e-9 of the released one's greatest value.

    method, part: the row of docs/PARITY.md that the comparison counts for. NaN stands where no gradient is.
    """

    def compared(method: str, part: str, mine: Any, released: Any) -> None:
        got, want = np.asarray(mine, dtype=np.float64), np.asarray(released, dtype=np.float64)
        assert got.shape == want.shape, f"{method}, {part}: {got.shape} here, {want.shape} there"
        assert np.array_equal(np.isnan(got), np.isnan(want)), f"{method}, {part}: another weight has no gradient"
        greatest = float(np.nanmax(np.abs(want), initial=0.0))
        error = float(np.nanmax(np.abs(got - want), initial=0.0)) / (greatest or 1.0)
        record_property("parity", (method, part, error))
        assert error <= TOLERANCE, f"{method}, {part}: {error:.3g} of the greatest value {greatest:.6g}"

    return compared
