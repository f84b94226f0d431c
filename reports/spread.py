"""A value over the runs of a line, and of how many of them it is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from results.summary import SummaryRow


@dataclass(frozen=True)
class Spread:
    """Mean over seeds and sample standard deviation; no deviation for a single seed, no mean where nothing counts.

    runs, wanted: how many runs have such a value, and how many the line has. lacking: of how many structures an average
    is, where others of its table are of more; empty of any other.
    """

    mean: float | None
    deviation: float | None
    runs: int = 0
    wanted: int = 0
    lacking: str = ""

    @classmethod
    def of(cls, values: Sequence[float], wanted: int) -> Spread:
        """Return the spread of the values that there are, of as many runs as a line has."""
        if not values:
            return cls(None, None, 0, wanted)
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(statistics.fmean(values), deviation, len(values), wanted)

    @classmethod
    def of_rows(cls, rows: Sequence[SummaryRow], metric: str, wanted: int) -> Spread:
        """Return the spread of a metric over summary rows, one a run."""
        return cls.of([value for row in rows if (value := getattr(row, metric)) is not None], wanted)

    @property
    def partly(self) -> str:
        """Of how many of the line's runs and structures this is, empty where it is of all or of none."""
        return ", ".join(filter(None, (partly(self.runs, self.wanted), self.lacking)))


def partly(runs: int, wanted: int) -> str:
    """Return of how many of a line's runs something is, empty where it is of all or of none."""
    return f"{runs} of {wanted} runs" if 0 < runs < wanted else ""
