"""One cell, from its values to its record. Every launcher calls this and nothing else."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmark.cells.cell import Cell
from benchmark.cells.choice import batch_fields
from benchmark.environment.checkout import commit
from benchmark.environment.code import parts_of
from benchmark.environment.memory import keeping_freed_memory, reset_peak_memory, telling_of_memory
from benchmark.errors import PassingError
from benchmark.outside.carried import keep
from benchmark.running.assembly import method_of, settings_of, trainer_of
from benchmark.running.begun import begun
from benchmark.running.determinism import deterministic
from benchmark.running.failures import staying
from benchmark.running.options import Options
from benchmark.scoring.assessment import assess
from benchmark.scoring.recording import TrainedMethod, is_left_whole, rescored
from benchmark.training.answers import require_answers
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.progress import PROGRESS, Progress
from benchmark.training.recomputing import require_recomputable
from benchmark.training.resume import AGAIN, Place
from benchmark.training.selection import check_nothing_kept
from benchmark.training.trainer import Outcome, Settings
from data.held_out import Gate
from data.source import Source
from data.task import Task
from methods.asked import granted_stages, stages_of
from methods.base import Method, Stage
from results.claims import claimed
from results.code import CODE, Parts, files_told
from results.standing import files_of
from results.store import Store
from results.writing import write_json


def run_cell(cell: Cell, source: Source, store: Store, options: Options) -> Path:
    """Train and score a cell, write its record and return its folder; goes on from a checkpoint it finds there.

    A cell that another process ended meanwhile is left as it is, one whose files are damaged is run again: scored from
    its weights where the rest is whole, else trained. TakenError where another process runs it at this moment.
    """
    with claimed(store.root, cell.id), staying():
        if store.has(cell.id) and not (options.force or options.rescore):
            return store.folder(cell.id)
        return _run(cell, source, store, options)


def _run(cell: Cell, source: Source, store: Store, options: Options) -> Path:
    reset_peak_memory(options.device)
    commit()  # of the code that trains, not of what the checkout holds when the record is written
    parts = parts_of(cell.method, cell.dataset, cell.origins())
    telling = telling_of_memory(options.device, batch_fields(cell.config), _spares(options))
    with telling, keeping_freed_memory(options.device), deterministic(options.threads):
        folder = _prepared(cell, store)
        place, rescore = _way(cell, store, options)
        gate = Gate(source, folder / "openings.jsonl")
        trained, progress = _train(cell, gate, options, place, folder / PROGRESS)
        if not rescore:
            place.check()
        assessed = assess(cell, gate, trained, place, progress)
        record, tables = assessed.record, assessed.tables
        before: Parts = {}
        if rescore:
            loaded = store.load(cell.id)
            before, (record, tables) = files_of(loaded), rescored(loaded, record, tables)
        elif record.code is not None and not place.tells_code:
            record = record.model_copy(update={"code": record.code.untold})
        write_json(folder / "cell.json", cell.model_dump(mode="json"))
        keep(folder, cell.origins())
        if record.code is not None:
            write_json(folder / CODE, files_told(record.code, parts, before))
        store.save(cell.id, record, tables, assessed.arrays, force=options.force or rescore)
        progress.end()
        place.settle(folder)
    return folder


def _train(cell: Cell, gate: Gate, options: Options, place: Place, file: Path) -> tuple[TrainedMethod, Progress]:
    """Train the cell in front of the shut gate, or go on with it; what is trained already comes as it is."""
    with gate.shut() as outside:
        settings = settings_of(cell, options)
        method = method_of(cell, outside.task, options.device)
        stages = granted_stages(method, cell.budget)
        progress = Progress(sum(stage.updates for stage in stages), cell.id, file)
        _ask(method, cell, outside.task, settings)
        trainer = trainer_of(cell, outside, method, settings, (place.snapshots, place.points))
        if trainer.validate is None:
            check_nothing_kept(stages)
        outcome = trainer.run(stages, place.checkpoint, progress)
    return TrainedMethod(method, stages, outcome, settings, progress.paces), progress


def _spares(options: Options) -> bool:
    """Return whether --recompute could still spare memory."""
    return not (options.recompute or options.rescore)


def _ask(method: Method, cell: Cell, task: Task, settings: Settings) -> None:
    """Look at what the networks of a method answer, in the size of the cell's slices."""
    side = cell.schedule.size
    images = torch.zeros(2, task.channels, side, side, device=settings.device)
    require_answers(method, images, task.classes, settings.autocast())
    if settings.recompute:
        require_recomputable(method, images, settings.autocast)


def _prepared(cell: Cell, store: Store) -> Path:
    """Return the cell's folder with its values in it; where it holds a record, as it is but for torn files."""
    folder = store.folder(cell.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for torn in folder.glob(".*"):  # what a killed run was writing
            torn.unlink()
    except OSError as error:
        words = f"{folder} cannot be written ({error.strerror}); mend that or choose another --out"
        raise PassingError(words) from None
    if not (folder / "record.json").exists():
        write_json(folder / "cell.json", cell.model_dump(mode="json"))
        keep(folder, cell.origins())
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
    return begun(cell, folder, options), False


def rehearse(
    cell: Cell, source: Source, options: Options, disturb: Callable[[Method], object] | None = None
) -> tuple[Sequence[Stage], Outcome]:
    """Train a cell as a run does, but write, show and score nothing; return its stages and what training leaves.

    disturb: what to do to the method before its first update.
    """
    kept = keeping_freed_memory(options.device), deterministic(options.threads)
    telling = telling_of_memory(options.device, batch_fields(cell.config), _spares(options))
    with telling, kept[0], kept[1], staying(), Gate(source).shut() as outside:
        method, settings = method_of(cell, source.task, options.device), settings_of(cell, options)
        if disturb is not None:
            disturb(method)
        stages = stages_of(method, cell.budget)
        unseen = Progress(sum(stage.updates for stage in stages), cell.id, stream=io.StringIO())
        return stages, trainer_of(cell, outside, method, settings).run(stages, Checkpoint(None), unseen)
