"""Hand finished runs to TensorBoard or MLflow: ``python -m benchmark.track results/runs --tensorboard DIR``.

RUN is a run's folder or a folder of such. The numbers are those of its record; nothing is trained or scored.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from benchmark.tracking.options import add_trackers, require_trackers, track
from shell.folders import require_writable
from shell.options import Parser

if TYPE_CHECKING:
    from results.store import LoadedRecord


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.track", __doc__)
    options.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run's folder, or a folder of run folders")
    add_trackers(options)
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Track every run that is named and say where it went."""
    given = parser().parse_args(arguments)
    from benchmark.errors import UsageError

    if given.tensorboard is None and given.mlflow is None:
        raise UsageError("benchmark.track needs to know where to: --tensorboard DIR or --mlflow URI")
    require_trackers(given.tensorboard, given.mlflow)
    if given.tensorboard is not None:
        require_writable(given.tensorboard, "name another with --tensorboard")
    for loaded in _found(given.runs):
        for line in track(loaded, given.tensorboard, given.mlflow):
            print(line, flush=True)
    return 0


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
