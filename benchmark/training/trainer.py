"""Stages times updates: the loop that owns time, data, randomness and checkpoints, and names no method."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from benchmark.errors import RunError
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.history import History
from benchmark.training.inside import GRADIENT, RANK, Inside, gradient
from benchmark.training.progress import Progress
from benchmark.training.recomputing import recompute
from benchmark.training.recorded import Recorded
from benchmark.training.recording import CudaGraph
from benchmark.training.selection import Selection, State, snapshot
from benchmark.training.snapshots import LOOKS, POINTS, PREDICTOR, Snapshots, kept_updates, weights_of
from benchmark.training.update import Updates, Work, first_of, seeded
from data.batches import Batches
from methods.asked import begin, inspected_of, predictors_of
from methods.base import Method, Stage, Trained

LOG_EVERY = 20  # updates; a checkpoint is only written at such a point, where no term waits to be averaged
SAVE_SECONDS = 30.0
SOON = 20  # updates of a stage, in which a collapse happens


@dataclass(frozen=True)
class Settings:
    """How the loop runs. seed_of: names of a dimension -> seed. save_seconds: least time between two checkpoints.

    log: what keeps the terms of updates. eager: each kernel of an update is launched anew on a card, too. recompute:
    networks compute maps anew for the backward pass, which no recording of a card may hold.
    """

    device: torch.device
    precision: str
    validations: int
    seed_of: Callable[..., int]
    log_every: int = LOG_EVERY
    save_seconds: float = SAVE_SECONDS
    log: Callable[..., History] = History
    eager: bool = False
    recompute: bool = False

    def autocast(self) -> torch.autocast:
        """Return a fresh context of the run's precision."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


@dataclass(frozen=True)
class Outcome:
    """What training leaves: weights by rule of the first predictor, and the last of all predictors."""

    chosen: Mapping[str, State]
    last: Mapping[str, State]
    history: History
    seconds: float


class Trainer:
    """Trains one method; started again with the same checkpoint file it goes on where that was written.

    validate: scores on the validation patients; None where there are none, and no rule chooses by them.
    """

    def __init__(
        self,
        method: Method,
        batches: Batches,
        validate: Callable[[nn.Module], float] | None,
        settings: Settings,
        snapshots: Snapshots | None = None,
        points: Snapshots | None = None,
        inside: Inside | None = None,
    ) -> None:
        self.method, self.batches, self.validate, self.settings = method, batches, validate, settings
        self.inside = inside
        self.snapshots, self.points = snapshots or Snapshots(None), points or Snapshots(None)
        self.history = settings.log()
        self.selection: Selection | None = None
        self.trained: Mapping[str, Trained] = {}
        self.before = 0.0

    def run(self, stages: Sequence[Stage], checkpoint: Checkpoint, progress: Progress) -> Outcome:
        """Train all stages from the checkpoint on, if there is one, and return what they leave.

        The checkpoint ends as the weights themselves, so that a run killed while it is scored need not train again.
        """
        start = time.perf_counter()
        saved = checkpoint.load(self.settings.device)
        if saved is not None and "chosen" in saved:
            self.history = History(saved["history"])
            progress.keep(self.history.rows)
            return Outcome(saved["chosen"], saved["last"], self.history, float(saved["seconds"]))
        first = 0 if saved is None else int(saved["stage"])
        if saved is not None:
            self.before = float(saved["seconds"])
        save = self._saver(checkpoint, start)
        for index in range(first, len(stages)):
            self._train_stage(stages, index, saved if index == first else None, save, progress)
        outcome = self._outcome(self.before + time.perf_counter() - start)
        checkpoint.save(
            {
                "chosen": outcome.chosen,
                "last": outcome.last,
                "history": outcome.history.rows,
                "seconds": outcome.seconds,
            }
        )
        return outcome

    def _outcome(self, seconds: float) -> Outcome:
        predictors = predictors_of(self.method)
        if self.selection is None:
            raise ValueError("a method needs at least one stage")
        chosen = self.selection.chosen(first_of(self.method))
        return Outcome(chosen, {name: snapshot(module) for name, module in predictors.items()}, self.history, seconds)

    def _train_stage(
        self,
        stages: Sequence[Stage],
        index: int,
        saved: Mapping[str, Any] | None,
        save: Callable[[int, int], None],
        progress: Progress,
    ) -> None:
        stage, settings = stages[index], self.settings
        offset = sum(earlier.updates for earlier in stages[:index])
        selects = index == len(stages) - 1 or stage.keep == "best"
        seeded(settings.seed_of, "begin", stage.name, 0, torch.Generator(settings.device))
        self.method.train()
        self.trained = begin(self.method, stage)
        if settings.recompute:
            recompute(self.method)
        self.selection = Selection(first_of(self.method)) if selects else None
        first = 0 if saved is None else self._load(saved, stage.name)
        last = index == len(stages) - 1
        validate = validation_points(stage.updates, settings.validations) if selects else frozenset()
        kept, points = (kept_updates(sorted(validate) if last else [], count) for count in (LOOKS, POINTS))
        look = self._looker(stage, offset, first)
        updates = self._updates(stage, progress.say)
        for update in range(first, stage.updates):
            self.history.add(updates.make(update))
            done = update + 1
            progress.made(stage.name, offset + done)
            due = done % settings.log_every == 0 or done == stage.updates or done in validate
            look(done, due)
            if due:
                terms = self.history.flush(stage.name, offset + done)
                if done in validate:
                    self._offer(stage.name, offset + done)
                if done in kept:
                    self.snapshots.keep(offset + done, weights_of(inspected_of(self.method)))
                if done in points:
                    self.points.keep(offset + done, {PREDICTOR: first_of(self.method).state_dict()})
                progress.keep(self.history.rows)
                progress.show(stage.name, offset + done, terms)
                save(index, done)
        if stage.keep == "best" and self.selection is not None and self.selection.best is not None:
            first_of(self.method).load_state_dict(self.selection.best)

    def _updates(self, stage: Stage, say: Callable[[str], None]) -> Updates:
        """Return what makes a stage's updates, recorded as a whole where the device allows it."""
        settings = self.settings
        seed_of, autocast, device = settings.seed_of, settings.autocast, settings.device
        work = Work(self.method, stage, self.trained, self.selection, self.batches, seed_of, autocast, device)
        graph = None if settings.eager or settings.recompute else CudaGraph
        return Recorded(work, graph, say) if device.type == "cuda" else Updates(work)

    def _offer(self, stage: str, update: int) -> None:
        if self.validate is None:
            return
        dice = self.validate(first_of(self.method))
        self.history.note(stage, update, "val_dice", dice)
        if self.selection is not None:
            self.selection.offer(first_of(self.method), dice, update)

    def _looker(self, stage: Stage, offset: int, first: int) -> Callable[[int, bool], None]:
        """Return what notes rank and gradient after an update; look at once where it will be the stage's first."""
        inside, ranked = self.inside, _ranked(stage.updates, self.settings.validations)

        def note(done: int, term: str, value: float | None) -> None:
            if value is not None:
                self.history.note(stage.name, offset + done, term, value)

        def look(done: int, due: bool) -> None:
            if inside is not None and done in ranked:
                note(done, RANK, inside.rank(self.method, self.trained))
            if inside is not None and (due or done == 1):
                note(done, GRADIENT, gradient(self.method, self.trained))

        if first == 0:
            look(0, False)
        return look

    def _saver(self, checkpoint: Checkpoint, start: float) -> Callable[[int, int], None]:
        last = time.perf_counter()

        def save(stage: int, update: int) -> None:
            nonlocal last
            now = time.perf_counter()
            if now - last < self.settings.save_seconds:
                return
            checkpoint.save(self._state(stage, update, self.before + now - start))
            last = time.perf_counter()

        return save

    def _state(self, stage: int, update: int, seconds: float) -> Mapping[str, Any]:
        return {
            "stage": stage,
            "update": update,
            "seconds": seconds,
            "method": self.method.state_dict(),
            "optimizers": {name: trained.optimizer.state_dict() for name, trained in self.trained.items()},
            "selection": None if self.selection is None else self.selection.state(),
            "history": self.history.rows,
        }

    def _load(self, saved: Mapping[str, Any], stage: str) -> int:
        try:
            self.method.load_state_dict(saved["method"])
            for name, trained in self.trained.items():
                trained.optimizer.load_state_dict(saved["optimizers"][name])
        except torch.cuda.OutOfMemoryError:
            raise
        except (RuntimeError, KeyError, ValueError) as error:
            words = f"stage {stage!r} can't be gone on with ({' '.join(str(error).split())})"
            advice = "begin(stage) alone must make all that the state of its stage is of, as benchmark.check says"
            raise RunError(f"{words}; {advice}") from error
        if self.selection is not None and saved["selection"] is not None:
            self.selection.load(saved["selection"])
        self.history = self.settings.log(saved["history"])
        return int(saved["update"])


def _ranked(updates: int, validations: int) -> frozenset[int]:
    """Return after which of a stage's updates the rank is looked at, validated or not: 0, soon, evenly."""
    return kept_updates(sorted(validation_points(updates, validations)), LOOKS) | {0, min(SOON, updates)}


def validation_points(updates: int, count: int) -> frozenset[int]:
    """Return after how many of a stage's updates the validation patients are scored."""
    return frozenset(max(1, round(updates * (k + 1) / count)) for k in range(count))
