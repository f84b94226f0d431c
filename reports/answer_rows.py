"""A row of the answer's table: a configuration with the scores that a reader may choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from reports.comparison import METRIC
from reports.families import family_of
from reports.findings import Findings
from reports.formatting import TITLES, printed, shown
from reports.line import Line
from reports.main_table import gain_of
from reports.section import Scene


@dataclass(frozen=True)
class Choice:
    """A score under a rule, of a structure and metric. value: by which rows are sorted, None where nothing counts."""

    value: float | None
    text: str
    interval: str


@dataclass(frozen=True)
class Row:
    """A configuration. standing: letters, or words where none can be given; printed: Dice in papers, low and high.

    patients: mean Dice of each test patient, in per cent, lowest first. scores: by rule, structure and metric.
    """

    line: Line
    standing: str
    gain: str
    printed: tuple[float, float] | None
    patients: tuple[float, ...]
    scores: Mapping[str, Mapping[str, Mapping[str, Choice]]]
    updates: str
    minutes: float
    family: str

    @property
    def in_print(self) -> str:
        """The Dice that papers print, or the lowest and highest where they print several; empty for none."""
        return "–".join(dict.fromkeys(f"{value:.1f}" for value in self.printed or ()))

    @property
    def choices(self) -> Mapping[str, object]:
        """What a reader's browser sorts by and shows of the row."""
        scores = {
            rule: {
                structure: {metric: astuple(choice) for metric, choice in by_metric.items()}
                for structure, by_metric in by_structure.items()
            }
            for rule, by_structure in self.scores.items()
        }
        return {
            "label": self.label,
            "family": self.family,
            "printed": {} if self.printed is None else {"avg": self.printed[1]},
            "seeds": len(self.line.records),
            "minutes": self.minutes,
            "ceiling": self.line.is_ceiling,
            "scores": scores,
        }

    @property
    def label(self) -> str:
        """The line's name."""
        return self.line.label


def row_of(scene: Scene, number: int, standing: str) -> Row:
    """Return the row of a line by its number. standing: its letters, or words instead."""
    found, line = scene.found, scene.group.lines[number]
    theirs = [one.printed for one in scene.verdicts if one.line is line and one.structure == "avg"]
    by_patient = found.scores[found.rule].of(number, METRIC).by_patient.mean(axis=0)
    return Row(
        line=line,
        standing=standing,
        gain=gain_of(found, number),
        printed=(min(theirs), max(theirs)) if theirs else None,
        patients=tuple(sorted(round(100 * float(value), 1) for value in by_patient if value == value)),
        scores={rule: _choices(found, number, rule) for rule in found.rules},
        updates=line.updates,
        minutes=line.mean_train_seconds() / 60,
        family=family_of(line.first),
    )


def _choices(found: Findings, number: int, rule: str) -> Mapping[str, Mapping[str, Choice]]:
    def choice(structure: str, metric: str) -> Choice:
        spread = found.spreads[number, rule, structure, metric]
        inside = printed(found.intervals[rule].get((number, structure, metric)), metric)
        return Choice(spread.mean, shown(spread, metric), inside)

    return {
        structure: {metric: choice(structure, metric) for metric in TITLES}
        for structure in ("avg", *found.group.structures)
    }


def dice_of(row: Row) -> float | None:
    """Return a row's mean Dice of the reported rule; None where nothing counts."""
    return next(iter(row.scores.values()))["avg"][METRIC].value
