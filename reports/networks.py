"""Lines of which network are compared: the papers' is, and where nothing ran on it the one that was taken for it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.summary import Line

NETWORK = "unet"  # of every published table here
FORMER = "unet-transposed"  # taken for it until 2026-11-27


def of_one_network(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of the released network, else of the one before it, else all: decision 051."""
    kinds = ([line for line in lines if line.first.cell.backbone == kind] for kind in (NETWORK, FORMER))
    return next((kind for kind in kinds if kind), list(lines))


def left_out(lines: Sequence[Line]) -> str:
    """Return which lines are compared with none as their network is another, as a sentence; empty for none."""
    compared = of_one_network(lines)
    others = [line for line in lines if line not in compared]
    if not others:
        return ""
    network = compared[0].first.cell.backbone
    names = "; ".join(line.label for line in others)
    return f"Left out of comparisons, as their network is not {network}, which the others were run with: {names}."
