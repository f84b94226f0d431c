"""The case explorer: patients of a row of the table, and their slices with contours of two methods and the reference.

Pictures and masks stand in the page as texts, which its script decodes when a reader looks at the case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reports.case_numbers import CaseNumbers, Number
from reports.explorer_rows import Row, Run, as_text, packed, row_of
from reports.line import Line
from reports.reading import ReadOnce
from reports.section import Scene
from results.images import Pictured


@dataclass(frozen=True)
class Explorer:
    """What the section shows. images: of the cases by name. why: in sentences, what of it is not there."""

    structures: tuple[str, ...]
    unit: str
    rows: tuple[Row, ...]
    images: Mapping[str, Pictured]
    why: tuple[str, ...]
    shared: Mapping[str, str]

    @cached_property
    def runs(self) -> list[Run]:
        """The runs of all rows."""
        return [run for row in self.rows for run in row.runs]

    @property
    def named(self) -> list[str]:
        """What each of these runs is called."""
        return [row.named(run) for row in self.rows for run in row.runs]

    @cached_property
    def cases(self) -> list[str]:
        """The cases that any run scored."""
        return list(dict.fromkeys(case for run in self.runs for case in run.numbers.by_case))

    @cached_property
    def worst_first(self) -> list[str]:
        """The cases by rising mean Dice over structures and runs."""
        return sorted(self.cases, key=lambda case: _mean([run.numbers.mean(case, "dice") for run in self.runs]))

    @property
    def table(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Each case with its Dice of each run and what stands below that, in the order of ``worst_first``."""
        return [(case, [self._cell(run.numbers, case) for run in self.runs]) for case in self.worst_first]

    def _cell(self, numbers: CaseNumbers, case: str) -> tuple[str, str]:
        dice, error, hd95 = (numbers.mean(case, name) for name in ("dice", "volume_error", "hd95"))
        below = [] if error is None else [f"{error:.1f} {numbers.volume_unit}"]
        below += [] if hd95 is None else [f"{hd95:.1f} {self.unit}"]
        return "–" if dice is None else f"{100 * dice:.1f}", ", ".join(below)

    @property
    def weights(self) -> str:
        """Which weights all numbers and contours are of, or those of each run where they are not of one rule."""
        rules = list(dict.fromkeys(run.rule for run in self.runs))
        each = zip(self.named, self.runs, strict=True)
        return rules[0] if len(rules) == 1 else "; ".join(f"{name}: {run.rule}" for name, run in each)

    @property
    def volume_unit(self) -> str:
        """The unit of volumes, empty where no run kept any."""
        return next((run.numbers.volume_unit for run in self.runs if run.numbers.volume_unit), "")

    @property
    def texts(self) -> Mapping[str, str]:
        """The masks of each run that kept them, a line a case."""
        return {run.key: "\n".join(run.masks.get(case, "") for case in self.cases) for run in self.runs if run.masks}

    @property
    def choices(self) -> Mapping[str, object]:
        """What a reader's browser needs beside pictures and masks."""
        return {
            "structures": self.structures,
            "digits": {"": None, "voxel": 0}.get(self.volume_unit, 1),
            "cases": [self._case(case) for case in self.cases],
            "rows": [self._row(row) for row in self.rows],
        }

    def _row(self, row: Row) -> Mapping[str, object]:
        runs = [{"key": run.key, "seed": run.seed, "numbers": self._numbers(run)} for run in row.runs]
        return {"key": row.key, "label": row.label, "usual": row.runs[row.usual].seed, "runs": runs}

    def _case(self, name: str) -> Mapping[str, object]:
        image, patients = self.images.get(name), (run.numbers.patients.get(name) for run in self.runs)
        named = {"name": name, "patient": next(filter(None, patients))}
        if image is None:
            return named
        (height, width), spacing = image.shape, image.spacing or (1.0, 1.0, 1.0)
        numbers = [number + 1 for number in image.slices]
        shape = {"width": width, "height": height, "ratio": spacing[1] / spacing[2]}
        return {**named, "slices": numbers, "total": image.total, "key": key_of(image), **shape}

    def _numbers(self, run: Run) -> list[list[list[float | str | None]] | None]:
        """Return of each case and structure Dice, HD95, ASD, volumes of ours and the reference, and the mark."""
        found = (run.numbers.by_case.get(case) for case in self.cases)
        return [None if one is None else [_short(one[name]) for name in self.structures] for one in found]


def explorer(scene: Scene) -> Explorer | None:
    """Return the explorer of a table, None of one whose runs scored nothing."""
    lines = _in_order(scene)
    every = [loaded for line in lines for loaded in line.records]
    images = next((found for loaded in every if (found := loaded.images()) is not None), {})
    rows = tuple(row_of(line, images) for line in lines)
    return Explorer(
        structures=scene.group.structures,
        unit=scene.group.unit,
        rows=rows,
        images=images,
        why=tuple(_missing(every, images, rows)),
        shared={key_of(image): _lines_of(image) for image in images.values()},
    )


def _lines_of(image: Pictured) -> str:
    """Return a case's reference as ``packed`` gives it, then a picture a line."""
    return "\n".join([packed(image.reference), *map(as_text, image.tiles)])


def key_of(image: Pictured) -> str:
    """Return what names a case's pictures and reference in a page, which tables of the same data share."""
    return "case-" + hashlib.sha256(b"".join([*image.tiles, image.labels])).hexdigest()[:16]


def _in_order(scene: Scene) -> Sequence[Line]:
    """Return the lines by falling mean Dice, ceilings last, as the table has them."""
    numbers = range(len(scene.group.lines))
    means = {number: scene.found.spreads[number, scene.found.rule, "avg", "dice"].mean or -1.0 for number in numbers}
    lines = scene.group.lines
    return [lines[number] for number in sorted(numbers, key=lambda one: (lines[one].is_ceiling, -means[one]))]


def _missing(records: Sequence[ReadOnce], images: Mapping[str, Pictured], rows: Sequence[Row]) -> Iterator[str]:
    """Yield why there are no pictures, and which runs have no contours or volumes."""
    without = _named(rows, lambda run: not run.masks)
    if images and without:
        yield f"{'; '.join(without)}: no contours, for published records keep no masks."
    elif not images and not all(loaded.pictures for loaded in records):
        yield "Pictures and masks are left out of this page, as --no-pictures asks."
    elif not images and not any(loaded.has_predictions for loaded in records):
        yield "Published records keep no pictures and masks of patients; run the cell to see its slices."
    elif not images:
        yield "These runs were scored before slices were kept; python -m benchmark.rescore RUN keeps them."
    bare = _named(rows, lambda run: not run.numbers.volume_unit)
    if bare:
        which = "These runs" if bare == [row.label for row in rows] else "; ".join(bare)
        yield f"{which}: no volumes, for records of older versions keep none."


def _named(rows: Sequence[Row], lacks: Callable[[Run], bool]) -> list[str]:
    """Return the names of the runs that lack something, a row's together."""
    found = ((row, [run for run in row.runs if lacks(run)]) for row in rows)
    return [row.told(runs) for row, runs in found if runs]


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 2.0


def _short(number: Number) -> list[float | str | None]:
    return [round(value, 4) if isinstance(value, float) else value for value in number]
