"""One cell, from its values to its record. Every launcher calls this and nothing else."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmark import environment
from benchmark.assessment import assess
from benchmark.augmentation import POLICIES
from benchmark.cell import Cell
from benchmark.checkpoint import Checkpoint
from benchmark.errors import RunError
from benchmark.pools import Pools
from benchmark.progress import PROGRESS, Progress
from benchmark.recording import TrainedMethod, is_left_whole, rescored
from benchmark.seeding import seed
from benchmark.snapshots import AGAIN, Place, Snapshots, place_of
from benchmark.trainer import LOG_EVERY, SAVE_SECONDS, Outcome, Settings, Trainer
from benchmark.validation import mean_dice
from data.batches import Batches
from data.catalog import Source
from data.gate import Gate
from methods.base import Budget, Method, Stage
from methods.registry import build
from results.claims import claimed
from results.store import Store, write_json

THREADS = 1  # a cell's CPU threads, whatever the machine and the number of jobs: sums depend on how they are split


@dataclass(frozen=True)
class Options:
    """How a cell is run, none of which may change its numbers.

    force: train again and replace the record. rescore: score the weights of a finished run again, and nothing else.
    """

    device: torch.device
    force: bool = False
    threads: int = THREADS
    log_every: int = LOG_EVERY
    save_seconds: float = SAVE_SECONDS
    rescore: bool = False


def run_cell(cell: Cell, source: Source, store: Store, options: Options) -> Path:
    """Train and score a cell, write its record and return its folder; goes on from a checkpoint it finds there.

    A cell that another process ended meanwhile is left as it is, one whose files are damaged is run again: scored from
    its weights where the rest is whole, else trained. TakenError where another process runs it at this moment.
    """
    with claimed(store.root, cell.id):
        if store.has(cell.id) and not (options.force or options.rescore):
            return store.folder(cell.id)
        return _run(cell, source, store, options)


def _run(cell: Cell, source: Source, store: Store, options: Options) -> Path:
    environment.reset_peak_memory(options.device)
    environment.commit()  # of the code that trains, not of what the checkout holds when the record is written
    with deterministic(options.threads):
        folder = _prepared(cell, store)
        place, rescore = _way(cell, store, options)
        gate = Gate(source, folder / "openings.jsonl")
        trained, progress = _train(cell, gate, options, place, folder / PROGRESS)
        if not rescore:
            place.check()
        assessed = assess(cell, gate, trained, place, progress)
        record, tables = assessed.record, assessed.tables
        if rescore:
            record, tables = rescored(store.load(cell.id), record, tables)
        write_json(folder / "cell.json", cell.model_dump(mode="json"))
        store.save(cell.id, record, tables, assessed.arrays, force=options.force or rescore)
        (folder / PROGRESS).unlink(missing_ok=True)
        place.settle(folder)
    return folder


def _train(cell: Cell, gate: Gate, options: Options, place: Place, file: Path) -> tuple[TrainedMethod, Progress]:
    """Train the cell in front of the shut gate, or go on with it; what is trained already comes as it is."""
    with gate.shut() as outside:
        settings = _settings(cell, options)
        method = _method(cell, outside, options.device)
        stages = method.stages(_budget(cell))
        progress = Progress(sum(stage.updates for stage in stages), cell.id, file)
        trainer = _trainer(cell, outside, method, settings, place.snapshots, place.points)
        outcome = trainer.run(stages, place.checkpoint, progress)
    return TrainedMethod(method, stages, outcome, settings), progress


def _prepared(cell: Cell, store: Store) -> Path:
    """Return the cell's folder with its values in it; where it holds a record, as it is but for torn files."""
    folder = store.folder(cell.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for torn in folder.glob(".*"):  # what a killed run was writing
            torn.unlink()
    except OSError as error:
        raise RunError(f"{folder} cannot be written ({error.strerror}); mend that or choose another --out") from None
    if not (folder / "record.json").exists():
        write_json(folder / "cell.json", cell.model_dump(mode="json"))
    return folder


def _way(cell: Cell, store: Store, options: Options) -> tuple[Place, bool]:
    """Return where the cell is trained or was, and whether its weights are only scored again.

    So they are where that is asked for, and where a run's damage is all in files that can be made of the weights.
    """
    folder, mine = store.folder(cell.id), {"cell": cell.id}
    finished, again = Place(folder, mine), folder / AGAIN
    if options.rescore:
        finished.require_weights(options.device)
        return finished, True
    damaged = store.damage(cell.id)
    if damaged:
        print(f"{cell.id} is damaged and runs again: {', '.join(damaged)}", file=sys.stderr)
    mends = damaged and is_left_whole(damaged) and not options.force and not again.exists()
    if mends and finished.holds_weights(options.device):
        return finished, True
    return place_of(folder, {**mine, "threads": options.threads}, options.device), False


@contextmanager
def deterministic(count: int = THREADS) -> Iterator[None]:
    """Fix the number of threads and the choice of kernels for a run, and give them back after it."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what torch asks for to make cuBLAS repeatable
    threads, before = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    torch.set_num_threads(count)
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms loads the compiler, 2 s a process
    memory.fill_uninitialized_memory = False  # a debugging aid that costs a tenth of a CPU update
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(before)
        memory.fill_uninitialized_memory = filled


def _settings(cell: Cell, options: Options) -> Settings:
    schedule, seed_of = cell.schedule, partial(seed, cell.seed_of("train"), "train")
    precision = environment.precision_on(options.device, schedule.precision)
    return Settings(options.device, precision, schedule.validations, seed_of, options.log_every, options.save_seconds)


def _method(cell: Cell, source: Source, device: torch.device) -> Method:
    initial = seed(cell.seed_of("init"), "init")
    method = build(
        cell.method, source.task, cell.backbone, cell.method_config(), weights=cell.weights, seed=initial
    ).to(device)
    return method.to(memory_format=torch.channels_last) if cell.schedule.channels_last else method


def _budget(cell: Cell) -> Budget:
    schedule = cell.schedule
    return Budget(schedule.updates, schedule.per_stage, schedule.labeled_batch, schedule.unlabeled_batch)


def rehearse(
    cell: Cell, source: Source, options: Options, disturb: Callable[[Method], object] | None = None
) -> tuple[Sequence[Stage], Outcome]:
    """Train a cell as a run does, but write, show and score nothing; return its stages and what training leaves.

    disturb: what to do to the method before its first update.
    """
    with deterministic(options.threads), Gate(source).shut() as outside:
        method, settings = _method(cell, source, options.device), _settings(cell, options)
        if disturb is not None:
            disturb(method)
        stages = method.stages(_budget(cell))
        unseen = Progress(sum(stage.updates for stage in stages), cell.id, stream=io.StringIO())
        return stages, _trainer(cell, outside, method, settings).run(stages, Checkpoint(None), unseen)


def _trainer(cell: Cell, source: Source, method: Method, settings: Settings, *kept: Snapshots) -> Trainer:
    pools = Pools(cell, source, settings.device)
    validation, policy = pools.validation(), POLICIES[cell.schedule.augmentation]
    seed_of = partial(seed, cell.seed_of("data"), "data")
    batches = Batches(pools.labeled(), pools.unlabeled(), policy, seed_of)

    def validate(predictor: nn.Module) -> float:
        return mean_dice(predictor, validation, source.task.classes, settings.autocast())

    return Trainer(method, batches, validate, settings, *kept)
