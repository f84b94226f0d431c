"""``--tensorboard`` and ``--mlflow``: the options, and what is done with a run where they are given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from results.store import LoadedRecord


def add_trackers(options: argparse.ArgumentParser) -> None:
    """Add the options that say where to; by default nowhere."""
    options.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="write TensorBoard event files below DIR (default: none)"
    )
    options.add_argument(
        "--mlflow", metavar="URI", help="log to the MLflow store at URI, such as sqlite:///mlflow.db (default: none)"
    )


def require_trackers(tensorboard: Path | None, mlflow: str | None) -> None:
    """Raise UsageError if a tracker that is asked for is not installed, before anything is trained for it."""
    from benchmark.tracking.trackers import require

    if tensorboard is not None:
        require("--tensorboard", "tensorboard")
    if mlflow is not None:
        require("--mlflow", "mlflow")


def track(loaded: LoadedRecord, tensorboard: Path | None, mlflow: str | None) -> list[str]:
    """Hand a run to the trackers that are not None; return a line for each that says where it is."""
    from benchmark.tracking.trackers import to_mlflow, to_tensorboard

    lines = []
    if tensorboard is not None:
        lines.append(f"TensorBoard: {to_tensorboard(loaded, tensorboard)}")
    if mlflow is not None:
        lines.append(f"MLflow: run {to_mlflow(loaded, mlflow)} at {mlflow}")
    return lines
