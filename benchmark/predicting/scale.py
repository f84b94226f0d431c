"""Whether a case's grey values are of the scale that a run states: what is all white or all one grey is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.case import Case
from data.grid import Window

BEYOND = {True: 0.01, False: 0.5}
"""The share of pixels above a window that is told, by whether the window is all that a type of whole numbers holds."""
LEAST = 0.02  # of a window, within which all that is seen of a case is one grey


@dataclass
class _Seen:
    """Pixels of a channel, those of them above its window, and its extremes."""

    count: int = 0
    above: int = 0
    low: float = float("inf")
    high: float = float("-inf")


class Scale:
    """What is seen of a case's grey values beside the windows of its channels, None where its own are taken."""

    def __init__(self, windows: Sequence[Window | None], names: Sequence[str]) -> None:
        named = enumerate(zip(names, windows, strict=True))
        self._channels = [(place, name, window, _Seen()) for place, (name, window) in named if window is not None]

    def see(self, case: Case) -> None:
        """Take in some slices of a case."""
        for place, _, (_, white), seen in self._channels:
            values = case.channels[place]
            seen.count += values.size
            seen.above += int((values > white).sum())
            seen.low, seen.high = min(seen.low, float(values.min())), max(seen.high, float(values.max()))

    def remark(self) -> str | None:
        """Return what of the case is of another scale, as words to add; None where nothing is."""
        for _, name, window, seen in self._channels:
            said = _said(window, seen)
            if said is not None:
                of = f" of channel {name}" if len(self._channels) > 1 else ""
                return f"the grey values{of} are of another scale than the run's: {said}"
        return None


def _said(window: Window, seen: _Seen) -> str | None:
    black, white = window
    whole = black == 0 and white + 1 == 2 ** max(1, int(white).bit_length())
    if seen.above > BEYOND[whole] * seen.count:
        return f"{100 * seen.above / seen.count:.0f} % are above {white:g}, which is white to it"
    low, high = (min(max(value, black), white) for value in (seen.low, seen.high))
    if high - low < LEAST * (white - black):
        return f"{seen.low:g} to {seen.high:g}, in a window of {black:g} to {white:g}"
    return None
