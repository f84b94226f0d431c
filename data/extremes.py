"""The grey values between which a volume is scaled, without holding it: the same that ``data.grid.scaled`` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from data.grid import Scaling, Window

Grey = npt.NDArray[np.float32]
Blocks = Callable[[], Iterator[Grey]]
HIGH, LOW = 16, 0xFFFF  # bits of a value's key that the first pass counts, and those that the second does


def extremes(blocks: Blocks, scaling: Scaling) -> Window:
    """Return a volume's extremes, or its percentiles 1 and 99 to the last digit. blocks: goes through its values."""
    from data.grid import PERCENTILES  # which imports torch, as what only plans and audits a folder need not

    return _minmax(blocks) if scaling == "minmax" else percentiles(blocks, PERCENTILES)


def _minmax(blocks: Blocks) -> Window:
    pairs = np.array([(block.min(), block.max()) for block in blocks()])
    return float(pairs[:, 0].min()), float(pairs[:, 1].max())


def percentiles(blocks: Blocks, shares: Window) -> Window:
    """Return what numpy.percentile does of two shares, in per cent, from four ranks' values, counted in two passes.

    At least one value is expected.
    """
    counts = sum((np.bincount(_keys(block) >> HIGH, minlength=LOW + 1) for block in blocks()), np.zeros(LOW + 1, int))
    places = (int(counts.sum()) - 1) * (np.asarray(shares) / 100)
    lower = np.floor(places).astype(int)
    ranks = [*lower, *np.minimum(lower + 1, counts.sum() - 1)]
    values = _of_ranks(blocks, counts, ranks)
    low, high = (
        float(np.quantile(np.array([values[k], values[k + 2]], np.float32), places[k] - lower[k])) for k in (0, 1)
    )
    return low, high


def _of_ranks(blocks: Blocks, counts: npt.NDArray[np.int_], ranks: list[int]) -> list[np.float32]:
    """Return the values that stand at these places, from 0, in the order of size."""
    ends = np.cumsum(counts)
    buckets = [int(np.searchsorted(ends, rank, "right")) for rank in ranks]
    within = {bucket: np.zeros(LOW + 1, int) for bucket in buckets}
    for block in blocks():
        keys = _keys(block)
        for bucket, seen in within.items():
            seen += np.bincount(keys[keys >> HIGH == bucket] & LOW, minlength=LOW + 1)
    found = []
    for rank, bucket in zip(ranks, buckets, strict=True):
        place = int(np.searchsorted(np.cumsum(within[bucket]), rank - (ends[bucket] - counts[bucket]), "right"))
        found.append(_value(bucket << HIGH | place))
    return found


def _keys(block: Grey) -> npt.NDArray[np.uint32]:
    """Return whole numbers in the order of the values: IEEE's bits, turned where the sign is minus."""
    bits = np.ascontiguousarray(block).ravel().view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))


def _value(key: int) -> np.float32:
    bits = key & 0x7FFFFFFF if key >> 31 else ~key & 0xFFFFFFFF
    return np.uint32(bits).view(np.float32)
