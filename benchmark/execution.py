"""One cell, from its values to its record. Every launcher calls this and nothing else."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from benchmark import environment
from benchmark.augmentation import POLICIES
from benchmark.cell import Cell
from benchmark.checkpoint import Checkpoint
from benchmark.diagnosis import Diagnosis
from benchmark.errors import RunError
from benchmark.evaluator import Evaluator
from benchmark.history import COLUMNS
from benchmark.ledger import ledger
from benchmark.progress import PROGRESS, Progress
from benchmark.recording import headline_of, is_left_whole, make_record, rescored, scores_of
from benchmark.seeding import seed
from benchmark.snapshots import AGAIN, Place, Snapshots, place_of
from benchmark.trainer import LOG_EVERY, SAVE_SECONDS, Outcome, Settings, Trainer
from benchmark.validation import mean_dice
from data.batches import Batches
from data.case import Case
from data.catalog import Source
from data.gate import Gate
from data.pool import Pool, build_pool
from data.task import Task
from methods.base import Budget, Method, Stage
from methods.registry import build
from results.claims import claimed
from results.record import Opening, Seconds
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
        settings = _settings(cell, options)
        method = _method(cell, source, options.device)
        stages = method.stages(_budget(cell))
        gate = Gate(source, folder / "openings.jsonl")
        with gate.shut() as outside:
            progress = Progress(sum(stage.updates for stage in stages), cell.id, folder / PROGRESS)
            trainer = _trainer(cell, outside, method, settings, place.snapshots, place.points)
            outcome = trainer.run(stages, place.checkpoint, progress)
        if not rescore:
            place.check()
        start = time.perf_counter()
        progress.after("scoring")
        test_cases = gate.open("scoring", progress.total)
        evaluator = _evaluator(cell, test_cases, source.task, settings, partial(progress.after, "scoring"))
        cases, masks, conventions = scores_of(evaluator, method, outcome)
        gallery = evaluator.gallery(masks, headline_of(cases))
        peak = environment.peak_memory_mib(options.device)  # before a look inside, which few methods allow
        history = pd.DataFrame(outcome.history.rows, columns=list(COLUMNS))
        openings = tuple(Opening(purpose=one.purpose, updates=one.updates) for one in gate.openings)
        chosen = ledger(evaluator, next(iter(method.predictors().values())), place.points, outcome.history)
        alive = partial(progress.after, "diagnosis")
        inside = _diagnose(cell, gate.outside, method, settings, place.snapshots, alive)
        seconds = Seconds(train=outcome.seconds, evaluate=time.perf_counter() - start)
        record = make_record(cell, source, method, stages, cases, openings, seconds, peak, options.device)
        tables: Mapping[str, pd.DataFrame]
        tables = {"cases": cases, "history": history, "conventions": conventions, "ledger": chosen, **inside}
        if rescore:
            record, tables = rescored(store.load(cell.id), record, tables)
        write_json(folder / "cell.json", cell.model_dump(mode="json"))
        store.save(cell.id, record, tables, {"masks": masks, "gallery": gallery}, force=options.force or rescore)
        (folder / PROGRESS).unlink(missing_ok=True)
        place.settle(folder)
    return folder


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
    pool = _pools(cell, source, settings.device)
    validation = pool(source.split.val, True)
    unlabeled = pool(source.split.unlabeled(cell.labeled_patients), False)
    labeled, policy = pool(cell.labeled_patients, True), POLICIES[cell.schedule.augmentation]
    batches = Batches(labeled, unlabeled, policy, partial(seed, cell.seed_of("data"), "data"))

    def validate(predictor: nn.Module) -> float:
        return mean_dice(predictor, validation, source.task.classes, settings.autocast())

    return Trainer(method, batches, validate, settings, *kept)


def _pools(cell: Cell, source: Source, device: torch.device) -> Callable[[Sequence[str], bool], Pool]:
    def pool(patients: Sequence[str], masks: bool) -> Pool:
        cases = source.cases(patients, masks=masks) if patients else []
        return build_pool(cases, cell.schedule.size, cell.schedule.scaling, device)

    return pool


def _diagnose(
    cell: Cell,
    source: Source,
    method: Method,
    settings: Settings,
    snapshots: Snapshots,
    alive: Callable[[], object],
) -> Mapping[str, pd.DataFrame]:
    """Return the tables of a look inside the method, none if it shows nothing; the unlabelled masks are read here."""
    inspected = method.inspected()
    if inspected is None or not snapshots.updates():
        return {}
    unlabeled = _pools(cell, source, settings.device)(source.split.unlabeled(cell.labeled_patients), True)
    classes = ("background", *source.task.structures)
    rng = np.random.default_rng(seed(cell.seed, "diagnosis"))
    return Diagnosis(inspected, unlabeled, classes, settings.autocast(), alive).tables(snapshots, rng)


def _evaluator(
    cell: Cell, cases: Sequence[Case], task: Task, settings: Settings, alive: Callable[[], object]
) -> Evaluator:
    schedule = cell.schedule
    return Evaluator(task, cases, schedule.size, schedule.scaling, settings.device, settings.autocast(), alive)
