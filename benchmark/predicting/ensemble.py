"""Runs whose probabilities are averaged: of one data set, with the same structures, channels and files."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmark.errors import UsageError
from benchmark.running.finished import Choice, Finished, finished_run
from benchmark.training.folding import folded
from data.folders.form import Form
from data.task import Task

OF_A_RUN = ("cell.json", "record.json")
FOLD = re.compile(r"-fold\d+(of\d+)?$")


@dataclass(frozen=True, eq=False)
class Ensemble:
    """One or several finished runs that answer the same question.

    values: uint8, what files call each class, background first. form: what files of images are like.
    """

    members: tuple[Finished, ...]
    task: Task
    form: Form
    values: npt.NDArray[np.uint8]
    device: torch.device

    @property
    def classes(self) -> int:
        """Number of classes, background included."""
        return self.task.classes


def ensemble_of(folders: Sequence[Path], choice: Choice, device: torch.device) -> Ensemble:
    """Return the runs in these folders as one; UsageError where they don't answer the same question.

    Their batch norms are folded here, once, and not anew for every few slices. Of several folders those that no run
    left anything in, as ``locks`` in RUNS/*, are left aside, and it is said.
    """
    seen: dict[Path, Path] = {}
    folders = _of_runs(folders)
    for folder in folders:
        if folder.resolve() in seen:
            raise UsageError(f"{folder} is given twice; a run counts once")
        seen[folder.resolve()] = folder
    runs = (finished_run(folder, choice, device) for folder in folders)
    members = tuple(replace(run, network=folded(run.network)) for run in runs)
    first = members[0]
    for other in members[1:]:
        for (what, mine), (_, theirs) in zip(_asked(first), _asked(other), strict=True):
            if mine != theirs:
                raise UsageError(
                    f"{first.cell.id} and {other.cell.id} are not of one question: {what} are {mine} and {theirs}; "
                    "predict with runs of one data set and the same structures and channels"
                )
    return Ensemble(members, first.task, form_of(first), _values(first), device)


def _of_runs(folders: Sequence[Path]) -> Sequence[Path]:
    """Return the folders without those that are there and hold nothing of a run; all of them where none holds any."""
    others = [one for one in folders if one.is_dir() and not any((one / name).exists() for name in OF_A_RUN)]
    if not others or len(others) == len(folders):
        return folders
    print(f"no runs, and left aside: {', '.join(map(str, others))}", file=sys.stderr)
    return [folder for folder in folders if folder not in others]


def form_of(run: Finished) -> Form:
    """Return what files of images are like to a run: those of its folder, else of one channel cut across slices."""
    reading = run.cell.reading
    if reading is None:
        return Form()
    if "form" not in reading:
        raise UsageError(f"{run.loaded.folder} does not say how its images are read; run the cell again with --force")
    return Form(**{**reading["form"], "channels": tuple(reading["form"]["channels"])})


def label_values(run: Finished) -> dict[str, int]:
    """Return the value that files give each structure: those of the run's folder, else 1, 2 and so on."""
    labels = (run.cell.reading or {}).get("labels")
    structures = run.task.structures
    return {name: k if labels is None else int(labels[name]) for k, name in enumerate(structures, 1)}


def _values(run: Finished) -> npt.NDArray[np.uint8]:
    return np.array([0, *label_values(run).values()], np.uint8)


def _asked(run: Finished) -> list[tuple[str, Any]]:
    """Return what runs must have in common, in words and as values; folds of one data set are one."""
    form, labels = form_of(run), label_values(run)
    return [
        ("their data sets", FOLD.sub("", run.cell.dataset)),
        ("their structures", ", ".join(f"{value} {name}" for name, value in labels.items())),
        ("their channels", ", ".join(form.channels)),
        ("the files of a case", _files(form)),
    ]


def _files(form: Form) -> str:
    kind = "single slices" if form.planar else f"cut across {('slices', 'rows', 'columns')[form.axis]}"
    return f"{form.files}{' with channels in it' if form.in_file else ''}, {kind}"
