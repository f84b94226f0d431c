"""What cells cost in seconds of the device they run on, and where the figure is from."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

from benchmark.cells.cell import Cell
from benchmark.cells.preset import PRESETS
from benchmark.duration import FOLLOWS_SECONDS, computes_bf16
from benchmark.duration import PRESETS as TOLD
from benchmark.environment.device import describe, precision_on
from benchmark.running.execution import rehearse
from benchmark.running.options import Options
from data.source import Source
from results.record import Record
from results.store import LoadedRecord

PROBED = {"updates": 20, "validations": 1}
SHAPE = ("size", "labeled_batch", "unlabeled_batch")
"""Fields of a schedule by which an update's price changes."""
FLOOR = "supervised"
MOST_STAGES = 3  # of a method, where a preset counts updates a stage
BY_TABLE = "the table of --help and the pace of methods in kept runs"


@dataclass(frozen=True)
class Price:
    """Seconds of a cell, the least and the most that is to be expected, and where the figure is from."""

    low: float
    high: float
    basis: str


@dataclass(frozen=True)
class Slowness:
    """How many times a supervised update's seconds one of a method takes, and its stages: the least and the most."""

    low: float = 1.0
    high: float = 1.0
    fewest: int = 1
    most: int = 1


class Pricing:
    """Prices on a device, of what is known without running anything.

    here: runs of this store; kept: those that the repository keeps, of some other machine. recompute: runs that were
    trained so go before others.
    """

    def __init__(
        self,
        here: Sequence[LoadedRecord],
        kept: Sequence[LoadedRecord],
        device: torch.device,
        recompute: bool = False,
    ) -> None:
        self.recompute = recompute
        self.sources = {"past runs here": here, "runs kept from another machine": kept}
        self.device, self.hardware = device, describe(device)["hardware"] if _is_here(device) else None
        self.slowness = _slowness([loaded.record for loaded in kept])

    def past(self, cell: Cell) -> Price | None:
        """Return what a cell costs by runs of its kind on such a device; None without one.

        Seconds an update of those times the cell's updates, scoring as it was: from the quickest to the slowest run.
        """
        for basis, runs in self.sources.items():
            alike = [one.record for one in runs if self._is_alike(cell, one)]
            alike = [one for one in alike if bool(one.environment.get("recompute")) == self.recompute] or alike
            for trait in ("fidelity", "twin", "overrides"):
                alike = [one for one in alike if getattr(one.cell, trait) == getattr(cell, trait)] or alike
            if alike:
                costs = [_seconds_of(one) * cell.updates(len(one.stages)) + one.seconds.evaluate for one in alike]
                return Price(min(costs), max(costs), basis)
        return None

    def told(self, cell: Cell) -> Price | None:
        """Return what a cell costs by the table of ``--help`` on a CPU; None on another device or network.

        The table is of supervised training; of another method, times how much slower that is in kept runs.
        """
        if self.device.type != "cpu" or cell.preset not in TOLD or cell.backbone != "unet":
            return None
        each = TOLD[cell.preset].supervised[0 if computes_bf16() else 1] * _larger(cell)
        pace = Slowness() if cell.method == FLOOR else self.slowness.get(cell.method, self._any())
        least, most = each * pace.low * cell.updates(pace.fewest), each * pace.high * cell.updates(pace.most)
        return Price(FOLLOWS_SECONDS + least, FOLLOWS_SECONDS + most, BY_TABLE)

    def _any(self) -> Slowness:
        """Return between which the methods lie that kept runs tell of."""
        return Slowness(high=max((pace.high for pace in self.slowness.values()), default=1.0), most=MOST_STAGES)

    def _is_alike(self, cell: Cell, loaded: LoadedRecord) -> bool:
        record, mine = loaded.record, loaded.record.cell
        made_on = record.environment
        return (
            record.status == "done"
            and (mine.method, mine.backbone, mine.preset) == (cell.method, cell.built_backbone, cell.preset)
            and mine.dataset == cell.dataset
            and made_on.get("device") == self.device.type
            and self.hardware in (None, made_on.get("hardware"))
            and made_on.get("precision") in (None, precision_on(self.device, cell.schedule.precision))
            and _has_shape(cell, loaded.values().get("schedule"))
        )


def probed(cells: Iterable[Cell], sources: Mapping[str, Source], options: Options) -> Mapping[str, Price]:
    """Return the price of each cell by a few updates of the first of its kind; scoring is not in it."""
    found: dict[tuple[object, ...], tuple[float, int]] = {}
    prices = {}
    for cell in cells:
        shape = (getattr(cell.schedule, field) for field in SHAPE)
        kind = cell.method, cell.backbone, cell.preset, cell.dataset, cell.fidelity, *shape
        if kind not in found:
            short = cell.model_copy(update={"schedule": cell.schedule.model_copy(update=PROBED)})
            stages, outcome = rehearse(short, sources[cell.dataset], options)
            found[kind] = outcome.seconds / sum(stage.updates for stage in stages), len(stages)
        each, count = found[kind]
        seconds = each * cell.updates(count)
        prices[cell.id] = Price(seconds, seconds, "a probe")
    return prices


def _is_here(device: torch.device) -> bool:
    """Return whether this machine has the device: a cluster's may be named without."""
    return device.type != "cuda" or torch.cuda.is_available()


def _has_shape(cell: Cell, schedule: Mapping[str, object] | None) -> bool:
    """Return whether a run's schedule has the cell's slices a batch; an older run that does not tell has."""
    return not schedule or all(schedule.get(field) == getattr(cell.schedule, field) for field in SHAPE)


def _seconds_of(record: Record) -> float:
    """Return the seconds of an update of a run."""
    return record.seconds.train / max(record.updates, 1)


def _larger(cell: Cell) -> float:
    """Return how many times the pixels of its preset's a cell's batches have."""
    plain, mine = PRESETS[cell.preset], cell.schedule
    slices = (mine.labeled_batch + mine.unlabeled_batch) / (plain.labeled_batch + plain.unlabeled_batch)
    return (mine.size / plain.size) ** 2 * slices


def of_one_device(records: Sequence[Record]) -> list[Record]:
    """Return the records of the kind of device that most are of: a method beside others tells nothing across kinds.

    A processor of another kind, or one that computes in another precision, is another kind of device.
    """
    kinds = Counter(map(_kind_of_device, records))
    most = max(kinds, key=lambda kind: kinds[kind], default=None)
    return [record for record in records if _kind_of_device(record) == most]


def _kind_of_device(record: Record) -> tuple[object, ...]:
    return tuple(record.environment.get(name) for name in ("device", "processor", "precision"))


def _slowness(kept: Sequence[Record]) -> Mapping[str, Slowness]:
    """Return the pace of each method in kept runs, as far as they have one of supervised training beside it."""
    plain: dict[str, list[Record]] = {}
    for record in of_one_device(kept):
        if record.status == "done" and not record.cell.overrides and not record.cell.twin:
            plain.setdefault(record.cell.method, []).append(record)
    if FLOOR not in plain:
        return {}
    floor = statistics.median(map(_seconds_of, plain[FLOOR]))
    return {method: _slowness_of(records, floor) for method, records in plain.items()}


def _slowness_of(records: Sequence[Record], floor: float) -> Slowness:
    seconds, stages = [_seconds_of(one) / floor for one in records], [len(one.stages) for one in records]
    return Slowness(min(seconds), max(seconds), min(stages), max(stages))
