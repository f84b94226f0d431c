"""Many cases one after the other: what is there is left, and what can't be read is listed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.errors import RunError
from benchmark.predicting.ensemble import Ensemble
from benchmark.predicting.line import Line
from benchmark.predicting.outputs import Outputs, write
from benchmark.predicting.volume import Kind, answer
from data.errors import DataError
from data.unseen.inputs import UnseenCase
from data.unseen.slices import opened
from shell.memory import is_full

FULL = "the memory did not hold it; take a machine with more, or leave out --probabilities"


@dataclass
class Told:
    """What became of the cases, by name: a new answer, one that was there, or why there is none."""

    written: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def predict_cases(cases: Sequence[UnseenCase], ensemble: Ensemble, outputs: Outputs, force: bool) -> Told:
    """Write the answer to each case that lacks one; a case that can't be read is told, and the others are written."""
    told, line = Told(), Line(len(cases))
    with _scratch(outputs.folder) as scratch:
        for number, case in enumerate(cases, 1):
            try:
                targets = _lacking(case, outputs, force)
                if targets:
                    done = _predict(case, ensemble, outputs, targets, _Shown(line, number, scratch))
                    line.lasting(number, f"{case.name}: {done}")
                (told.written if targets else told.there).append(case.name)
            except (DataError, RuntimeError, MemoryError) as error:
                if not isinstance(error, DataError) and not is_full(error):
                    raise
                told.failed[case.name] = str(error) if isinstance(error, DataError) else FULL
                line.lasting(number, f"{case.name}: not predicted")
    return told


@dataclass(frozen=True)
class _Shown:
    """Where a case is told of, its place among them, and where what is large of it lies meanwhile."""

    line: Line
    number: int
    scratch: Path


def _lacking(case: UnseenCase, outputs: Outputs, force: bool) -> Mapping[Kind, Path]:
    if case.wrong is not None:
        raise DataError(case.wrong)
    return outputs.lacking(case, force)


def _predict(
    case: UnseenCase, ensemble: Ensemble, outputs: Outputs, targets: Mapping[Kind, Path], shown: _Shown
) -> str:
    """Write what a case lacks and return what it was, in words."""
    with (
        _scratch(shown.scratch) as scratch,
        opened(case, ensemble.form, ensemble.task, scratch) as slices,
    ):
        count = slices.shape[0]

        def seen(done: int) -> None:
            shown.line.moving(shown.number, f"{case.name}: {done}/{count} slices")

        found = answer(slices, ensemble, outputs.wanted, scratch, seen)
        write(found, targets, case)
    return f"{count} slice{'s' * (count != 1)}" + (f"; {found.remark}" if found.remark else "")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder for large arrays that goes at the end, and with it those of commands that were killed."""
    for left in folder.glob(".scratch-*"):
        if not _lives(int(left.name.split("-")[1])):
            _remove(left)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".scratch-{os.getpid()}-") as name:
            yield Path(name)
    except OSError as error:
        if error.filename is not None:
            raise
        raise RunError(f"{folder} cannot be written ({error.strerror}); mend that, or name another --out") from None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
