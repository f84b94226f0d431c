"""Seeds in words: one a run, or those of the dimensions that are crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from reports.by_line import by_line
from reports.findings import Findings
from reports.line import Line

NAMED = {"label_seed": "label draw", "init_seed": "initialisation", "data_seed": "data order"}
"""Fields of a cell that hold the seed of one dimension of randomness, and what that is called."""


def seeds_text(found: Findings) -> str:
    """Return what a methods section says of the seeds of a table's runs, and what deviations and intervals are over."""
    lines = found.group.lines
    crossed = any(line.is_crossed for line in lines)
    parts = [f"Seeds: {by_line(lines, _seeds)}"]
    if any(len(line.records) > 1 for line in lines):
        over = "the runs, of which crossed ones share seeds" if crossed else "them"
        parts.append(f"numbers are mean ± sample standard deviation over {over}")
    if found.intervals[found.rule]:
        whose = ", of configurations whose seeds are not crossed" if crossed else ""
        parts.append(f"intervals are 95 % by a bootstrap over patients and runs{whose}")
    return "; ".join(parts) + "."


def seed_words(line: Line) -> list[str]:
    """Return what tells each run of a line from the others: its seed, or those of the dimensions that have one."""
    cells = [one.record.cell for one in line.records]
    several = len({cell.seed for cell in cells}) > 1
    named = [[(name, getattr(cell, field)) for field, name in NAMED.items()] for cell in cells]
    own = [[f"{name} {seed}" for name, seed in one if seed is not None] for one in named]
    rest = [[f"seed {cell.seed}"] if several or not mine else [] for cell, mine in zip(cells, own, strict=True)]
    return [", ".join([*mine, *other]) for mine, other in zip(own, rest, strict=True)]


def levels_of(line: Line) -> Mapping[str, Sequence[int]]:
    """Return the seeds of each dimension that some run of a line has its own of."""
    cells = [one.record.cell for one in line.records]
    found = {name: [getattr(cell, field) for cell in cells] for field, name in NAMED.items()}
    return {
        name: sorted({cell.seed if own is None else own for cell, own in zip(cells, seeds, strict=True)})
        for name, seeds in found.items()
        if any(own is not None for own in seeds)
    }


def _seeds(line: Line) -> str:
    """Return a line's seeds, those of each dimension that has its own."""
    rest = ", ".join(dict.fromkeys(str(one.record.cell.seed) for one in line.records))
    if not line.is_crossed:
        return rest
    levels = levels_of(line)
    named = [f"{name}{'s' * (len(those) > 1)} {', '.join(map(str, those))}" for name, those in levels.items()]
    if len(levels.get("label draw", ())) > 1 and len(levels.get("data order", ())) > 1:
        named[-1] += " within each draw"  # it orders other patients' slices there: docs/decisions/043
    return f"{'; '.join(named)}{_crossing(line, levels)}; all else by seed {rest}"


def _crossing(line: Line, levels: Mapping[str, Sequence[int]]) -> str:
    """Return how many runs the levels make where several dimensions have several."""
    if sum(len(those) > 1 for those in levels.values()) < 2:
        return ""
    runs, wanted = len(line.records), prod(map(len, levels.values()))
    return f"; each with each, {runs} runs" if runs == wanted else f"; {runs} of the {wanted} runs of each with each"
