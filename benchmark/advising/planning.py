"""From what is asked to what is run: the plan within the time, and its cells on the folds."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmark.advising.kept import Places
from benchmark.advising.ladder import ALONE, Priced, Work, largest
from benchmark.advising.probe import Probe
from benchmark.advising.protocol import RATIOS, Grid, Run, grid_of, runs_of, write_protocol
from benchmark.advising.subject import Subject, folds_of
from benchmark.advising.words import left_out, plan_of, too_little, warnings
from benchmark.errors import MethodUsageError, UsageError
from benchmark.launchers.slots import slots_of
from benchmark.outside.named import absolute, method_named, names_of
from benchmark.running.options import THREADS, Options
from data.source import Source

Decided = Mapping[str, Any]


def methods_of(words: Sequence[str]) -> list[str]:
    """Return methods by name, and files by paths that hold everywhere.

    UsageError for one that is unknown, named twice, or has no twin to be compared with.
    """
    names: list[str] = []
    for word in words:
        try:
            known = method_named(word)
        except MethodUsageError as error:
            raise UsageError(f"--methods: {error}") from None
        if known.name in names:
            raise UsageError(f"--methods: {known.name} is named twice; name it once")
        if not known.needs_unlabeled:
            raise UsageError(f"--methods: {word} learns from labels only, and is run anyway; name semi-supervised ones")
        if not known.has_twin:
            raise UsageError(f"--methods: {word} names no twin, without which its unlabelled images can't be judged")
        names.append(known.name)
    return [absolute(word, Path.cwd()) for word in words]


def asked_of(given: argparse.Namespace, subject: Subject, device: torch.device) -> dict[str, Any]:
    """Return what is asked, as far as the plan depends on it."""
    source = subject.source
    return {
        "dataset": source.dataset,
        "data": subject.fold.fingerprint(),
        "split": source.split.fingerprint,
        "hours": given.hours,
        "methods": [_identity(word) for word in given.methods],
        "named": given.named,
        "preset": given.preset,
        "device": device.type,
    }


def _identity(word: str) -> str:
    """Return a method as an answer to a question knows it: a file with what it holds, as an edited one is another."""
    origin = method_named(word).origin
    return word if origin is None else f"{word} {origin.digest}"


def decide(given: argparse.Namespace, subject: Subject, device: torch.device, begun: float) -> Decided:
    """Return the plan; UsageError where the hours hold not even the least.

    begun: by the monotonic clock, when the command was.
    """
    threads = THREADS if given.threads is None else given.threads
    settings = subject.settings(subject.count(3))
    work = Work(subject.count, settings, slots_of(given.jobs, device, threads), given.methods, given.named)
    print(f"probing {', '.join([*ALONE, *names_of(given.methods)])} for their pace", flush=True)
    probe = Probe(subject, given.methods, Options(device, threads=threads), RATIOS[settings[-1]])
    steps = work.steps(given.preset)
    price, fits = largest(steps, work, probe, lambda: 3600 * given.hours - (time.monotonic() - begun))
    spent = time.monotonic() - begun
    if not fits:
        raise UsageError(too_little(subject, work, price, given.hours, spent))
    whole = next(step for step in steps if not step.narrow)
    notes = [*warnings(subject, work, price.step), *left_out(work, price, whole, given.hours, spent)]
    return _decided(subject, work, price, given.hours, notes)


def prepared(
    subject: Subject, places: Places, decided: Decided, device: torch.device
) -> tuple[list[Run], Mapping[str, Source]]:
    """Write folds and protocol, and return the runs with the folds as data sets."""
    grid = grid_of(decided["grid"])
    sources = folds_of(subject, subject.count(grid.step.folds), places.folds)
    write_protocol(grid, list(sources), places.protocol)
    return runs_of(places.protocol, sources, device.type), sources


def _decided(subject: Subject, work: Work, price: Priced, hours: float, notes: list[str]) -> Decided:
    title, step = f"Will unlabelled images help on {subject.source.dataset}?", price.step
    grid = Grid(title, step, list(work.settings_of(step)), list(work.methods_of(step)))
    return {
        "grid": grid.values(),
        "updates": price.step.all_updates,
        "seconds": price.seconds,
        "hours": hours,
        "slots": work.slots,
        "unit": subject.source.split.unit,
        "plan": list(plan_of(subject, grid, work, price, hours).items()),  # files sort keys, and this is an order
        "warnings": notes,
    }
