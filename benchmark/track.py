"""Hand finished runs to TensorBoard or MLflow: ``python -m benchmark.track results/runs --tensorboard DIR``.

RUN is a run's folder or a folder of such. The numbers are those of its record; nothing is trained or scored.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main

if TYPE_CHECKING:
    from results.store import LoadedRecord


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m benchmark.track", description=__doc__)
    options.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run's folder, or a folder of run folders")
    add_trackers(options)
    return options


def add_trackers(options: argparse.ArgumentParser) -> None:
    """Add the options that say where to; by default nowhere."""
    options.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard event files below DIR")
    options.add_argument("--mlflow", metavar="URI", help="log to the MLflow store at URI, sqlite:///mlflow.db for one")


def command(arguments: Sequence[str] | None = None) -> int:
    """Track every run that is named and say where it went."""
    given = parser().parse_args(arguments)
    from benchmark.errors import UsageError

    if given.tensorboard is None and given.mlflow is None:
        raise UsageError("benchmark.track needs to know where to: --tensorboard DIR or --mlflow URI")
    require_trackers(given.tensorboard, given.mlflow)
    for loaded in _found(given.runs):
        for line in track(loaded, given.tensorboard, given.mlflow):
            print(line, flush=True)
    return 0


def require_trackers(tensorboard: Path | None, mlflow: str | None) -> None:
    """Raise UsageError if a tracker that is asked for is not installed, before anything is trained for it."""
    from benchmark.trackers import require

    if tensorboard is not None:
        require("--tensorboard", "tensorboard")
    if mlflow is not None:
        require("--mlflow", "mlflow")


def track(loaded: LoadedRecord, tensorboard: Path | None, mlflow: str | None) -> list[str]:
    """Hand a run to the trackers that are not None; return a line for each that says where it is."""
    from benchmark.trackers import to_mlflow, to_tensorboard

    lines = []
    if tensorboard is not None:
        lines.append(f"TensorBoard: {to_tensorboard(loaded, tensorboard)}")
    if mlflow is not None:
        lines.append(f"MLflow: run {to_mlflow(loaded, mlflow)} at {mlflow}")
    return lines


def _found(runs: Sequence[Path]) -> list[LoadedRecord]:
    from benchmark.errors import UsageError
    from results.store import Store

    found: list[LoadedRecord] = []
    for path in runs:
        mine = [] if (path / "record.json").exists() else Store(path).records()
        if not mine and not (path / "record.json").exists():
            raise UsageError(f"{path} is neither a run's folder with record.json nor a folder of such")
        found += mine or [Store(path.parent).load(path.name)]
    return found


if __name__ == "__main__":
    main("benchmark.track", command)
