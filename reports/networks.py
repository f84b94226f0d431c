"""Lines of which network are compared: the papers' is, and where nothing ran on it the one that was taken for it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.line import Line
from results.migrations import FORMER  # taken for it until 2026-11-27
from results.weights import RELEASED as NETWORK  # of every published table here

__all__ = ["FORMER", "NETWORK", "left_out", "of_one_network", "without_former"]


def without_former(lines: Sequence[Line]) -> list[Line]:
    """Return the lines but those of the network before the released one, where that was run too: decision 051."""
    if not any(line.first.cell.backbone == NETWORK for line in lines):
        return list(lines)
    return [line for line in lines if line.first.cell.backbone != FORMER]


def of_one_network(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of the released network, else of the one before it, else all."""
    return [line for line in without_former(lines) if line.first.cell.backbone in (NETWORK, FORMER)] or list(lines)


def left_out(lines: Sequence[Line]) -> str:
    """Return which lines are compared with none as their network is the one before, as a sentence; empty for none."""
    compared = without_former(lines)
    names = "; ".join(line.label for line in lines if line not in compared)
    return names and f"Left out of comparisons, as {FORMER} was taken for {NETWORK} when they ran: {names}."
