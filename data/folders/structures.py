"""The grey values of the structures of labelled cases, between which CT is kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.extremes import Blocks, percentiles
from data.folders.plan import Window
from data.stream import Grey, Packed, Stream
from data.task import IGNORED

PERCENTILES = (0.5, 99.5)
"""Of the structures' grey values, between which CT is kept: nnU-Net (Isensee et al., Nature Methods 2021), as its CT
normalisation clips."""
MOST_HELD = 1 << 26  # values that are held, of 4 bytes each; of more those of some ranks are found by counting


def inside(stream: Stream, channel: int) -> Iterator[Grey]:
    """Yield the values (N,) of a case's structures in a channel, of some slices at a time; none without a mask."""
    whole = stream.labels()
    if whole is None:
        return
    labels, first = Packed(whole), 0
    del whole
    for grey in stream.grey(channel):
        some = labels[first : first + len(grey)]
        yield grey[(some > 0) & (some != IGNORED)]
        first += len(grey)


def window_of(values: Blocks) -> Window | None:
    """Return the window of values that are gone through, more than once where they are many; None where there are none.

    It is never empty.
    """
    held, count = list[Grey](), 0
    for some in values():
        held.append(some)
        count += some.size
        if count > MOST_HELD:
            held.clear()
            low, high = percentiles(values, PERCENTILES)
            break
    else:
        if not count:
            return None
        low, high = (float(value) for value in np.percentile(np.concatenate(held), PERCENTILES))
    return (low, high) if low < high else (low, low + 1)
