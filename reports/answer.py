"""The answer of a table, made from its records by rule: sentences with their uncertainty, and the rows in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.answer_rows import Row, dice_of, row_of
from reports.answer_words import against_floor, against_recipe, apart_though_alike, at_schedule, claim_of, highest
from reports.comparison import METRIC, ONE_SEED
from reports.families import UNSTATED
from reports.formatting import TITLES
from reports.section import Scene
from reports.stumbles import stumbles

BESIDE = ("hd95", "asd", "asd_pred", "jaccard")
"""Metrics beside Dice, the first of which is shown unless a reader chooses another."""


@dataclass(frozen=True)
class Answer:
    """What the top of a table's part says.

    sentences: the answer, one or two and whether papers' schedule was run; claim: what papers print, beside its
    verdict; highest: which line has the highest mean, unless that is the answer.
    """

    sentences: tuple[str, ...]
    claim: str
    highest: str
    notes: tuple[str, ...]
    collapsed: tuple[str, ...]
    rows: tuple[Row, ...]
    has_letters: bool
    rules: tuple[str, ...]
    structures: tuple[str, ...]
    families: tuple[str, ...]

    @property
    def has_standing(self) -> bool:
        """Whether anything is said of any row's group."""
        return any(row.standing for row in self.rows)

    @property
    def has_twins(self) -> bool:
        """Whether the gain over a twin is known of any row."""
        return any(row.gain for row in self.rows)

    @property
    def has_print(self) -> bool:
        """Whether papers print a number of any row."""
        return any(row.printed for row in self.rows)

    @property
    def metrics(self) -> Mapping[str, str]:
        """The metrics that may stand beside Dice, and their titles."""
        return {name: TITLES[name] for name in BESIDE}

    @property
    def choices(self) -> Mapping[str, object]:
        """What a reader's browser needs for its choices."""
        titles = {METRIC: TITLES[METRIC], **self.metrics}
        return {"rules": self.rules, "titles": titles, "rows": [row.choices for row in self.rows]}


def answer(scene: Scene) -> Answer:
    """Return the answer of a table: rows by falling Dice, ceilings last."""
    found, compared = scene.found, scene.compared
    standing = {} if compared is None else compared.standings
    rows = [row_of(scene, number, standing.get(number, "")) for number in range(len(scene.group.lines))]
    rows.sort(key=lambda row: (row.line.is_ceiling, -(dice_of(row) or -1.0)))
    first = highest(found, compared)
    gains = tuple(filter(None, (against_floor(found, compared), against_recipe(found, compared))))
    return Answer(
        sentences=tuple(filter(None, (*(gains or [first]), at_schedule(scene)))),
        claim=claim_of(scene),
        highest=first if gains else "",
        notes=tuple(filter(None, (apart_though_alike(found, compared), *stumbles(scene, rows)))),
        collapsed=() if scene.followed is None else scene.followed.short,
        rows=tuple(rows),
        has_letters=any(one and one != ONE_SEED for one in standing.values()),
        rules=found.rules,
        structures=("avg", *scene.group.structures),
        families=tuple(sorted({row.family for row in rows}, key=lambda one: (one == UNSTATED, one))),
    )
